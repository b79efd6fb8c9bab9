//! Policy sets: all rules and references of a verifier, as one document.

use std::collections::BTreeMap;

use portcullis_engine::chain::{TrustStore, read_trust_files};
use portcullis_engine::crypto::{self, Digest, HashAlg};
use portcullis_engine::formats::x509::CertificateBytes;
use portcullis_engine::formats::x509::well_known::WINDOWS_AUTHORITIES;
use portcullis_engine::host::PolicyVersion;
use portcullis_engine::limits::{BASELINE_DELTAS_MAX, Limits};
use portcullis_engine::policy::{
    CiPolicyReference, DumpKeyReference, PolicyName, PolicySet, PolicyState, Profile,
    REQUIRED_PCRS, Registered, RegisteredBaseline,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{Blob, bank, digest, unhex};
use crate::{BaselineDeltaDoc, BaselineDoc, Error};

/// All rules and references of a verifier at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySetDoc {
    /// `hyper-v` or `linux`.
    pub profile: String,
    /// Policies whose state differs from the profile's, which makes it a custom one: name to
    /// `Disabled`, `Enabled`, `Locked`.
    #[serde(default)]
    pub policies: BTreeMap<String, String>,
    /// The required bank.
    pub bank: String,
    /// The required registers.
    pub required_pcrs: Vec<u8>,
    /// The versions in which hosts may attest: `v2`, `v1` or both. v2 is tried first.
    pub versions: Vec<String>,
    /// Trusted roots and intermediates of TPM vendors, DER or PEM.
    #[serde(default)]
    pub trust: Vec<Blob>,
    /// TPM baselines.
    #[serde(default)]
    pub baselines: Vec<RegisteredBaselineDoc>,
    /// Code integrity policies that hosts may have in force.
    #[serde(default)]
    pub ci_policies: Vec<RegisteredCiPolicyDoc>,
    /// Keys that memory dumps may be encrypted with.
    #[serde(default)]
    pub dump_keys: Vec<DumpKeyDoc>,
    /// SHA-256 of the certificates that stand for Windows' own boot manager, where they are not
    /// Microsoft's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub windows_authorities: Vec<String>,
    /// Largest event log that is read, in bytes, where the default of 4 MiB does not do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_log_size_bytes_max: Option<u32>,
}

/// A baseline as it was registered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisteredBaselineDoc {
    /// `v1` or `v2`.
    pub policy_version: String,
    /// The baseline.
    pub baseline: BaselineDoc,
    /// Small changes that are accepted beside it, each until its day.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub deltas: Vec<BaselineDeltaDoc>,
}

/// A code integrity policy as it was registered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisteredCiPolicyDoc {
    /// `v1` or `v2`.
    pub policy_version: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of the policy without its signature.
    pub policy_sha256: String,
}

/// A key that memory dumps may be encrypted with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DumpKeyDoc {
    /// Its name.
    pub name: String,
    /// SHA-256 of the public key.
    pub sha256: String,
}

impl Default for PolicySetDoc {
    fn default() -> Self {
        Self {
            profile: Profile::HyperV.name().into(),
            policies: BTreeMap::new(),
            bank: HashAlg::Sha256.to_string(),
            required_pcrs: (0..24).filter(|pcr| REQUIRED_PCRS & (1 << pcr) != 0).collect(),
            versions: vec![PolicyVersion::V2.name().into()],
            trust: Vec::new(),
            baselines: Vec::new(),
            ci_policies: Vec::new(),
            dump_keys: Vec::new(),
            windows_authorities: Vec::new(),
            event_log_size_bytes_max: None,
        }
    }
}

impl PolicySetDoc {
    /// Reads a policy set.
    ///
    /// # Errors
    /// [`Error`] for a document that is too large or no JSON of a policy set.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let limit_bytes = Limits::default().request_size_bytes_max;
        if json.len() > limit_bytes {
            let size_bytes = json.len();
            return Err(Error::TooLarge { document: "policy set", size_bytes, limit_bytes });
        }
        serde_json::from_slice(json)
            .map_err(|source| Error::Json { document: "policy set", source })
    }

    /// SHA-256 of the canonical document: names the rules that a result was made under.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        // Serialising to a vector cannot fail: the document has string keys only.
        let json = serde_json::to_vec(self).unwrap_or_default();
        crypto::digest(HashAlg::Sha256, &[&json])
    }

    /// The certificates of [`PolicySetDoc::trust`], which the engine's form borrows from.
    ///
    /// # Errors
    /// [`Error::Field`] names the file that holds none.
    pub fn trust_files(&self) -> Result<Vec<CertificateBytes<'_>>, Error> {
        let files = self.trust.iter().map(|blob| blob.0.as_slice());
        read_trust_files(files).map_err(|error| Error::field("trust", error))
    }

    /// The engine's form.
    ///
    /// # Errors
    /// [`Error::Field`] names what is wrong.
    pub fn to_engine<'t>(
        &self,
        trust_files: &'t [CertificateBytes<'_>],
    ) -> Result<PolicySet<'t>, Error> {
        let profile = [Profile::HyperV, Profile::Linux]
            .into_iter()
            .find(|profile| profile.name() == self.profile)
            .ok_or_else(|| Error::field("profile", format!("`{}` is no profile", self.profile)))?;
        let states = self
            .policies
            .iter()
            .map(|(name, state)| policy_state(name, state))
            .collect::<Result<_, _>>()?;
        let mut required_pcrs = 0_u32;
        for pcr in &self.required_pcrs {
            required_pcrs |= match pcr {
                0..=23 => 1 << pcr,
                _ => return Err(Error::field("required_pcrs", format!("{pcr} is no register"))),
            };
        }
        if required_pcrs == 0 {
            return Err(Error::field("required_pcrs", "is empty: nothing would have to be quoted"));
        }
        Ok(PolicySet {
            profile,
            states,
            bank: bank("bank", &self.bank)?,
            required_pcrs,
            trust: TrustStore::new(trust_files).map_err(|error| Error::field("trust", error))?,
            versions: self.accepted_versions()?,
            baselines: self
                .baselines
                .iter()
                .map(RegisteredBaselineDoc::to_engine)
                .collect::<Result<_, _>>()?,
            ci_policies: self
                .ci_policies
                .iter()
                .map(RegisteredCiPolicyDoc::to_engine)
                .collect::<Result<_, _>>()?,
            dump_keys: self
                .dump_keys
                .iter()
                .map(DumpKeyDoc::to_engine)
                .collect::<Result<_, _>>()?,
            windows_authorities: self.windows_authorities()?,
            limits: self.limits(),
        })
    }

    fn windows_authorities(&self) -> Result<Vec<[u8; 32]>, Error> {
        if self.windows_authorities.is_empty() {
            return Ok(WINDOWS_AUTHORITIES.to_vec());
        }
        let bytes = |text: &String| {
            unhex(text).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
                Error::field("windows_authorities", format!("`{text}` is no SHA-256"))
            })
        };
        self.windows_authorities.iter().map(bytes).collect()
    }

    fn accepted_versions(&self) -> Result<Vec<PolicyVersion>, Error> {
        if self.versions.is_empty() {
            return Err(Error::field("versions", "is empty: no host could attest"));
        }
        self.versions.iter().map(|name| version("versions", name)).collect()
    }

    fn limits(&self) -> Limits {
        let limits = Limits::default();
        let chosen = self.event_log_size_bytes_max.and_then(|size| usize::try_from(size).ok());
        Limits {
            event_log_size_bytes_max: chosen.unwrap_or(limits.event_log_size_bytes_max),
            ..limits
        }
    }
}

impl RegisteredBaselineDoc {
    /// A baseline without deltas, registered in a version: `v1` or `v2`.
    #[must_use]
    pub fn new(policy_version: impl Into<String>, baseline: BaselineDoc) -> Self {
        Self { policy_version: policy_version.into(), baseline, deltas: Vec::new() }
    }

    fn to_engine(&self) -> Result<RegisteredBaseline, Error> {
        let reference = self.baseline.to_engine()?;
        let count = self.deltas.len();
        if count > BASELINE_DELTAS_MAX {
            let text = format!("are {count}, at most {BASELINE_DELTAS_MAX} are taken");
            return Err(Error::field("deltas", text));
        }
        for (index, delta) in self.deltas.iter().enumerate() {
            if self.deltas.iter().take(index).any(|other| other.name == delta.name) {
                return Err(Error::field("deltas", format!("two are named `{}`", delta.name)));
            }
        }
        Ok(RegisteredBaseline {
            version: version("baselines.policy_version", &self.policy_version)?,
            deltas: self
                .deltas
                .iter()
                .map(|delta| delta.to_engine(reference.bank))
                .collect::<Result<_, _>>()?,
            reference,
        })
    }
}

impl RegisteredCiPolicyDoc {
    fn to_engine(&self) -> Result<Registered<CiPolicyReference>, Error> {
        Ok(Registered {
            version: version("ci_policies.policy_version", &self.policy_version)?,
            reference: CiPolicyReference {
                name: self.name.clone(),
                sha256: digest(HashAlg::Sha256, "ci_policies.policy_sha256", &self.policy_sha256)?,
            },
        })
    }
}

impl DumpKeyDoc {
    fn to_engine(&self) -> Result<DumpKeyReference, Error> {
        Ok(DumpKeyReference {
            name: self.name.clone(),
            sha256: digest(HashAlg::Sha256, "dump_keys.sha256", &self.sha256)?,
        })
    }
}

/// A version by the cmdlets' spelling.
pub(crate) fn version(field: &str, name: &str) -> Result<PolicyVersion, Error> {
    PolicyVersion::from_name(name)
        .ok_or_else(|| Error::field(field, format!("`{name}` is neither v1 nor v2")))
}

fn policy_state(name: &str, state: &str) -> Result<(PolicyName, PolicyState), Error> {
    let field = format!("policies.{name}");
    let policy =
        PolicyName::from_text(name).ok_or_else(|| Error::field(field.as_str(), "is no policy"))?;
    let state = [PolicyState::Disabled, PolicyState::Enabled, PolicyState::Locked]
        .into_iter()
        .find(|known| known.text() == state)
        .ok_or_else(|| Error::field(field.as_str(), format!("`{state}` is no state")))?;
    Ok((policy, state))
}
