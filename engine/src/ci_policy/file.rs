//! A policy file of any kind, recognised by its content. Extensions say nothing: `SiPolicy.p7b`
//! is mostly unsigned.

use core::fmt;

use super::model::CiPolicy;
use super::unwrap::{Wrapper, looks_signed, unwrap};
use super::xml::{Document, Text, XmlError, decode, looks_like_xml};
use super::{binary, xml};
use crate::formats::{Input, ParseError};

/// How a policy is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// The binary.
    Binary,
    /// The binary inside a PKCS#7 signature.
    SignedBinary,
    /// The XML.
    Xml,
}

impl Encoding {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::SignedBinary => "signed_binary",
            Self::Xml => "xml",
        }
    }
}

/// A policy file.
#[derive(Clone, Debug)]
pub struct PolicyFile<'a> {
    /// How it is written.
    pub encoding: Encoding,
    /// What it says; its labels and places only come from XML.
    pub policy: CiPolicy,
    /// The unsigned binary, whose digest a host measures. An XML has none.
    pub raw: Option<&'a [u8]>,
    /// The signature around it.
    pub wrapper: Option<Wrapper<'a>>,
    /// What no schema knows, of an XML.
    pub unsupported: Vec<xml::Unsupported>,
}

/// Why a file is no policy that can be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadError {
    /// The binary breaks its format.
    Binary(ParseError),
    /// The PKCS#7 wrapper breaks its format, or holds something else.
    Wrapper(ParseError),
    /// The XML is no policy.
    Xml(XmlError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binary(error) => write!(f, "no binary policy: {error}"),
            Self::Wrapper(error) => write!(f, "no signed policy: {error}"),
            Self::Xml(error) => write!(f, "no XML policy: {error}"),
        }
    }
}

impl core::error::Error for ReadError {}

/// What a file looks like, from its first bytes and, without a signature, its platform. A file
/// that [`read()`] takes may not be recognised: the platform may be another one.
#[must_use]
pub fn recognise(bytes: &[u8]) -> Option<Encoding> {
    if binary::looks_like_policy(bytes) {
        return Some(Encoding::Binary);
    }
    if looks_signed(bytes) {
        let content = unwrap(Input::new(bytes)).ok()?;
        return binary::looks_like_policy(content.raw.bytes()).then_some(Encoding::SignedBinary);
    }
    if !looks_like_xml(bytes) {
        return None;
    }
    let text = decode(bytes).ok()?;
    let root =
        text.text.split('<').find(|tag| !tag.starts_with(['?', '!']) && !tag.trim().is_empty());
    let name =
        root?.split(|letter: char| letter.is_whitespace() || "/>".contains(letter)).next()?;
    (name.rsplit(':').next() == Some("SiPolicy")).then_some(Encoding::Xml)
}

/// Reads a policy file of any kind.
///
/// # Errors
/// [`ReadError`].
pub fn read(bytes: &[u8]) -> Result<PolicyFile<'_>, ReadError> {
    if looks_like_xml(bytes) {
        let text = decode(bytes).map_err(ReadError::Xml)?;
        return read_text(&text).map_err(ReadError::Xml);
    }
    if looks_signed(bytes) {
        let wrapper = unwrap(Input::new(bytes)).map_err(ReadError::Wrapper)?;
        let policy = binary::read(wrapper.raw).map_err(ReadError::Binary)?;
        return Ok(PolicyFile {
            encoding: Encoding::SignedBinary,
            policy,
            raw: Some(wrapper.raw.bytes()),
            wrapper: Some(wrapper),
            unsupported: Vec::new(),
        });
    }
    let policy = binary::read(Input::new(bytes)).map_err(ReadError::Binary)?;
    Ok(PolicyFile {
        encoding: Encoding::Binary,
        policy,
        raw: Some(bytes),
        wrapper: None,
        unsupported: Vec::new(),
    })
}

fn read_text<'a>(text: &Text<'_>) -> Result<PolicyFile<'a>, XmlError> {
    let Document { policy, unsupported, .. } = xml::read(&text.text)?;
    Ok(PolicyFile { encoding: Encoding::Xml, policy, raw: None, wrapper: None, unsupported })
}

/// The unsigned binary of a file that need not be readable otherwise: what a host would measure.
///
/// # Errors
/// [`ReadError`] when the file neither is nor holds something that begins as a policy does.
pub(super) fn raw_of(bytes: &[u8]) -> Result<(&[u8], bool), ReadError> {
    if looks_signed(bytes) {
        let wrapper = unwrap(Input::new(bytes)).map_err(ReadError::Wrapper)?;
        return Ok((wrapper.raw.bytes(), true));
    }
    if binary::looks_like_policy(bytes) {
        return Ok((bytes, false));
    }
    match binary::read(Input::new(bytes)) {
        Ok(_) => Ok((bytes, false)),
        Err(error) => Err(ReadError::Binary(error)),
    }
}
