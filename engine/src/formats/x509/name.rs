//! Distinguished names.
//!
//! RFC 5280, 4.1.2.4: a sequence of relative distinguished names, each a set of attributes. A name
//! says who somebody claims to be; only the signature that it leads to establishes anything.
//!
//! # When two names are equal
//!
//! When they have the same attributes in the same order, with the same characters. Whether those
//! stand in a `PrintableString` or a `UTF8String` does not count (RFC 5280, 7.1): AMD and STM
//! re-issued authorities with the other type than the certificates below them use, and a comparison
//! of raw bytes loses 16 of the 398 vendor certificates of the corpus. Folding of case and of
//! spaces (same section) serves no vendor that we know of and is left out. Text is for people
//! and never for decisions.

use core::fmt::Write as _;

use der::Tag;
use der::asn1::ObjectIdentifier;
use portcullis_wire::oid;

use super::element::{Element, only, only_tagged, tagged};
use super::quirk::{Quirk, QuirkKind};
use crate::Span;
use crate::formats::{Input, ParseError, ParseErrorKind};
use crate::limits::{NAME_ATTRIBUTES_MAX, NAME_TEXT_CHARS_MAX};

/// A distinguished name.
#[derive(Clone, Debug)]
pub struct Name<'a> {
    /// The encoding, header included.
    pub raw: &'a [u8],
    /// Where it stands.
    pub span: Span,
    /// The attributes in the order of the encoding.
    pub attributes: Vec<Attribute<'a>>,
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attributes.len() == other.attributes.len()
            && self.attributes.iter().zip(&other.attributes).all(|(one, other)| one.equals(other))
    }
}

impl Eq for Name<'_> {}

/// One attribute of a name.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// The attribute's type.
    pub oid: ObjectIdentifier,
    /// The attribute's value: a string of some type.
    pub value: Element<'a>,
    /// Number of the relative distinguished name that it belongs to, from 0.
    pub component_index: usize,
}

impl<'a> Name<'a> {
    /// Reads a name from its DER encoding, header included. Attributes out of order are not told.
    ///
    /// # Errors
    /// A [`ParseError`] at the part that does not fit.
    pub fn from_der(der: &'a [u8]) -> Result<Self, ParseError> {
        let element = only_tagged(Input::new(der), "Name", Tag::Sequence)?;
        Self::parse(&element, "Name", &mut Vec::new())
    }

    /// Reads a `Name` element.
    pub(super) fn parse(
        element: &Element<'a>,
        field: &'static str,
        quirks: &mut Vec<Quirk>,
    ) -> Result<Self, ParseError> {
        let mut attributes = Vec::new();
        for (component_index, set) in element.members(field).enumerate() {
            let set = set?;
            if set.tag != Tag::Set {
                return Err(invalid(set.whole, "is not a SET", field));
            }
            if set.contents.is_empty() {
                return Err(invalid(set.whole, "is an empty SET", field));
            }
            let mut previous: &[u8] = &[];
            for member in set.members(field) {
                let member = member?;
                if attributes.len() == NAME_ATTRIBUTES_MAX {
                    let limit = NAME_ATTRIBUTES_MAX as u64;
                    let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
                    return Err(member.whole.error(kind, field, member.whole.len()));
                }
                if member.whole.bytes() < previous {
                    quirks.push(Quirk { kind: QuirkKind::SetOrder, span: set.whole.span() });
                }
                previous = member.whole.bytes();
                attributes.push(attribute(&member, component_index, field)?);
            }
        }
        Ok(Self { raw: element.whole.bytes(), span: element.whole.span(), attributes })
    }

    /// True for the name without attributes, as most EK certificates have for a subject.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The first attribute of a type in dotted text.
    #[must_use]
    pub fn attribute(&self, dotted: &str) -> Option<&Attribute<'a>> {
        let oid = ObjectIdentifier::new(dotted).ok()?;
        self.attributes.iter().find(|attribute| attribute.oid == oid)
    }

    /// The name in the manner of RFC 4514: last component first, special and control characters
    /// escaped, cut at [`NAME_TEXT_CHARS_MAX`] characters with an ellipsis. Safe to print.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut component_before = None;
        // Reversing the components and not their attributes: a stable sort by component.
        let mut attributes: Vec<_> = self.attributes.iter().collect();
        attributes.sort_by_key(|attribute| core::cmp::Reverse(attribute.component_index));
        for attribute in attributes {
            match component_before {
                None => {}
                Some(index) if index == attribute.component_index => text.push('+'),
                Some(_) => text.push(','),
            }
            component_before = Some(attribute.component_index);
            let dotted = attribute.oid.to_string();
            text.push_str(oid::short_attribute_name(&dotted).unwrap_or(&dotted));
            text.push('=');
            text.push_str(&attribute.text());
            if text.chars().count() > NAME_TEXT_CHARS_MAX {
                return text.chars().take(NAME_TEXT_CHARS_MAX).chain(['…']).collect();
            }
        }
        text
    }
}

impl Attribute<'_> {
    /// True for the same attribute at the same place of a name.
    fn equals(&self, other: &Self) -> bool {
        let type_of = |tag| match tag {
            // Characters of a PrintableString are encoded alike in UTF-8.
            Tag::PrintableString => Tag::Utf8String,
            other => other,
        };
        self.oid == other.oid
            && self.component_index == other.component_index
            && type_of(self.value.tag) == type_of(other.value.tag)
            && self.value.contents.bytes() == other.value.contents.bytes()
    }

    /// The value as text, escaped in the manner of RFC 4514; `#` and hexadecimal digits when the
    /// value is no string.
    #[must_use]
    pub fn text(&self) -> String {
        match self.string() {
            Some(string) => escaped(&string),
            None => {
                let mut text = String::from("#");
                for byte in self.value.whole.bytes().iter().take(NAME_TEXT_CHARS_MAX) {
                    let _ = write!(text, "{byte:02x}");
                }
                text
            }
        }
    }

    /// The value as it was written, unescaped, or `None` when it is no string. Hostile: may hold
    /// control characters.
    #[must_use]
    pub fn string(&self) -> Option<String> {
        let bytes = self.value.contents.bytes();
        match self.value.tag {
            Tag::BmpString => {
                let (units, rest) = bytes.as_chunks::<2>();
                let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
                rest.is_empty()
                    .then(|| char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect())
            }
            // T.61 in theory, Latin-1 in practice.
            Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Tag::Utf8String
            | Tag::PrintableString
            | Tag::Ia5String
            | Tag::NumericString
            | Tag::VisibleString => core::str::from_utf8(bytes).ok().map(str::to_owned),
            _ => None,
        }
    }
}

fn attribute<'a>(
    member: &Element<'a>,
    component_index: usize,
    field: &'static str,
) -> Result<Attribute<'a>, ParseError> {
    if member.tag != Tag::Sequence {
        return Err(invalid(member.whole, "is not a SEQUENCE", field));
    }
    let (rest, oid) = tagged(field, Tag::ObjectIdentifier)(member.contents)?;
    Ok(Attribute { oid: oid.decode(field)?, value: only(rest, field)?, component_index })
}

fn invalid(input: Input<'_>, what: &'static str, field: &'static str) -> ParseError {
    input.error(ParseErrorKind::Invalid(what), field, input.len())
}

/// RFC 4514, section 2.4, and also every character that could move the cursor or reorder text.
fn escaped(string: &str) -> String {
    let mut text = String::new();
    let last = string.chars().count().saturating_sub(1);
    for (index, c) in string.chars().enumerate().take(NAME_TEXT_CHARS_MAX) {
        let edge_space = c == ' ' && (index == 0 || index == last);
        if edge_space
            || matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || (index == 0 && c == '#')
        {
            text.push('\\');
            text.push(c);
        } else if c.is_control() || is_invisible(c) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                let _ = write!(text, "\\{byte:02x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// Characters without a glyph that change how others are shown: zero-width and directional
/// formatting (Unicode 16, general categories Cf, Zl, Zp, as far as they occur in plain text).
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OID contents, tag and value.
    type TestAttribute<'a> = (&'a [u8], u8, &'a [u8]);

    /// SEQUENCE, SET and SEQUENCE around attributes, one set
    /// per inner slice.
    fn name_der(components: &[&[TestAttribute<'_>]]) -> Vec<u8> {
        fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
            let size = contents.len();
            let length = if size < 128 {
                vec![size as u8]
            } else {
                vec![0x82, (size >> 8) as u8, size as u8]
            };
            [vec![tag], length, contents.to_vec()].concat()
        }
        let sets = components.iter().map(|attributes| {
            let members = attributes
                .iter()
                .map(|(oid, tag, value)| tlv(0x30, &[tlv(0x06, oid), tlv(*tag, value)].concat()));
            tlv(0x31, &members.collect::<Vec<_>>().concat())
        });
        tlv(0x30, &sets.collect::<Vec<_>>().concat())
    }

    fn check(der: &[u8], text: &str, quirks_expected: &[QuirkKind]) {
        let mut quirks = Vec::new();
        let element = only(Input::new(der), "name").unwrap();
        let name = Name::parse(&element, "name", &mut quirks).unwrap();
        assert_eq!(name.text(), text);
        assert_eq!(quirks.iter().map(|quirk| quirk.kind).collect::<Vec<_>>(), quirks_expected);
    }

    const C: &[u8] = &[0x55, 4, 6];
    const CN: &[u8] = &[0x55, 4, 3];

    #[test]
    fn the_last_component_comes_first() {
        check(&name_der(&[&[(C, 0x13, b"DE")], &[(CN, 0x0c, b"A CA")]]), "CN=A CA,C=DE", &[]);
        check(&name_der(&[]), "", &[]);
    }

    #[test]
    fn attributes_out_of_order_are_a_quirk() {
        let ordered = name_der(&[&[(C, 0x13, b"TW"), (CN, 0x13, b"Root")]]);
        check(&ordered, "C=TW+CN=Root", &[]);
        let swapped = name_der(&[&[(CN, 0x13, b"Root"), (C, 0x13, b"TW")]]);
        check(&swapped, "CN=Root+C=TW", &[QuirkKind::SetOrder]);
    }

    #[test]
    fn characters_that_could_fool_a_reader_are_escaped() {
        check(
            &name_der(&[&[(CN, 0x0c, "#a,b\u{1b}[2J\u{202e}c ".as_bytes())]]),
            "CN=\\#a\\,b\\1b[2J\\e2\\80\\aec\\ ",
            &[],
        );
        check(&name_der(&[&[(CN, 0x04, &[1, 2])]]), "CN=#04020102", &[]);
    }

    #[test]
    fn every_string_type_is_shown() {
        check(&name_der(&[&[(CN, 0x1e, &[0x00, 0x41, 0x26, 0x3a])]]), "CN=A☺", &[]);
        check(&name_der(&[&[(CN, 0x14, &[0xe9])]]), "CN=é", &[]);
        check(
            &name_der(&[&[(&[0x67, 0x81, 0x05, 2, 1], 0x0c, b"id:0")]]),
            "2.23.133.2.1=id:0",
            &[],
        );
    }

    fn equal(one: &[Vec<TestAttribute<'_>>], other: &[Vec<TestAttribute<'_>>]) -> bool {
        let [one, other] =
            [one, other].map(|name| name_der(&name.iter().map(Vec::as_slice).collect::<Vec<_>>()));
        let (one, other) = (Name::from_der(&one).unwrap(), Name::from_der(&other).unwrap());
        let equal = one == other;
        assert_eq!(equal, other.eq(&one), "symmetry");
        equal
    }

    #[test]
    fn the_string_type_does_not_tell_names_apart() {
        let name = |tag| [vec![(C, 0x13, &b"CH"[..])], vec![(CN, tag, &b"Root CA"[..])]];
        let (printable, utf8, ia5) = (name(0x13), name(0x0c), name(0x16));
        assert!(equal(&printable, &utf8));
        assert!(!equal(&printable, &ia5));
        assert!(!equal(&utf8, &ia5));
    }

    #[test]
    fn whatever_else_differs_tells_names_apart() {
        let country: TestAttribute<'_> = (C, 0x13, b"CH");
        let name: TestAttribute<'_> = (CN, 0x13, b"Root CA");
        let base = [vec![country], vec![name]];
        for other in [
            vec![vec![country], vec![(CN, 0x13, b"root CA")]],
            vec![vec![country], vec![(CN, 0x13, b"Root  CA")]],
            vec![vec![country], vec![(C, 0x13, b"Root CA")]],
            vec![vec![name], vec![country]],
            vec![vec![country, name]],
            vec![vec![country]],
            vec![vec![country], vec![name], vec![name]],
            vec![],
        ] {
            assert!(!equal(&base, &other), "{other:?}");
        }
        assert!(equal(&base, &base));
        assert!(equal(&[], &[]));
    }

    #[test]
    fn parts_of_another_form_are_refused_with_their_place() {
        for (der, text) in [
            (&[0x30, 2, 0x30, 0][..], "`Name` at byte 2: is not a SET"),
            (&[0x30, 2, 0x31, 0], "`Name` at byte 2: is an empty SET"),
            (&[0x30, 4, 0x31, 2, 0x31, 0], "`Name` at byte 4: is not a SEQUENCE"),
            (&[0x31, 0], "`Name` at byte 0: is 0x31, expected 0x30"),
            (&[0x30, 0, 0], "`Name` at byte 2: 1 bytes follow the structure"),
        ] {
            assert_eq!(Name::from_der(der).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let long = vec![b'x'; NAME_TEXT_CHARS_MAX];
        let der = name_der(&[&[(CN, 0x0c, &long)]]);
        let element = only(Input::new(&der), "name").unwrap();
        let text = Name::parse(&element, "name", &mut Vec::new()).unwrap().text();
        assert_eq!(text.chars().count(), NAME_TEXT_CHARS_MAX + 1);
        assert!(text.ends_with('…'));
    }

    #[test]
    fn too_many_attributes_are_refused() {
        let component: &[TestAttribute<'_>] = &[(C, 0x13, b"DE")];
        let der = name_der(&vec![component; NAME_ATTRIBUTES_MAX + 1]);
        let element = only(Input::new(&der), "name").unwrap();
        let error = Name::parse(&element, "name", &mut Vec::new()).unwrap_err();
        assert!(matches!(error.kind, ParseErrorKind::OverLimit { found: 65, limit: 64 }));
    }
}
