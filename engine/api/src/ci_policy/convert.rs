//! From XML to binary and back, and out of the signature.

use portcullis_engine::ci_policy::author::{Choice, Target, author};
use portcullis_engine::ci_policy::order::TieOrder;
use portcullis_engine::ci_policy::warnings as engine;
use portcullis_engine::ci_policy::{self, Encoding, PolicyFile, xml};
use portcullis_engine::crypto::{HashAlg, digest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PolicyError, WarningDoc, XML_HAS_NO_HASH, is_xml, warnings};

/// Formats that can be asked for.
const FORMATS: std::ops::RangeInclusive<u32> = 7..=9;

/// How to convert an XML. A binary needs nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct How<'a> {
    /// 7, 8 or 9; by default 7, or the format that the XML was decoded from.
    pub format: Option<u32>,
    /// `introsort`, `legacy` or `stored`; by default `introsort`, or `stored` for an XML that was
    /// decoded.
    pub tie_order: Option<&'a str>,
    /// `ws2016`, `ws2019`, `ws2022` or `ws2025`.
    pub target: Option<&'a str>,
}

/// A converted policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conversion {
    /// The file.
    pub bytes: Vec<u8>,
    /// What there is to know about it.
    pub document: ConversionDoc,
}

/// What there is to know about a conversion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConversionDoc {
    /// `portcullis.ci-policy-conversion/1`.
    pub schema: String,
    /// What was converted: `binary`, `signed_binary` or `xml`.
    pub from: String,
    /// What it was converted to: `binary` or `xml`.
    pub to: String,
    /// Format of the binary.
    pub format_version: u32,
    /// Order of rules that tie, for a binary that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie_order: Option<String>,
    /// True when real pairs of XML and binary prove the format; for a binary that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven: Option<bool>,
    /// SHA-256 of the binary without signature: what a host measures.
    pub policy_sha256: String,
    /// What to know.
    pub warnings: Vec<WarningDoc>,
}

/// Converts a file; its content decides the direction.
///
/// # Errors
/// [`PolicyError`].
pub fn convert(bytes: &[u8], how: How<'_>) -> Result<Conversion, PolicyError> {
    if is_xml(bytes) { to_binary(bytes, how) } else { to_xml(bytes, how) }
}

fn to_binary(bytes: &[u8], how: How<'_>) -> Result<Conversion, PolicyError> {
    let text = xml::decode(bytes)?;
    let document = xml::read(&text.text)?;
    let target = how.target.map(target).transpose()?;
    if how.format.is_some_and(|format| !FORMATS.contains(&format)) {
        return Err(PolicyError::Argument("a policy is written in format 7, 8 or 9".into()));
    }
    let choice = Choice {
        format: how.format.or(target.map(Target::format)),
        order: how.tie_order.map(tie_order).transpose()?,
    };
    let authored = author(&document, choice)?;
    Ok(Conversion {
        document: ConversionDoc {
            schema: SCHEMA.into(),
            from: Encoding::Xml.name().into(),
            to: Encoding::Binary.name().into(),
            format_version: authored.format,
            tie_order: Some(authored.order.name().into()),
            proven: Some(authored.is_proven()),
            policy_sha256: digest(HashAlg::Sha256, &[&authored.bytes]).to_string(),
            warnings: warnings(&engine::of_conversion(&document, &authored, target)),
        },
        bytes: authored.bytes,
    })
}

const SCHEMA: &str = "portcullis.ci-policy-conversion/1";

fn target(name: &str) -> Result<Target, PolicyError> {
    Target::from_name(name)
        .ok_or_else(|| PolicyError::Argument(format!("`{name}` is no system to convert for")))
}

fn tie_order(name: &str) -> Result<TieOrder, PolicyError> {
    TieOrder::from_name(name)
        .ok_or_else(|| PolicyError::Argument(format!("`{name}` is no order of rules that tie")))
}

fn to_xml(bytes: &[u8], how: How<'_>) -> Result<Conversion, PolicyError> {
    if how != How::default() {
        let what = "format, order and target are for a conversion to binary, and this is a binary";
        return Err(PolicyError::Argument(what.into()));
    }
    let file = ci_policy::read(bytes)?;
    let text = xml::write(&file.policy).map_err(PolicyError::Inexpressible)?;
    Ok(Conversion { document: from_binary(&file, "xml"), bytes: text.into_bytes() })
}

fn from_binary(file: &PolicyFile<'_>, to: &str) -> ConversionDoc {
    ConversionDoc {
        schema: SCHEMA.into(),
        from: file.encoding.name().into(),
        to: to.into(),
        format_version: file.policy.format.unwrap_or_default(),
        tie_order: None,
        proven: None,
        policy_sha256: digest(HashAlg::Sha256, &[file.raw.unwrap_or_default()]).to_string(),
        warnings: Vec::new(),
    }
}

/// The policy out of its signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unwrapped {
    /// The unsigned binary.
    pub bytes: Vec<u8>,
    /// What there is to know about it.
    pub document: ConversionDoc,
}

/// Takes the signature off; an unsigned binary comes back as it is.
///
/// # Errors
/// [`PolicyError`] for anything but a binary policy.
pub fn unwrap(bytes: &[u8]) -> Result<Unwrapped, PolicyError> {
    if is_xml(bytes) {
        return Err(PolicyError::Kind(XML_HAS_NO_HASH));
    }
    let file = ci_policy::read(bytes)?;
    let document = from_binary(&file, Encoding::Binary.name());
    Ok(Unwrapped { bytes: file.raw.unwrap_or_default().to_vec(), document })
}
