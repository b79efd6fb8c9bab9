//! Signers and the EKUs that they name.

use portcullis_wire::ci_policy::{self as wire, WellknownRoot};

use super::Label;

/// An extended key usage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Eku {
    /// Its label.
    pub label: Label,
    /// The bytes of the policy: [`wire::EKU_TAG`], then length and body of the object identifier.
    pub value: Vec<u8>,
}

impl Eku {
    /// The object identifier in dotted text, or `None` when the bytes are none.
    #[must_use]
    pub fn dotted(&self) -> Option<String> {
        let [wire::EKU_TAG, size, body @ ..] = self.value.as_slice() else { return None };
        if usize::from(*size) != body.len() {
            return None;
        }
        der::asn1::ObjectIdentifier::from_bytes(body).ok().map(|oid| oid.to_string())
    }

    /// The bytes of an object identifier in dotted text.
    #[must_use]
    pub fn from_dotted(dotted: &str) -> Option<Vec<u8>> {
        let oid = der::asn1::ObjectIdentifier::new(dotted).ok()?;
        let body = oid.as_bytes();
        let mut value = vec![wire::EKU_TAG, u8::try_from(body.len()).ok()?];
        value.extend_from_slice(body);
        Some(value)
    }

    /// What it is for, when its object identifier is a known one.
    #[must_use]
    pub fn purpose(&self) -> Option<&'static str> {
        let dotted = self.dotted()?;
        wire::EKUS.iter().find(|(known, _)| *known == dotted).map(|(_, name)| *name)
    }
}

/// The certificate that a signer's chain must contain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Root {
    /// Digest of its `tbsCertificate`, by the hash of its own signature algorithm.
    Tbs(Vec<u8>),
    /// One of the built-in roots.
    Wellknown(WellknownRoot),
}

/// Time in 100 nanoseconds since 1601, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct FileTime(pub i64);

/// Whose signature counts, and on which files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signer {
    /// Its label.
    pub label: Label,
    /// The certificate that the chain must contain.
    pub root: Root,
    /// EKUs that the leaf must have: indices.
    pub ekus: Vec<u32>,
    /// Common name of the leaf's issuer.
    pub issuer: Option<String>,
    /// Common name of the leaf.
    pub publisher: Option<String>,
    /// Name of the WHQL submitter.
    pub oem_id: Option<String>,
    /// File rules of kind `FileAttrib`, one of which the file must match: indices.
    pub file_attribs: Vec<u32>,
    /// Only signatures later than this count; zero for all.
    pub sign_time_after: FileTime,
}

impl Signer {
    /// A signer with nothing but its root.
    #[must_use]
    pub fn new(root: Root) -> Self {
        Self {
            label: Label::default(),
            root,
            ekus: Vec::new(),
            issuer: None,
            publisher: None,
            oem_id: None,
            file_attribs: Vec::new(),
            sign_time_after: FileTime::default(),
        }
    }
}

/// What a signer refers to in a section of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct References {
    /// Index of the signer.
    pub signer: u32,
    /// Indices of what it refers to.
    pub to: Vec<u32>,
}
