//! Trust in the endorsement key.
//!
//! Source: TCG EK Credential Profile 2.5; HGS documentation on registering hosts (`-Force`,
//! `-PolicyVersion`).
//!
//! What it establishes: a trusted manufacturer certified this key (v2), or an administrator
//! registered it (v1). What it does *not* establish: that the host holds the private key; only a
//! credential activation does.

use crate::chain::{self, ChainPolicy, VerifiedChain};
use crate::crypto::{Digest, PublicKey};
use crate::evidence::{Artefact, Request};
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::identifier::{self, Blob, PlatformIdentifier};
use crate::formats::key::{self, PublicKeyFile};
use crate::formats::x509::ek_profile::{self, Rule};
use crate::formats::x509::{self, Certificate, CertificateBytes};
use crate::host::{HostRecord, PolicyVersion};
use crate::limits::HOST_INTERMEDIATES_MAX;
use crate::policy::PolicySet;
use crate::span::Span;
use crate::unbound::Unbound;
use crate::wire::tpm::ObjectAttributes;

/// Proof that somebody vouches for the EK.
#[derive(Clone, Debug)]
pub struct EkTrusted {
    digest: Digest,
    trust: EkTrust,
}

#[derive(Clone, Debug)]
enum EkTrust {
    /// v2: the chain.
    Endorsed(VerifiedChain),
    /// v1: an administrator.
    RegisteredV1,
}

impl EkTrusted {
    /// SHA-256 of the EK's canonical SubjectPublicKeyInfo.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The chain that endorses the EK, or `None` when it was registered by hand.
    #[must_use]
    pub const fn chain(&self) -> Option<&VerifiedChain> {
        match &self.trust {
            EkTrust::Endorsed(chain) => Some(chain),
            EkTrust::RegisteredV1 => None,
        }
    }
}

/// Outcome of this stage.
#[derive(Debug, Default)]
pub struct EkStage {
    /// SHA-256 of the EK's canonical SubjectPublicKeyInfo, when there is an EK.
    pub digest: Option<Digest>,
    /// What each version makes of it, in the order of [`PolicyVersion::ALL`].
    pub tracks: Vec<EkTrack>,
}

/// Trust in the EK under the rules of one version.
#[derive(Debug)]
pub struct EkTrack {
    /// The version.
    pub version: PolicyVersion,
    /// Proof of trust, when it holds.
    pub trusted: Option<EkTrusted>,
    /// True when the EK is registered in this version, or assumed to be.
    pub registered: bool,
    /// What this version found, beside what is true in any.
    pub findings: Vec<Finding>,
}

const PUBLIC: Artefact = Artefact::EkPublic;
const CERTIFICATE: Artefact = Artefact::EkCertificate;

pub(super) fn verify(
    set: &PolicySet<'_>,
    host: Option<&HostRecord>,
    request: &Request<'_>,
    proofs_required: bool,
    findings: &mut Vec<Finding>,
    unbound: &mut Vec<Unbound>,
) -> EkStage {
    let evidence = &request.evidence;
    let findings_before = findings.len();
    let identifier = evidence.platform_identifier.and_then(|xml| read_identifier(xml, findings));
    let (ek_public, ek_certificate) = choose(request, identifier.as_ref());
    let public = ek_public.and_then(|bytes| read_public(bytes, findings, unbound));
    let files = ek_certificate.and_then(|bytes| find_certificate(bytes, findings));
    let certificate = files.as_ref().and_then(|file| read_certificate(file, findings));
    let certified =
        certificate.as_ref().and_then(|certificate| certified_key(certificate, findings));
    let Some(key) = public.clone().or_else(|| certified.clone()) else {
        if ek_public.is_none() && ek_certificate.is_none() {
            findings.push(Finding::new(FindingCode::EkMissing, Subject::Host));
        }
        return EkStage::default();
    };
    match (&public, &certified) {
        (Some(public), Some(certified)) if public != certified => {
            findings.push(key_mismatch(public, certified));
        }
        // A certified key was judged with its certificate.
        (Some(public), None) => findings.extend(weak_key(public)),
        _ => {}
    }
    if ek_certificate.is_none() {
        let mut finding =
            Finding::new(FindingCode::EkCertificateMissing, Subject::Artefact(PUBLIC));
        let message = identifier.as_ref().and_then(|file| file.ek_certificate_error.clone());
        finding.found = message.map(Into::into);
        findings.push(finding);
    }
    let digest = key::spki_sha256(&key);
    let chain = certificate
        .as_ref()
        .and_then(|certificate| verify_chain(set, request, certificate, findings));
    if chain.is_none()
        && let Some(bytes) = ek_certificate
    {
        let reason = "no trusted root stands behind the EK certificate";
        let spans = vec![Span::new(0, bytes.len())];
        unbound.push(Unbound { artefact: CERTIFICATE, reason, spans });
    }
    let sound = findings.iter().skip(findings_before).all(|finding| !spoils(finding.code));
    let of_these = findings.get(findings_before..).unwrap_or_default();
    let unfit = of_these.iter().any(|finding| finding.code == FindingCode::EkCertificateUnfit);
    let endorsement = chain.filter(|_| !unfit);
    let tracks = PolicyVersion::ALL.into_iter().map(|version| {
        let (registered, finding) = registration(host, &digest, version, proofs_required);
        let trust = match version {
            PolicyVersion::V2 => endorsement.clone().map(EkTrust::Endorsed),
            PolicyVersion::V1 => Some(EkTrust::RegisteredV1),
        };
        let trusted = trust
            .filter(|_| registered && sound && set.accepts(version))
            .map(|trust| EkTrusted { digest, trust });
        EkTrack { version, trusted, registered, findings: finding.into_iter().collect() }
    });
    EkStage { digest: Some(digest), tracks: tracks.collect() }
}

/// Key and certificate, each given apart or taken from the identifier.
fn choose<'f>(
    request: &Request<'f>,
    identifier: Option<&'f PlatformIdentifier>,
) -> (Option<&'f [u8]>, Option<&'f [u8]>) {
    let evidence = &request.evidence;
    let bytes = |blob: &'f Option<Blob>| blob.as_ref().map(|blob| blob.bytes.as_slice());
    let public = evidence.ek_public.or_else(|| bytes(&identifier?.ek_public));
    let certificate = evidence.ek_certificate.or_else(|| bytes(&identifier?.ek_certificate));
    (public, certificate)
}

fn read_identifier(xml: &[u8], findings: &mut Vec<Finding>) -> Option<PlatformIdentifier> {
    let artefact = Artefact::PlatformIdentifier;
    let parsed = identifier::parse(xml).map_err(|error| {
        let finding = Finding::new(FindingCode::IdentifierUnreadable, Subject::Artefact(artefact));
        findings.push(finding.found(error.to_string()).at(Place::new(artefact, error.span)));
    });
    parsed.ok()
}

/// True for findings under which no EK is trusted, whoever vouches for it.
const fn spoils(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::EkKeyMismatch
            | FindingCode::EkKeyWeak
            | FindingCode::EkAttributesUnfit
            | FindingCode::EkUnreadable
    )
}

fn read_public(
    bytes: &[u8],
    findings: &mut Vec<Finding>,
    unbound: &mut Vec<Unbound>,
) -> Option<PublicKey> {
    match key::parse_public_key(bytes) {
        Ok(file) => {
            if let Some(finding) = unfit_attributes(&file) {
                findings.push(finding);
            }
            if !file.unbound.is_empty() {
                let reason = "the EK's certificate and registration cover the key only";
                unbound.push(Unbound { artefact: PUBLIC, reason, spans: file.unbound });
            }
            Some(file.key)
        }
        Err(error) => {
            findings.push(
                Finding::new(FindingCode::EkUnreadable, Subject::Artefact(PUBLIC))
                    .found(error.to_string())
                    .at(Place::new(PUBLIC, error.span)),
            );
            None
        }
    }
}

/// Whoever finds the private part of an EK activates any credential in its name, so that a key
/// that nobody certified must be as strong as one that somebody did.
fn weak_key(key: &PublicKey) -> impl Iterator<Item = Finding> {
    ek_profile::weaknesses(key).into_iter().map(|weakness| {
        Finding::new(FindingCode::EkKeyWeak, Subject::Artefact(PUBLIC))
            .expected(weakness.expected)
            .found(weakness.found)
    })
}

/// An EK decrypts, never signs, and never leaves its TPM (EK Credential Profile, annex B).
fn unfit_attributes(file: &PublicKeyFile<'_>) -> Option<Finding> {
    let public = file.tpm.as_ref()?;
    let needed = ObjectAttributes::FIXED_TPM
        .union(ObjectAttributes::FIXED_PARENT)
        .union(ObjectAttributes::SENSITIVE_DATA_ORIGIN)
        .union(ObjectAttributes::RESTRICTED)
        .union(ObjectAttributes::DECRYPT);
    let attributes = public.attributes;
    if attributes.contains(needed) && !attributes.contains(ObjectAttributes::SIGN) {
        return None;
    }
    let finding = Finding::new(FindingCode::EkAttributesUnfit, Subject::Artefact(PUBLIC));
    Some(
        finding.found(public.attributes.to_string()).at(Place::new(PUBLIC, public.attributes_span)),
    )
}

fn find_certificate<'a>(
    bytes: &'a [u8],
    findings: &mut Vec<Finding>,
) -> Option<CertificateBytes<'a>> {
    match x509::find_certificates(bytes) {
        Ok(files) => files.into_iter().next(),
        Err(error) => {
            findings.push(unreadable_certificate(&error));
            None
        }
    }
}

fn read_certificate<'f>(
    file: &'f CertificateBytes<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Certificate<'f>> {
    let certificate = match file.parse() {
        Ok(certificate) => certificate,
        Err(error) => {
            findings.push(unreadable_certificate(&error));
            return None;
        }
    };
    let subject = || Subject::Artefact(CERTIFICATE);
    for quirk in &certificate.quirks {
        findings.push(
            Finding::new(FindingCode::EkCertificateQuirk, subject())
                .found(quirk.kind.to_string())
                .at(Place::new(CERTIFICATE, quirk.span)),
        );
    }
    for deviation in ek_profile::deviations(&certificate) {
        let code = match deviation.rule {
            Rule::RsaSize | Rule::RsaExponent | Rule::RocaFingerprint => FindingCode::EkKeyWeak,
            // A vendor's root stands behind many kinds of certificates.
            Rule::Purpose | Rule::NotCa => FindingCode::EkCertificateUnfit,
            _ => FindingCode::EkProfileDeviation,
        };
        findings.push(
            Finding::new(code, subject())
                .expected(deviation.expected)
                .found(deviation.found)
                .at(Place::new(CERTIFICATE, deviation.span)),
        );
    }
    Some(certificate)
}

fn unreadable_certificate(error: &crate::formats::ParseError) -> Finding {
    Finding::new(FindingCode::EkCertificateUnreadable, Subject::Artefact(CERTIFICATE))
        .found(error.to_string())
        .at(Place::new(CERTIFICATE, error.span))
}

fn certified_key(certificate: &Certificate<'_>, findings: &mut Vec<Finding>) -> Option<PublicKey> {
    match &certificate.subject_key.key {
        Ok(key) => Some(key.clone()),
        Err(reason) => {
            findings.push(
                Finding::new(FindingCode::EkCertificateUnreadable, Subject::Artefact(CERTIFICATE))
                    .found(reason.to_string())
                    .at(Place::new(CERTIFICATE, certificate.subject_key.span)),
            );
            None
        }
    }
}

fn key_mismatch(public: &PublicKey, certified: &PublicKey) -> Finding {
    Finding::new(FindingCode::EkKeyMismatch, Subject::Artefact(CERTIFICATE))
        .expected(key::spki_sha256(public))
        .found(key::spki_sha256(certified))
}

fn verify_chain(
    set: &PolicySet<'_>,
    request: &Request<'_>,
    certificate: &Certificate<'_>,
    findings: &mut Vec<Finding>,
) -> Option<VerifiedChain> {
    // Without trust roots there is nothing to check against, and v1 does not ask for it.
    if set.trust.is_empty() && !set.accepts(PolicyVersion::V2) {
        return None;
    }
    let offered = offered_certificates(request);
    let offered: Vec<Certificate<'_>> =
        offered.iter().filter_map(|file| file.parse().ok()).collect();
    let issuers = set.trust.issuers(&offered);
    match chain::verify_chain(certificate, issuers, request.now, &ChainPolicy::default()) {
        Ok(chain) => {
            findings.extend(chain.notes().iter().map(|note| {
                Finding::new(FindingCode::EkCertificateNote, Subject::Artefact(CERTIFICATE))
                    .found(format!("certificate {} of the chain: {}", note.index, note.kind))
            }));
            Some(chain)
        }
        Err(failure) => {
            let subject = Subject::Artefact(CERTIFICATE);
            let finding = Finding::new(FindingCode::EkChainUntrusted, subject);
            findings.push(finding.found(failure.to_string()));
            None
        }
    }
}

/// The certificates that the host offers, as far as they can be found. They are never trusted,
/// so one that cannot be read only fails to help.
fn offered_certificates<'a>(request: &Request<'a>) -> Vec<CertificateBytes<'a>> {
    let files = request.evidence.ek_intermediates.iter().take(HOST_INTERMEDIATES_MAX);
    files.filter_map(|bytes| x509::find_certificates(bytes).ok()).flatten().collect()
}

/// Whether the EK is registered in a version. An assessment without a host record assumes it.
fn registration(
    host: Option<&HostRecord>,
    digest: &Digest,
    version: PolicyVersion,
    proofs_required: bool,
) -> (bool, Option<Finding>) {
    let finding = |code| Finding::new(code, Subject::Artefact(PUBLIC)).found(*digest);
    match host {
        Some(host) if host.registers(digest, version) => (true, None),
        None if !proofs_required => {
            let assumed =
                (version == PolicyVersion::V1).then_some(FindingCode::EkAssumedRegistered);
            (true, assumed.map(finding))
        }
        _ => {
            let finding = finding(FindingCode::EkNotRegistered);
            (
                false,
                Some(finding.expected(format!("an EK that is registered as {}", version.name()))),
            )
        }
    }
}
