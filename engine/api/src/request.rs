//! Requests and host records.

use portcullis_engine::crypto::HashAlg;
use portcullis_engine::evidence::{
    CiPolicyFile, CredentialChallenge, Evidence, QuoteEvidence, RecordedPcrs, Request,
};
use portcullis_engine::formats::tpm::Name;
use portcullis_engine::formats::{identifier, key, x509};
use portcullis_engine::host::{HostRecord, Registration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::policy_set::version;
use crate::text::{Blob, bank, decimal, digest};
pub use crate::text::{hex, unhex};

/// The evidence of one host and what the verifier expects of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestDoc {
    /// Time of the appraisal: seconds since 1970, as a decimal string.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub now: u64,
    /// The nonce that was issued.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce: Option<Blob>,
    /// The credential that was made for this EK and AK.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential: Option<CredentialDoc>,
    /// What the host handed in.
    pub evidence: EvidenceDoc,
}

/// A credential that the verifier made, or whose activation was recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialDoc {
    /// SHA-256 of the EK's SubjectPublicKeyInfo.
    pub ek_sha256: String,
    /// TPM name of the AK, in hexadecimal.
    pub ak_name: String,
    /// The secret inside the credential.
    pub secret: Blob,
}

/// What a host hands in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceDoc {
    /// The file of `Get-PlatformIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform_identifier: Option<Blob>,
    /// EK public key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ek_public: Option<Blob>,
    /// EK certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ek_certificate: Option<Blob>,
    /// Certificates that the host offers for its chain.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ek_intermediates: Vec<Blob>,
    /// AK public key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ak_public: Option<Blob>,
    /// AK certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ak_certificate: Option<Blob>,
    /// What the TPM returned for the credential.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activated_secret: Option<Blob>,
    /// Quotes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub quotes: Vec<QuoteDoc>,
    /// Event log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_log: Option<Blob>,
    /// Registers that were read without a signature.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub recorded_pcrs: Vec<RecordedPcrsDoc>,
    /// Code integrity policies at hand. They explain what was measured, and decide nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ci_policies: Vec<CiPolicyFileDoc>,
}

/// A code integrity policy, as a file: binary, signed binary or XML.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CiPolicyFileDoc {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub content: Blob,
}

/// A quote.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteDoc {
    /// The key that signed it, when that is not the evidence's AK.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other_ak_public: Option<Blob>,
    /// `TPMS_ATTEST`.
    pub attest: Blob,
    /// `TPMT_SIGNATURE`.
    pub signature: Blob,
    /// PCR values in tpm2-tools' serialisation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pcr_values: Option<Blob>,
}

/// The 24 registers of a bank.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedPcrsDoc {
    /// The bank.
    pub bank: String,
    /// 24 digests, one behind the other.
    pub values: Blob,
}

/// The registration of a host.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostRecordDoc {
    /// Its name.
    pub name: String,
    /// Its registered EKs.
    pub registrations: Vec<RegistrationDoc>,
    /// TPM name of the AK that an earlier activation proved, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ak_name: Option<String>,
    /// The TPM's reset counter at the last attestation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reset_count: Option<u32>,
}

/// A registered EK.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationDoc {
    /// SHA-256 of the EK's SubjectPublicKeyInfo.
    pub ek_sha256: String,
    /// `v1` or `v2`.
    pub policy_version: String,
}

/// The pieces of a [`RequestDoc`] that the engine's borrowed request needs in another form.
#[derive(Clone, Debug)]
pub struct RequestParts {
    credential: Option<(portcullis_engine::crypto::Digest, Vec<u8>)>,
    banks: Vec<HashAlg>,
}

impl RequestDoc {
    /// Checks the fields that have a form.
    ///
    /// # Errors
    /// [`Error::Field`].
    pub fn parts(&self) -> Result<RequestParts, Error> {
        let credential = self.credential.as_ref().map(|doc| {
            let ek = digest(HashAlg::Sha256, "credential.ek_sha256", &doc.ek_sha256)?;
            let name = unhex(&doc.ak_name)
                .ok_or_else(|| Error::field("credential.ak_name", "is not hexadecimal"))?;
            Ok((ek, name))
        });
        let banks = self
            .evidence
            .recorded_pcrs
            .iter()
            .map(|doc| bank("evidence.recorded_pcrs.bank", &doc.bank))
            .collect::<Result<_, _>>()?;
        Ok(RequestParts { credential: credential.transpose()?, banks })
    }

    /// The engine's form, borrowing from the document and its parts.
    #[must_use]
    pub fn to_engine<'a>(&'a self, parts: &'a RequestParts) -> Request<'a> {
        let credential = parts.credential.as_ref().zip(self.credential.as_ref());
        Request {
            now: self.now,
            nonce: bytes(&self.nonce),
            credential: credential.map(|((ek_digest, ak_name), doc)| CredentialChallenge {
                ek_digest: *ek_digest,
                ak_name,
                secret: &doc.secret.0,
            }),
            evidence: self.evidence.to_engine(&parts.banks),
        }
    }
}

fn bytes(blob: &Option<Blob>) -> Option<&[u8]> {
    blob.as_ref().map(|blob| blob.0.as_slice())
}

impl EvidenceDoc {
    fn to_engine(&self, banks: &[HashAlg]) -> Evidence<'_> {
        let quotes = self.quotes.iter().map(|doc| QuoteEvidence {
            other_ak_public: bytes(&doc.other_ak_public),
            attest: &doc.attest.0,
            signature: &doc.signature.0,
            pcr_values: bytes(&doc.pcr_values),
        });
        let recorded = self
            .recorded_pcrs
            .iter()
            .zip(banks)
            .map(|(doc, bank)| RecordedPcrs { bank: *bank, values: &doc.values.0 });
        Evidence {
            platform_identifier: bytes(&self.platform_identifier),
            ek_public: bytes(&self.ek_public),
            ek_certificate: bytes(&self.ek_certificate),
            ek_intermediates: self.ek_intermediates.iter().map(|blob| blob.0.as_slice()).collect(),
            ak_public: bytes(&self.ak_public),
            ak_certificate: bytes(&self.ak_certificate),
            activated_secret: bytes(&self.activated_secret),
            quotes: quotes.collect(),
            event_log: bytes(&self.event_log),
            recorded_pcrs: recorded.collect(),
            ci_policies: self
                .ci_policies
                .iter()
                .map(|doc| CiPolicyFile { name: &doc.name, content: &doc.content.0 })
                .collect(),
        }
    }
}

impl HostRecordDoc {
    /// The engine's form.
    ///
    /// # Errors
    /// [`Error::Field`].
    pub fn to_engine(&self) -> Result<HostRecord, Error> {
        let registrations = self
            .registrations
            .iter()
            .map(|doc| {
                let version = version("registrations.policy_version", &doc.policy_version)?;
                let ek_digest = digest(HashAlg::Sha256, "ek_sha256", &doc.ek_sha256)?;
                Ok(Registration { ek_digest, version })
            })
            .collect::<Result<_, Error>>()?;
        let ak_name = match &self.ak_name {
            Some(text) => {
                Some(unhex(text).ok_or_else(|| Error::field("ak_name", "is not hexadecimal"))?)
            }
            None => None,
        };
        Ok(HostRecord {
            name: self.name.clone(),
            registrations,
            ak_name,
            reset_count: self.reset_count,
        })
    }
}

impl EvidenceDoc {
    /// SHA-256 of the EK's SubjectPublicKeyInfo, from wherever the evidence holds the EK; `None`
    /// when it holds none that can be decoded.
    #[must_use]
    pub fn ek_sha256(&self) -> Option<String> {
        if let Some(blob) = self.ek_public.as_ref().or(self.ek_certificate.as_ref()) {
            return ek_sha256(&blob.0);
        }
        let file = identifier::parse(&self.platform_identifier.as_ref()?.0).ok()?;
        ek_sha256(&file.ek_public.or(file.ek_certificate)?.bytes)
    }
}

/// SHA-256 of the SubjectPublicKeyInfo of an EK, from its public key or certificate; `None` when
/// it cannot be decoded.
#[must_use]
pub fn ek_sha256(bytes: &[u8]) -> Option<String> {
    let key = key::parse_public_key(bytes).map(|file| file.key).ok().or_else(|| {
        let files = x509::find_certificates(bytes).ok()?;
        files.first()?.parse().ok()?.subject_key.key.ok()
    })?;
    Some(key::spki_sha256(&key).to_string())
}

/// TPM name of an AK from its `TPM2B_PUBLIC`, in hexadecimal; `None` when there is none.
#[must_use]
pub fn ak_name(bytes: &[u8]) -> Option<String> {
    let file = key::parse_public_key(bytes).ok()?;
    let name = Name::of(file.tpm.as_ref()?).ok()?;
    Some(hex(&name.to_bytes()))
}
