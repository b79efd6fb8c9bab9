//! From a signed policy to the policy inside.
//!
//! RFC 5652 (CMS), sections 3 and 5; PKCS#7 1.5. The signature governs who may replace a policy;
//! what a host measures is the content alone. [`unwrap()`] checks the framing of the outer
//! structure and cuts the content out. It does **not** verify anything: [`super::signature`] does,
//! and even that says nothing about who signed.

use der::Tag;
use der::asn1::ObjectIdentifier;
use portcullis_wire::{ci_policy as wire, oid};

use crate::formats::x509::element::{Element, context, only, only_tagged, optional, tagged};
use crate::formats::{Input, ParseError, ParseErrorKind};
use crate::limits::CI_POLICY_SIZE_BYTES_MAX;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SIGNED_DATA);
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap(wire::CONTENT_POLICY);
const REVOCATION: ObjectIdentifier = ObjectIdentifier::new_unwrap(wire::CONTENT_REVOCATION);

/// What the content of a signed policy says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContentType {
    /// A policy.
    Policy,
    /// The revocation list.
    Revocation,
}

impl ContentType {
    /// The object identifier in dotted text.
    #[must_use]
    pub const fn dotted(self) -> &'static str {
        match self {
            Self::Policy => wire::CONTENT_POLICY,
            Self::Revocation => wire::CONTENT_REVOCATION,
        }
    }
}

/// A signed policy, cut into its parts.
#[derive(Clone, Copy, Debug)]
pub struct Wrapper<'a> {
    /// `SignedData.version`: Windows takes 1, OpenSSL writes 3. Not signed.
    pub version: u8,
    /// What the content is.
    pub content_type: ContentType,
    /// The policy, at its offset in the file.
    pub raw: Input<'a>,
    /// The octets that were signed: the policy, or the OCTET STRING around it.
    pub signed: Input<'a>,
    /// True when the policy stands in a second OCTET STRING inside the first, as some tools
    /// leave it.
    pub doubled: bool,
    /// The certificates, or nothing.
    pub(super) certificates: Option<Element<'a>>,
    /// The SET of `SignerInfo`.
    pub(super) signers: Element<'a>,
    /// The object identifier of the content, as it was signed.
    pub(super) content_oid: ObjectIdentifier,
}

/// True when the bytes begin as a PKCS#7 signed message does.
#[must_use]
pub fn looks_signed(bytes: &[u8]) -> bool {
    let head = bytes.get(..32).unwrap_or(bytes);
    let oid = SIGNED_DATA.as_bytes();
    head.first() == Some(&0x30) && head.windows(oid.len()).any(|window| window == oid)
}

/// Cuts a signed policy.
///
/// # Errors
/// [`ParseError`] at the first field that does not fit; content of any other type than the two
/// that policies have is refused.
pub fn unwrap(input: Input<'_>) -> Result<Wrapper<'_>, ParseError> {
    if input.len() > CI_POLICY_SIZE_BYTES_MAX {
        let (found, limit) = (input.len() as u64, CI_POLICY_SIZE_BYTES_MAX as u64);
        let kind = ParseErrorKind::OverLimit { found, limit };
        return Err(input.error(kind, "ContentInfo", input.len()));
    }
    let outer = only_tagged(input, "ContentInfo", Tag::Sequence)?;
    let (rest, kind) = tagged("contentType", Tag::ObjectIdentifier)(outer.contents)?;
    if kind.decode::<ObjectIdentifier>("contentType")? != SIGNED_DATA {
        let invalid = ParseErrorKind::Invalid("is not signed data");
        return Err(kind.whole.error(invalid, "contentType", kind.whole.len()));
    }
    let content = only_tagged(rest, "content", context(0, true))?;
    let signed_data = only_tagged(content.contents, "SignedData", Tag::Sequence)?;

    let (rest, version) = tagged("version", Tag::Integer)(signed_data.contents)?;
    let (rest, _) = tagged("digestAlgorithms", Tag::Set)(rest)?;
    let (rest, inner) = tagged("encapContentInfo", Tag::Sequence)(rest)?;
    let (rest, certificates) = optional("certificates", context(0, true))(rest)?;
    let (rest, _) = optional("crls", context(1, true))(rest)?;
    let signers = only_tagged(rest, "signerInfos", Tag::Set)?;

    let (rest, content_type) = tagged("eContentType", Tag::ObjectIdentifier)(inner.contents)?;
    let content_oid = content_type.decode::<ObjectIdentifier>("eContentType")?;
    let content_type = match content_oid {
        POLICY => ContentType::Policy,
        REVOCATION => ContentType::Revocation,
        _ => {
            let invalid = ParseErrorKind::Invalid("is neither a policy nor a revocation list");
            return Err(content_type.whole.error(
                invalid,
                "eContentType",
                content_type.whole.len(),
            ));
        }
    };
    let explicit = only_tagged(rest, "eContent", context(0, true))?;
    let octets = only_tagged(explicit.contents, "eContent", Tag::OctetString)?;
    let second = second_octets(octets.contents);
    Ok(Wrapper {
        version: version.decode("version")?,
        content_type,
        raw: second.unwrap_or(octets.contents),
        signed: octets.contents,
        doubled: second.is_some(),
        certificates,
        signers,
        content_oid,
    })
}

/// The contents of a second OCTET STRING. A policy begins with its format, a number from 1 to 16,
/// in four bytes; 4 is one of them and also the tag of the string, so the whole length must fit.
fn second_octets(octets: Input<'_>) -> Option<Input<'_>> {
    let element = only(octets, "eContent").ok()?;
    (element.tag == Tag::OctetString).then_some(element.contents)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An element whose contents have any size.
    fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
        let size = contents.len();
        let length = match (u8::try_from(size), u16::try_from(size)) {
            (Ok(size @ 0..=0x7f), _) => vec![size],
            (Ok(size), _) => vec![0x81, size],
            (_, Ok(size)) => [&[0x82], &size.to_be_bytes()[..]].concat(),
            _ => panic!("larger than a test needs"),
        };
        [&[tag], &length[..], contents].concat()
    }

    fn oid(oid: ObjectIdentifier) -> Vec<u8> {
        element(0x06, oid.as_bytes())
    }

    fn signed(content_type: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
        let octets = element(0xa0, &element(0x04, content));
        let inner = element(0x30, &[oid(content_type), octets].concat());
        let parts = [vec![2, 1, 1, 0x31, 0], inner, vec![0x31, 0]].concat();
        let data = element(0xa0, &element(0x30, &parts));
        element(0x30, &[oid(SIGNED_DATA), data].concat())
    }

    /// A policy in a wrapper without any signature.
    pub(crate) fn wrapped(policy: &[u8]) -> Vec<u8> {
        signed(POLICY, policy)
    }

    #[test]
    fn the_policy_is_cut_out_of_one_octet_string_or_two() {
        let raw = [7, 0, 0, 0, 1, 2, 3];
        for (content, doubled) in [(raw.to_vec(), false), (element(0x04, &raw), true)] {
            let bytes = wrapped(&content);
            assert!(looks_signed(&bytes));
            let wrapper = unwrap(Input::new(&bytes)).unwrap();
            assert_eq!((wrapper.raw.bytes(), wrapper.doubled), (&raw[..], doubled));
            assert_eq!(wrapper.raw.span().slice(&bytes), Some(&raw[..]));
            assert_eq!(wrapper.signed.bytes(), content);
        }
        // A policy of format 4 begins as an empty OCTET STRING does.
        let four = wrapped(&[4, 0, 0, 0]);
        assert!(!unwrap(Input::new(&four)).unwrap().doubled);
    }

    #[test]
    fn other_content_and_broken_framing_are_refused_at_their_field() {
        let data = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
        let good = wrapped(b"policy");
        let cases = [
            (signed(data, b"x"), "eContentType"),
            (good[..good.len() - 1].to_vec(), "ContentInfo"),
            ([&good[..], &[0]].concat(), "ContentInfo"),
            (element(0x30, &oid(data)), "contentType"),
        ];
        for (bytes, field) in cases {
            assert_eq!(unwrap(Input::new(&bytes)).unwrap_err().field, field);
        }
        let revocation = signed(REVOCATION, b"x");
        let found = unwrap(Input::new(&revocation)).unwrap().content_type;
        assert_eq!(found, ContentType::Revocation);
        assert_eq!(found.dotted(), "1.3.6.1.4.1.311.93.1");
    }
}
