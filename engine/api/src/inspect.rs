//! Inspection: what a file holds, recognised by its content.

mod ci_policy;
mod event_log;
mod keys;
mod quote;
mod sipa;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use ci_policy::CiPolicyDoc;
pub use event_log::{BankReplayDoc, EventDigestDoc, EventDoc, EventLogDoc};
pub use keys::{CertificateDoc, IdentifierBlobDoc, IdentifierDoc, PublicKeyDoc};
pub use quote::{QuoteInfoDoc, SelectionDoc};
pub use sipa::{
    IdkDoc, KsrSignatureDoc, PolicyCertificateDoc, PolicyDoc, PolicySignerDoc, RevocationListDoc,
    SbcpDoc, SipaDoc, SipaValueDoc,
};

use crate::BundleDoc;

/// What one file holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InspectDoc {
    /// Name of the file, as given.
    pub file: String,
    /// Its size.
    pub size: usize,
    /// What it holds.
    #[serde(flatten)]
    pub content: Content,
    /// What is wrong or noteworthy about it.
    pub findings: Vec<NoteDoc>,
}

/// The kinds of content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// A measured-boot event log.
    EventLog(EventLogDoc),
    /// A certificate; not only of EKs.
    EkCertificate(CertificateDoc),
    /// A public key.
    PublicKey(PublicKeyDoc),
    /// An attestation structure.
    Quote(QuoteInfoDoc),
    /// The XML of `Get-PlatformIdentifier`.
    PlatformIdentifier(IdentifierDoc),
    /// A code integrity policy.
    CiPolicy(CiPolicyDoc),
    /// A bundle.
    Bundle {
        /// Name of the registered host.
        host: Option<String>,
        /// Profile of its policy set.
        profile: String,
        /// Number of quotes.
        quotes_count: usize,
    },
    /// Nothing that is known.
    Unknown {},
}

/// Something about a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NoteDoc {
    /// Stable code.
    pub code: String,
    /// In words.
    pub text: String,
    /// Offset of the bytes that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// Their number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
}

impl NoteDoc {
    fn new(code: &str, text: impl ToString, span: Option<portcullis_engine::Span>) -> Self {
        Self {
            code: code.to_owned(),
            text: text.to_string(),
            offset: span.map(|span| span.offset),
            size: span.map(|span| span.size),
        }
    }
}

/// Inspects the bytes of one file.
#[must_use]
pub fn inspect(file: &str, bytes: &[u8]) -> InspectDoc {
    let (content, findings) = recognise(bytes);
    InspectDoc { file: file.to_owned(), size: bytes.len(), content, findings }
}

/// Inspects a file that should be a platform identifier; `None` when it is none.
#[must_use]
pub fn check_identifier(file: &str, bytes: &[u8]) -> Option<InspectDoc> {
    let (content, findings) = keys::recognise_identifier(bytes)?;
    Some(InspectDoc { file: file.to_owned(), size: bytes.len(), content, findings })
}

/// Formats are tried from the most to the least specific: an event log without a Spec ID event
/// has no magic at all, so it comes last.
fn recognise(bytes: &[u8]) -> (Content, Vec<NoteDoc>) {
    if let Ok(bundle) = BundleDoc::parse(bytes) {
        let content = Content::Bundle {
            host: bundle.host.as_ref().map(|host| host.name.clone()),
            profile: bundle.policy_set.profile.clone(),
            quotes_count: bundle.request.evidence.quotes.len(),
        };
        return (content, Vec::new());
    }
    quote::recognise(bytes)
        .or_else(|| ci_policy::recognise(bytes))
        .or_else(|| keys::recognise_identifier(bytes))
        .or_else(|| keys::recognise_key(bytes))
        .or_else(|| keys::recognise_certificate(bytes))
        .or_else(|| event_log::recognise(bytes))
        .unwrap_or_else(|| {
            let note = NoteDoc::new("FILE-UNKNOWN", "the file is of no known kind", None);
            (Content::Unknown {}, vec![note])
        })
}
