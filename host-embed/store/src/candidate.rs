//! What a file that is to register a host says, and whether it may.
//!
//! The rules are the documented ones: v2 needs a trusted EK certificate, whatever is forced; v1
//! needs one too, unless it is forced. What nothing forces: an EK that can never attest (weak,
//! unreadable, not the certificate's, or no EK at all). What this does *not* establish: that the
//! host has the TPM; only an attestation does.

use portcullis_api::call::{InspectCallDoc, Operation};
use portcullis_api::inspect::{Content, InspectDoc};
use portcullis_api::request::{EvidenceDoc, RequestDoc};
use portcullis_api::result::FindingDoc;
use portcullis_api::{AssessmentDoc, BundleDoc, PolicySetDoc};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StoreError};
use crate::judge::{Judge, ask};
use crate::name::Version;

/// What stands behind an EK.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// A certificate that chains to a trusted root.
    Trusted,
    /// A certificate that does not, or that cannot be used.
    Untrusted,
    /// No certificate.
    Missing,
}

impl CertificateState {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
            Self::Missing => "missing",
        }
    }

    pub(crate) fn read(text: &str) -> Result<Self> {
        [Self::Trusted, Self::Untrusted, Self::Missing]
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| StoreError::damaged(format_args!("certificate state `{text}`")))
    }
}

/// What was found about an EK and its certificate, whatever it means for a registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Examined {
    /// The name that the file gives, unchecked.
    pub name: Option<String>,
    /// SHA-256 of the EK's SubjectPublicKeyInfo; `None` when there is none that can be read.
    pub ek_sha256: Option<String>,
    /// What stands behind the EK.
    pub state: CertificateState,
    /// What was found about EK and certificate.
    pub findings: Vec<FindingDoc>,
    /// EK, certificate and intermediates, as they came.
    pub evidence: EvidenceDoc,
}

/// A host that could be registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The name that the file gives, unchecked.
    pub name: Option<String>,
    /// SHA-256 of the EK's SubjectPublicKeyInfo.
    pub ek_sha256: String,
    /// What stands behind the EK.
    pub state: CertificateState,
    /// What was found about EK and certificate.
    pub findings: Vec<FindingDoc>,
    /// EK, certificate and intermediates, as they came.
    pub evidence: EvidenceDoc,
}

/// Findings under which no EK ever attests.
const NEVER: [&str; 5] =
    ["EK-MISSING", "EK-UNREADABLE", "EK-KEY-MISMATCH", "EK-KEY-WEAK", "EK-ATTRIBUTES-UNFIT"];

impl Examined {
    /// Examines EK and certificate against the trusted certificates of a policy set.
    ///
    /// # Errors
    /// [`StoreError`] when the trusted certificates themselves cannot be used.
    pub fn new(
        judge: &dyn Judge,
        rules: &PolicySetDoc,
        evidence: EvidenceDoc,
        now: u64,
    ) -> Result<Self> {
        let (name, ek_sha256) = identity(judge, &evidence)?;
        let set = PolicySetDoc {
            trust: rules.trust.clone(),
            versions: vec![Version::V2.name().into()],
            ..PolicySetDoc::default()
        };
        let request = RequestDoc { now, evidence, ..RequestDoc::default() };
        let bundle = BundleDoc::new(set, None, request);
        let assessment: AssessmentDoc = ask(judge, Operation::Assess, &bundle)?;
        let about_ek = |code: &str| code.starts_with("EK-") || code.starts_with("IDENTIFIER-");
        let findings: Vec<FindingDoc> =
            assessment.report.findings.into_iter().filter(|f| about_ek(&f.code)).collect();
        let has = |code: &str| findings.iter().any(|finding| finding.code == code);
        let state = match assessment.report.hardware.as_str() {
            "endorsed" => CertificateState::Trusted,
            _ if has("EK-CERTIFICATE-MISSING") => CertificateState::Missing,
            _ => CertificateState::Untrusted,
        };
        Ok(Self { name, ek_sha256, state, findings, evidence: bundle.request.evidence })
    }

    /// The finding under which this EK never attests, in no version.
    #[must_use]
    pub fn never(&self) -> Option<&FindingDoc> {
        self.findings.iter().find(|finding| NEVER.contains(&finding.code.as_str()))
    }
}

impl Candidate {
    /// Examines EK and certificate; see [`Examined::new`].
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is no EK that could ever attest.
    pub fn examine(
        judge: &dyn Judge,
        rules: &PolicySetDoc,
        evidence: EvidenceDoc,
        now: u64,
    ) -> Result<Self> {
        let examined = Examined::new(judge, rules, evidence, now)?;
        if let Some(finding) = examined.never() {
            return Err(refused(finding, &finding.remedy));
        }
        let Examined { name, ek_sha256, state, findings, evidence } = examined;
        let ek_sha256 = ek_sha256.ok_or_else(|| {
            let remedy = "hand in the EK's public key with `--ek-pub`";
            StoreError::refused("EK", "there is none that can be read", remedy)
        })?;
        Ok(Self { name, ek_sha256, state, findings, evidence })
    }

    /// Whether the rules let it be registered in a version.
    ///
    /// # Errors
    /// [`StoreError::Refused`] with the remedy.
    pub fn admit(&self, version: Version, force: bool) -> Result<()> {
        if self.state == CertificateState::Trusted || (version == Version::V1 && force) {
            return Ok(());
        }
        let remedy = self.remedy(version, force);
        let codes = ["EK-CHAIN-UNTRUSTED", "EK-CERTIFICATE-MISSING", "EK-CERTIFICATE-UNREADABLE"];
        let mut wanted = codes.iter().filter_map(|code| self.finding(code));
        match wanted.next().or_else(|| self.finding("EK-CERTIFICATE-UNFIT")) {
            Some(finding) => Err(refused(finding, &remedy)),
            None => Err(StoreError::refused("EK certificate", "no root is trusted", remedy)),
        }
    }

    fn finding(&self, code: &str) -> Option<&FindingDoc> {
        self.findings.iter().find(|finding| finding.code == code)
    }

    /// What an administrator can do about a certificate that is not trusted (W9).
    fn remedy(&self, version: Version, force: bool) -> String {
        let trust = match self.state {
            CertificateState::Missing => {
                "fetch the certificate from the TPM's vendor (`portcullis host doctor` says where) \
                 and hand it in with `--ek-cert`"
            }
            _ => "register the vendor's roots and intermediates with `portcullis trust add`",
        };
        let v1 = "if you believe that the TPM is genuine, register it as v1 with \
                  `--policy-version v1 --force`; its baseline and CI policy must then be v1 too";
        let forced = match (version, force) {
            (Version::V2, true) => " (`--force` changes nothing for v2)",
            _ => "",
        };
        format!("{trust}; or, {v1}{forced}")
    }
}

fn refused(finding: &FindingDoc, remedy: &str) -> StoreError {
    let reason = format!("{} [{}]", finding.text, finding.code);
    StoreError::refused("EK", reason, remedy)
}

/// Name and EK digest, from wherever the evidence holds them.
fn identity(judge: &dyn Judge, evidence: &EvidenceDoc) -> Result<(Option<String>, Option<String>)> {
    // A key apart from the identifier stands in the place of its key, as in an appraisal.
    let blobs = [&evidence.ek_public, &evidence.platform_identifier, &evidence.ek_certificate];
    let (mut name, mut ek_sha256) = (None, None);
    for blob in blobs.into_iter().flatten() {
        let call = InspectCallDoc { file: String::new(), content: blob.clone() };
        let found: InspectDoc = ask(judge, Operation::Inspect, &call)?;
        let (named, digest) = match found.content {
            Content::PlatformIdentifier(doc) => (doc.name, doc.ek_sha256),
            Content::PublicKey(doc) => (None, Some(doc.spki_sha256)),
            Content::EkCertificate(doc) => (None, doc.spki_sha256),
            _ => (None, None),
        };
        name = name.or(named);
        ek_sha256 = ek_sha256.or(digest);
    }
    Ok((name, ek_sha256))
}
