//! The attestation key, and what ties it to the endorsement key.
//!
//! Source: TPM 2.0 Library part 1, section 24 (credential protection) and 31.4 (restricted
//! signing keys).
//!
//! Three things prove that an AK lives in the TPM of an EK: a credential that was made for both
//! and activated, the name that an earlier activation left in the host's record, or an AK
//! certificate. A key that is merely named proves nothing, however well it signs.

use std::fmt;

use crate::chain::{self, ChainPolicy};
use crate::crypto::{Digest, PublicKey};
use crate::evidence::{Artefact, Request};
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::key::{self, PublicKeyFile};
use crate::formats::tpm::Name;
use crate::formats::tpm::public::Scheme;
use crate::formats::x509::{self, roca::has_roca_fingerprint};
use crate::host::HostRecord;
use crate::limits::RSA_AK_BITS_MIN;
use crate::policy::PolicySet;
use crate::span::Span;
use crate::unbound::Unbound;
use crate::wire::oid;
use crate::wire::tpm::ObjectAttributes;

/// What ties an AK to an EK.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AkBinding {
    /// A credential activation in this exchange.
    Activation,
    /// The name that an earlier activation left in the host's record.
    StoredName,
    /// An AK certificate by a trusted CA.
    Certificate,
}

impl AkBinding {
    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::StoredName => "stored_name",
            Self::Certificate => "certificate",
        }
    }
}

impl fmt::Display for AkBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Proof that the AK lives in the TPM of the EK.
#[derive(Clone, Debug)]
pub struct AkBound {
    binding: AkBinding,
    name: Vec<u8>,
}

impl AkBound {
    /// What ties the two together.
    #[must_use]
    pub const fn binding(&self) -> AkBinding {
        self.binding
    }

    /// TPM name of the AK.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }
}

/// An attestation key, bound or not.
#[derive(Clone, Debug)]
pub struct AkKey {
    /// The key.
    pub key: PublicKey,
    /// The one scheme that it signs with; `None` when only the bare key is known.
    pub scheme: Option<Scheme>,
    /// Its TPM name; `None` when only the bare key is known.
    pub name: Option<Vec<u8>>,
}

impl AkKey {
    /// The key in a file, with its scheme where the file is a TPM public area.
    pub(super) fn of(file: &PublicKeyFile<'_>) -> Self {
        let scheme = file.tpm.as_ref().and_then(|public| public.scheme);
        let name = file.tpm.as_ref().and_then(|public| Name::of(public).ok());
        Self { key: file.key.clone(), scheme, name: name.map(|name| name.to_bytes()) }
    }
}

const AK: Artefact = Artefact::AkPublic;

pub(super) fn verify(
    set: &PolicySet<'_>,
    host: Option<&HostRecord>,
    request: &Request<'_>,
    ek_digest: Option<&Digest>,
    findings: &mut Vec<Finding>,
    unbound: &mut Vec<Unbound>,
) -> (Option<AkKey>, Option<AkBound>) {
    let Some(bytes) = request.evidence.ak_public else {
        findings.push(Finding::new(FindingCode::AkMissing, Subject::Artefact(AK)));
        return (None, None);
    };
    let file = match key::parse_public_key(bytes) {
        Ok(file) => file,
        Err(error) => {
            findings.push(
                Finding::new(FindingCode::AkUnreadable, Subject::Artefact(AK))
                    .found(error.to_string())
                    .at(Place::new(AK, error.span)),
            );
            return (None, None);
        }
    };
    let ak_key = AkKey::of(&file);
    let fit = check_fitness(&file, findings);
    let name = ak_key.name.as_deref();
    let bound = name.and_then(|name| bind(set, host, request, ek_digest, &file, name, findings));
    if bound.is_none() {
        findings.push(Finding::new(FindingCode::AkNotBound, Subject::Artefact(AK)));
        unbound.push(Unbound {
            artefact: AK,
            reason: "the AK is merely named: nothing binds it to the EK",
            spans: vec![Span::new(0, bytes.len())],
        });
    }
    if bound.as_ref().is_some_and(|bound| bound.binding == AkBinding::Certificate) {
        unbound.push(Unbound {
            artefact: AK,
            reason: "the AK's certificate covers the key only",
            spans: file.unbound.clone(),
        });
    }
    (Some(ak_key), bound.filter(|_| fit))
}

/// True when the key is a restricted signing key of a TPM, and strong enough.
pub(crate) fn check_fitness(file: &PublicKeyFile<'_>, findings: &mut Vec<Finding>) -> bool {
    let subject = || Subject::Artefact(AK);
    let Some(public) = &file.tpm else {
        findings.push(Finding::new(FindingCode::AkAttributesUnknown, subject()));
        return false;
    };
    let mut fit = true;
    if !signs_restricted(public.attributes) {
        fit = false;
        findings.push(
            Finding::new(FindingCode::AkAttributesUnfit, subject())
                .found(public.attributes.to_string())
                .at(Place::new(AK, public.attributes_span)),
        );
    }
    // A restricted key without a scheme signs with whatever the caller asks for.
    if public.scheme.is_none() {
        fit = false;
        let finding = Finding::new(FindingCode::AkAttributesUnfit, subject());
        findings.push(finding.expected("a signing scheme").found("none"));
    }
    if let PublicKey::Rsa { modulus, .. } = &file.key {
        if has_roca_fingerprint(modulus) {
            fit = false;
            let finding = Finding::new(FindingCode::AkKeyWeak, subject());
            findings.push(finding.found("the fingerprint of ROCA (CVE-2017-15361)"));
        }
        let bits = modulus.len().saturating_mul(8);
        if bits < RSA_AK_BITS_MIN {
            fit = false;
            let finding = Finding::new(FindingCode::AkKeyWeak, subject());
            findings.push(finding.expected(RSA_AK_BITS_MIN as u64).found(bits as u64));
        }
    }
    fit
}

/// Such a key signs only what its TPM made itself, and cannot be moved to another one.
fn signs_restricted(attributes: ObjectAttributes) -> bool {
    let needed = ObjectAttributes::FIXED_TPM
        .union(ObjectAttributes::FIXED_PARENT)
        .union(ObjectAttributes::SENSITIVE_DATA_ORIGIN)
        .union(ObjectAttributes::RESTRICTED)
        .union(ObjectAttributes::SIGN);
    attributes.contains(needed) && !attributes.contains(ObjectAttributes::DECRYPT)
}

fn bind(
    set: &PolicySet<'_>,
    host: Option<&HostRecord>,
    request: &Request<'_>,
    ek_digest: Option<&Digest>,
    file: &PublicKeyFile<'_>,
    name: &[u8],
    findings: &mut Vec<Finding>,
) -> Option<AkBound> {
    let bound = |binding| Some(AkBound { binding, name: name.to_vec() });
    // An activation that was asked for is enforced, even where another binding would do.
    if request.credential.is_some() {
        return match activation_holds(request, ek_digest, name, findings) {
            true => bound(AkBinding::Activation),
            false => None,
        };
    }
    if let Some(stored) = host.and_then(|host| host.ak_name.as_deref()) {
        if stored == name {
            return bound(AkBinding::StoredName);
        }
        findings.push(
            Finding::new(FindingCode::AkNameMismatch, Subject::Artefact(AK))
                .expected(stored)
                .found(name),
        );
        return None;
    }
    certificate_holds(set, request, file, findings)
        .then_some(AkBinding::Certificate)
        .and_then(bound)
}

fn activation_holds(
    request: &Request<'_>,
    ek_digest: Option<&Digest>,
    name: &[u8],
    findings: &mut Vec<Finding>,
) -> bool {
    let Some(credential) = &request.credential else { return false };
    let subject = Subject::Artefact(Artefact::ActivatedSecret);
    let finding = Finding::new(FindingCode::AkActivationMismatch, subject);
    let problem = if credential.ak_name != name {
        finding.expected(credential.ak_name).found(name)
    } else if ek_digest != Some(&credential.ek_digest) {
        finding.expected(credential.ek_digest).found("another EK")
    } else if credential.secret.is_empty() {
        finding.found("an empty secret proves nothing")
    } else if request.evidence.activated_secret != Some(credential.secret) {
        finding.found("another secret than the credential holds")
    } else {
        return true;
    };
    findings.push(problem);
    false
}

/// The CA vouches for the AK; it must be one of the policy set's, and the certificate must be
/// one for attestation keys.
fn certificate_holds(
    set: &PolicySet<'_>,
    request: &Request<'_>,
    file: &PublicKeyFile<'_>,
    findings: &mut Vec<Finding>,
) -> bool {
    let Some(bytes) = request.evidence.ak_certificate else { return false };
    let artefact = Artefact::AkCertificate;
    let mut refuse = |reason: String| {
        let finding =
            Finding::new(FindingCode::AkCertificateUntrusted, Subject::Artefact(artefact));
        findings.push(finding.found(reason));
        false
    };
    let files = match x509::find_certificates(bytes) {
        Ok(files) => files,
        Err(error) => return refuse(error.to_string()),
    };
    let Some(Ok(certificate)) = files.first().map(x509::CertificateBytes::parse) else {
        return refuse("cannot be decoded".into());
    };
    if certificate.subject_key.key.as_ref().ok() != Some(&file.key) {
        return refuse("certifies another key".into());
    }
    if !certificate.extensions.allows_purpose(oid::KP_AIK_CERTIFICATE) {
        return refuse("is not a certificate for attestation keys".into());
    }
    let issuers = set.trust.issuers(&[]);
    match chain::verify_chain(&certificate, issuers, request.now, &ChainPolicy::default()) {
        Ok(_) => true,
        Err(failure) => refuse(failure.to_string()),
    }
}
