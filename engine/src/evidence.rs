//! What goes in: the evidence of one host and the question that is asked about it.

use std::fmt;

use crate::crypto::{Digest, HashAlg};

/// Everything that a host, or an administrator on its behalf, hands in. All of it is untrusted.
#[derive(Clone, Debug, Default)]
pub struct Evidence<'a> {
    /// The file of `Get-PlatformIdentifier`: EK and certificate, where they are not given apart.
    pub platform_identifier: Option<&'a [u8]>,
    /// EK public key in any encoding that [`crate::formats::key`] reads.
    pub ek_public: Option<&'a [u8]>,
    /// EK certificate: DER, PEM or the bytes of its NV index.
    pub ek_certificate: Option<&'a [u8]>,
    /// Certificates that the host offers for building a path. They are never trust anchors.
    pub ek_intermediates: Vec<&'a [u8]>,
    /// AK public key; only its `TPM2B_PUBLIC` form can prove what kind of key it is.
    pub ak_public: Option<&'a [u8]>,
    /// AK certificate.
    pub ak_certificate: Option<&'a [u8]>,
    /// What `TPM2_ActivateCredential` returned, for the challenge in [`Request::credential`].
    pub activated_secret: Option<&'a [u8]>,
    /// The quotes, all for the same nonce. Every one must hold, but only those by
    /// [`Evidence::ak_public`] attest registers.
    pub quotes: Vec<QuoteEvidence<'a>>,
    /// The measured-boot event log.
    pub event_log: Option<&'a [u8]>,
    /// PCR values that were read without a signature; they can only contradict the log.
    pub recorded_pcrs: Vec<RecordedPcrs<'a>>,
    /// Code integrity policies at hand. They explain what was measured, and decide nothing.
    pub ci_policies: Vec<CiPolicyFile<'a>>,
}

/// A code integrity policy, as a file: binary, signed binary or XML.
#[derive(Clone, Copy, Debug)]
pub struct CiPolicyFile<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its bytes.
    pub content: &'a [u8],
}

/// A quote as `tpm2_quote` writes it.
#[derive(Clone, Copy, Debug)]
pub struct QuoteEvidence<'a> {
    /// The key that signed it, when that is not [`Evidence::ak_public`]. Nothing binds such a key
    /// to the EK, so its quote can only contradict the others.
    pub other_ak_public: Option<&'a [u8]>,
    /// `TPMS_ATTEST`: the bytes that were signed.
    pub attest: &'a [u8],
    /// `TPMT_SIGNATURE` over them.
    pub signature: &'a [u8],
    /// PCR values in tpm2-tools' serialisation. The quote holds a digest of them only.
    pub pcr_values: Option<&'a [u8]>,
}

/// The 24 registers of one bank, concatenated in order.
#[derive(Clone, Copy, Debug)]
pub struct RecordedPcrs<'a> {
    /// The bank.
    pub bank: HashAlg,
    /// 24 digests.
    pub values: &'a [u8],
}

/// The evidence and what the verifier expects of it.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// Time of the appraisal, in seconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// The nonce that the verifier issued. A nonce that is given is enforced.
    pub nonce: Option<&'a [u8]>,
    /// The credential that the verifier made for this EK and AK, when it made one.
    pub credential: Option<CredentialChallenge<'a>>,
    /// The evidence.
    pub evidence: Evidence<'a>,
}

/// What the verifier remembers of a credential that it made (`TPM2_MakeCredential`).
///
/// The credential itself is encrypted to the EK and tied to the AK's name, so that only the TPM
/// that holds both keys can return the secret. Whoever fills in this structure vouches for the
/// two identities: for a recorded activation that is the recorder.
#[derive(Clone, Copy, Debug)]
pub struct CredentialChallenge<'a> {
    /// SHA-256 of the EK's canonical SubjectPublicKeyInfo.
    pub ek_digest: Digest,
    /// TPM name of the AK.
    pub ak_name: &'a [u8],
    /// The secret inside the credential.
    pub secret: &'a [u8],
}

/// Names of the artefacts in an evidence, for findings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Artefact {
    /// [`Evidence::platform_identifier`].
    PlatformIdentifier,
    /// [`Evidence::ek_public`].
    EkPublic,
    /// [`Evidence::ek_certificate`].
    EkCertificate,
    /// [`Evidence::ek_intermediates`].
    EkIntermediates,
    /// [`Evidence::ak_public`].
    AkPublic,
    /// [`Evidence::ak_certificate`].
    AkCertificate,
    /// [`Evidence::activated_secret`].
    ActivatedSecret,
    /// [`QuoteEvidence::other_ak_public`] of the quote with this index.
    QuoteAkPublic(usize),
    /// [`QuoteEvidence::attest`] of the quote with this index.
    QuoteAttest(usize),
    /// [`QuoteEvidence::signature`] of the quote with this index.
    QuoteSignature(usize),
    /// [`QuoteEvidence::pcr_values`] of the quote with this index.
    QuotePcrValues(usize),
    /// [`Evidence::event_log`].
    EventLog,
    /// [`Evidence::recorded_pcrs`].
    RecordedPcrs(HashAlg),
    /// [`Evidence::ci_policies`], by index.
    CiPolicy(usize),
}

impl fmt::Display for Artefact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PlatformIdentifier => "platform_identifier",
            Self::EkPublic => "ek_public",
            Self::EkCertificate => "ek_certificate",
            Self::EkIntermediates => "ek_intermediates",
            Self::AkPublic => "ak_public",
            Self::AkCertificate => "ak_certificate",
            Self::ActivatedSecret => "activated_secret",
            Self::QuoteAkPublic(index) => return write!(f, "quotes[{index}].other_ak_public"),
            Self::QuoteAttest(index) => return write!(f, "quotes[{index}].attest"),
            Self::QuoteSignature(index) => return write!(f, "quotes[{index}].signature"),
            Self::QuotePcrValues(index) => return write!(f, "quotes[{index}].pcr_values"),
            Self::EventLog => "event_log",
            Self::RecordedPcrs(bank) => return write!(f, "recorded_pcrs.{bank}"),
            Self::CiPolicy(index) => return write!(f, "ci_policies[{index}]"),
        })
    }
}
