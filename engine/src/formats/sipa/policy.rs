//! Code integrity policies that Windows had in force, and who signed them.
//!
//! What the digest covers is not documented: the policy without its signature, as far as is
//! known. The payload says that Windows loaded a policy, not what the policy allows.

use core::fmt;

use portcullis_wire::TpmAlg;
use portcullis_wire::sipa::CapiAlg;

use super::payload::{digest, size};
use super::text::text;
use crate::formats::body::Text;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, byte, complete, le_u16, le_u32, le_u64, take};

/// `SIPAEVENT_SI_POLICY_PAYLOAD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiPolicy<'a> {
    /// Version of the policy.
    pub version: PolicyVersion,
    /// File name.
    pub name: Text<'a>,
    /// Algorithm of the digest.
    pub hash_alg: TpmAlg,
    /// Digest of the policy.
    pub digest: &'a [u8],
}

/// Version of a policy. Ordered as Windows orders it when it refuses a rollback.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PolicyVersion(pub u64);

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r0, r1, b0, b1, n0, n1, j0, j1] = self.0.to_le_bytes();
        let part = |low, high| u16::from_le_bytes([low, high]);
        let (major, minor) = (part(j0, j1), part(n0, n1));
        write!(f, "{major}.{minor}.{}.{}", part(b0, b1), part(r0, r1))
    }
}

impl<'a> SiPolicy<'a> {
    pub(super) fn parse(data: Input<'a>) -> Result<Self, ParseError> {
        complete(data, "SIPAEVENT_SI_POLICY_PAYLOAD", |input| {
            let (rest, version) = le_u64("PolicyVersion")(input)?;
            let (rest, name_size) = le_u16("PolicyNameLength")(rest)?;
            let (rest, hash_alg) = le_u16("HashAlgID")(rest)?;
            let (rest, digest_size) = le_u32("DigestLength")(rest)?;
            let (rest, name) = take("PolicyName", name_size.into())(rest)?;
            let hash_alg = TpmAlg(hash_alg);
            let (rest, digest) = digest(hash_alg, digest_size)(rest)?;
            let name = text("PolicyName", name).map_err(nom::Err::Error)?;
            Ok((rest, Self { version: PolicyVersion(version), name, hash_alg, digest }))
        })
    }
}

/// `SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiPolicySigner<'a> {
    /// Windows' number of the root certificate (`MINCRYPT_KNOWN_ROOT_ID`).
    pub root_id: u32,
    /// File name of the policy.
    pub policy_name: Text<'a>,
    /// Extended key usages that the signer must have: encoded object identifiers.
    pub ekus: Vec<&'a [u8]>,
    /// The certificates of the signer.
    pub certificates: Vec<SiPolicyCertificate<'a>>,
}

/// `SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiPolicyCertificate<'a> {
    /// Common name of the subject.
    pub publisher: Text<'a>,
    /// Common name of the issuer.
    pub issuer: Text<'a>,
    /// Algorithm of the digest.
    pub hash_alg: CapiAlg,
    /// Digest of the certificate's part that is signed.
    pub digest: &'a [u8],
}

impl<'a> SiPolicySigner<'a> {
    pub(super) fn parse(data: Input<'a>) -> Result<Self, ParseError> {
        complete(data, "SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD", |input| {
            let (rest, root_id) = le_u32("RootID")(input)?;
            let (rest, certificates_size) = le_u32("CertificatesLength")(rest)?;
            let (rest, certificates_count) = le_u16("CertificatesCount")(rest)?;
            let (rest, name_size) = le_u16("PolicyNameLength")(rest)?;
            let (rest, ekus_size) = le_u16("EKUsLength")(rest)?;
            let (rest, ekus_count) = le_u16("EKUsCount")(rest)?;
            let (rest, name) = take("PolicyName", name_size.into())(rest)?;
            let (rest, ekus) = take("EKUs", ekus_size.into())(rest)?;
            let (rest, certificates) = take("Certificates", size(certificates_size))(rest)?;
            let signer = Self {
                root_id,
                policy_name: text("PolicyName", name).map_err(nom::Err::Error)?,
                ekus: members(ekus, "EKUs", ekus_count, eku)?,
                certificates: members(
                    certificates,
                    "Certificates",
                    certificates_count,
                    certificate,
                )?,
            };
            Ok((rest, signer))
        })
    }
}

/// Reads as many members as declared, which must fill `input`. Nothing is allocated for members
/// that are not there.
fn members<'a, T>(
    input: Input<'a>,
    field: &'static str,
    count: u16,
    member: impl Fn(Input<'a>) -> Parsed<'a, T>,
) -> Result<Vec<T>, nom::Err<ParseError>> {
    let members = complete(input, field, |mut rest| {
        let mut members = Vec::new();
        for _ in 0..count {
            let (behind, found) = member(rest)?;
            members.push(found);
            rest = behind;
        }
        Ok((rest, members))
    });
    members.map_err(nom::Err::Error)
}

fn eku(input: Input<'_>) -> Parsed<'_, &[u8]> {
    let (rest, size) = byte("EKU")(input)?;
    let (rest, eku) = take("EKU", size.into())(rest)?;
    if eku.is_empty() {
        return input.fail(ParseErrorKind::Invalid("is empty"), "EKU", 1);
    }
    Ok((rest, eku.bytes()))
}

fn certificate(input: Input<'_>) -> Parsed<'_, SiPolicyCertificate<'_>> {
    let (rest, publisher_size) = le_u16("PublisherCommonNameLength")(input)?;
    let (rest, issuer_size) = le_u16("IssuerCommonNameLength")(rest)?;
    let (rest, hash_alg) = le_u32("HashAlgID")(rest)?;
    let (rest, digest_size) = le_u16("DigestLength")(rest)?;
    let (rest, publisher) = take("PublisherCommonName", publisher_size.into())(rest)?;
    let (rest, issuer) = take("IssuerCommonName", issuer_size.into())(rest)?;
    let hash_alg = CapiAlg(hash_alg);
    let (rest, digest) = digest(tpm_alg(hash_alg), digest_size.into())(rest)?;
    let certificate = SiPolicyCertificate {
        publisher: text("PublisherCommonName", publisher).map_err(nom::Err::Error)?,
        issuer: text("IssuerCommonName", issuer).map_err(nom::Err::Error)?,
        hash_alg,
        digest,
    };
    Ok((rest, certificate))
}

/// The TPM's number for an algorithm of the Windows crypto API.
pub(super) const fn tpm_alg(alg: CapiAlg) -> TpmAlg {
    match alg {
        CapiAlg::SHA1 => TpmAlg::SHA1,
        CapiAlg::SHA256 => TpmAlg::SHA256,
        CapiAlg::SHA384 => TpmAlg::SHA384,
        CapiAlg::SHA512 => TpmAlg::SHA512,
        _ => TpmAlg::NULL,
    }
}
