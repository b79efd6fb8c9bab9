//! UEFI variables: `UEFI_VARIABLE_DATA`, Platform Firmware Profile section 10.2.
//!
//! The namespace and the name are part of what most firmware hashes, but not all of it does: see
//! [`binding`](fn@super::binding).

use portcullis_wire::{Guid, guid};

use super::signature_list::{SignatureList, signature_lists};
use super::text::{Text, utf16_lossy};
use super::{LoadOption, size};
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, array, le_u64, take};
use crate::limits::UEFI_VARIABLE_NAME_CHARS_MAX;

/// A UEFI variable in a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable<'a> {
    /// Namespace.
    pub guid: Guid,
    /// Name. Unpaired surrogates are U+FFFD, so an odd name never equals a known one.
    pub name: String,
    /// Contents.
    pub data: &'a [u8],
    /// Where the namespace stands.
    pub guid_span: Span,
    /// Where the name stands.
    pub name_span: Span,
    /// Where the contents stand.
    pub data_span: Span,
}

/// The contents of a variable by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value<'a> {
    /// `PK`, `KEK`, `db`, `dbx`, `dbt`, `dbr`.
    SignatureLists(Vec<SignatureList<'a>>),
    /// `BootOrder`: numbers of boot options.
    BootOrder(Vec<u16>),
    /// `Boot####`.
    LoadOption(LoadOption<'a>),
    /// A text, such as shim's `SbatLevel`.
    Text(Text<'a>),
    /// Anything else.
    Bytes(&'a [u8]),
}

/// What admitted an image: one entry of a signature database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Authority<'a> {
    /// Who owns the entry. Shim leaves it out.
    pub owner: Option<Guid>,
    /// A certificate (DER), or the digest of an image.
    pub signature: &'a [u8],
    /// Where the certificate or digest stands.
    pub span: Span,
}

/// Reads `UEFI_VARIABLE_DATA`. Bytes behind it are left alone: one version of shim logs six.
///
/// # Errors
/// A size does not fit.
pub fn parse(input: Input<'_>) -> Result<Variable<'_>, ParseError> {
    let (rest, name_guid) = array::<16>("VariableName")(input)?;
    let at_name_size = rest;
    let (rest, name_chars) = le_u64("UnicodeNameLength")(rest)?;
    let (rest, data_size) = le_u64("VariableDataLength")(rest)?;
    let limit = UEFI_VARIABLE_NAME_CHARS_MAX as u64;
    if name_chars > limit {
        let kind = ParseErrorKind::OverLimit { found: name_chars, limit };
        return Err(at_name_size.error(kind, "UnicodeNameLength", 8));
    }
    let (rest, name) = take("UnicodeName", size(name_chars).saturating_mul(2))(rest)?;
    let (_, data) = take("VariableData", size(data_size))(rest)?;
    Ok(Variable {
        guid: Guid(name_guid),
        name: utf16_lossy(name.bytes()),
        data: data.bytes(),
        guid_span: Span::new(input.offset(), 16),
        name_span: name.span(),
        data_span: data.span(),
    })
}

impl<'a> Variable<'a> {
    /// True for the variable of this namespace and name.
    #[must_use]
    pub fn is(&self, guid: Guid, name: &str) -> bool {
        self.guid == guid && self.name == name
    }

    /// Decodes the contents by the variable's name.
    ///
    /// # Errors
    /// The contents do not have the structure that the name promises.
    pub fn value(&self) -> Result<Value<'a>, ParseError> {
        let input = Input::at(self.data, self.data_span.offset);
        if self.is_signature_database() {
            return signature_lists(self.data, self.data_span.offset).map(Value::SignatureLists);
        }
        if self.is(guid::GLOBAL_VARIABLE, "BootOrder") {
            return boot_order(input).map(Value::BootOrder);
        }
        if self.boot_option().is_some() {
            return super::load_option::parse(input).map(Value::LoadOption);
        }
        match Text::recognise(input).filter(|text| self.data.len() > 1 && !text.text.is_empty()) {
            Some(text) => Ok(Value::Text(text)),
            None => Ok(Value::Bytes(self.data)),
        }
    }

    /// True for a variable that holds signature lists.
    #[must_use]
    pub fn is_signature_database(&self) -> bool {
        let name = self.name.as_str();
        match self.guid {
            guid::GLOBAL_VARIABLE => matches!(name, "PK" | "KEK"),
            guid::IMAGE_SECURITY_DATABASE => matches!(name, "db" | "dbx" | "dbt" | "dbr"),
            _ => false,
        }
    }

    /// The number of a `Boot####` variable.
    #[must_use]
    pub fn boot_option(&self) -> Option<u16> {
        let digits = self.name.strip_prefix("Boot").filter(|digits| digits.len() == 4)?;
        let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        (self.guid == guid::GLOBAL_VARIABLE && hexadecimal)
            .then(|| u16::from_str_radix(digits, 16).ok())?
    }

    /// Reads the contents as the entry that admitted an image (`EFI_SIGNATURE_DATA`), or `None`
    /// when they are too short for one.
    ///
    /// Shim logs a bare certificate: contents that are exactly one DER sequence have no owner.
    #[must_use]
    pub fn authority(&self) -> Option<Authority<'a>> {
        if der_sequence_size(self.data) == Some(self.data.len()) {
            return Some(Authority { owner: None, signature: self.data, span: self.data_span });
        }
        let (owner, signature) = self.data.split_first_chunk::<16>()?;
        if signature.is_empty() {
            return None;
        }
        let span = Span::new(self.data_span.offset.saturating_add(16), signature.len());
        Some(Authority { owner: Some(Guid(*owner)), signature, span })
    }
}

/// Size of a DER sequence with a two-byte length, header included. Certificates have no other.
fn der_sequence_size(bytes: &[u8]) -> Option<usize> {
    let &[0x30, 0x82, high, low] = bytes.first_chunk::<4>()? else { return None };
    Some(usize::from(u16::from_be_bytes([high, low])).saturating_add(4))
}

fn boot_order(input: Input<'_>) -> Result<Vec<u16>, ParseError> {
    let (numbers, rest) = input.bytes().as_chunks::<2>();
    if !rest.is_empty() {
        let kind = ParseErrorKind::Invalid("is not a list of 16-bit numbers");
        return Err(input.error(kind, "BootOrder", input.len()));
    }
    Ok(numbers.iter().map(|number| u16::from_le_bytes(*number)).collect())
}
