//! Signature databases: a sequence of `EFI_SIGNATURE_LIST`.
//!
//! Specification: UEFI 2.10, section 32.4.1. Little-endian. The lists are what the firmware
//! *had*, not what it used: an authority record says which entry admitted an image.

use portcullis_wire::Guid;

use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, array, le_u32, take};
use crate::limits::SIGNATURE_ENTRIES_MAX;

/// Type, sizes of list, header and entries.
const HEADER_SIZE: usize = 28;
/// The owner, which opens every entry.
const OWNER_SIZE: usize = 16;

/// One list: entries of one type and size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureList<'a> {
    /// What the entries are (`EFI_CERT_X509`, `EFI_CERT_SHA256`, ...).
    pub kind: Guid,
    /// The entries, in the order of the list.
    pub entries: Vec<SignatureEntry<'a>>,
    /// The whole list.
    pub span: Span,
}

/// An entry of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignatureEntry<'a> {
    /// Who put it there.
    pub owner: Guid,
    /// A certificate, a digest, a key: see [`SignatureList::kind`].
    pub data: &'a [u8],
    /// Where the data stands, the owner left out.
    pub span: Span,
}

/// Reads the signature lists in `data`, whose first byte stands at `offset`.
///
/// # Errors
/// A size does not fit, or there are more than [`SIGNATURE_ENTRIES_MAX`] lists and entries.
pub fn signature_lists(data: &[u8], offset: usize) -> Result<Vec<SignatureList<'_>>, ParseError> {
    let mut rest = Input::at(data, offset);
    let (mut lists, mut budget) = (Vec::new(), SIGNATURE_ENTRIES_MAX);
    while !rest.is_empty() {
        let (after, list) = signature_list(rest)?;
        let cost = list.entries.len().saturating_add(1);
        let Some(left) = budget.checked_sub(cost) else {
            let limit = SIGNATURE_ENTRIES_MAX as u64;
            let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
            return Err(rest.error(kind, "SignatureList", list.span.size));
        };
        budget = left;
        lists.push(list);
        rest = after;
    }
    Ok(lists)
}

fn signature_list(input: Input<'_>) -> Parsed<'_, SignatureList<'_>> {
    let (at_list_size, kind) = array::<16>("SignatureType")(input)?;
    let (at_header_size, list_size) = le_u32("SignatureListSize")(at_list_size)?;
    let (at_entry_size, header_size) = le_u32("SignatureHeaderSize")(at_header_size)?;
    let (body, entry_size) = le_u32("SignatureSize")(at_entry_size)?;

    // The size counts the 28 bytes read so far.
    let Some(body_size) = (list_size as usize).checked_sub(HEADER_SIZE) else {
        let kind = ParseErrorKind::Invalid("is smaller than the list's header");
        return at_list_size.fail(kind, "SignatureListSize", 4);
    };
    let (rest, body) = take("SignatureList", body_size)(body)?;
    let (entries, _) = take("SignatureHeader", header_size as usize)(body)?;
    let entries = self::entries(entries, at_entry_size, entry_size as usize)?;
    let span = rest.span_since(input);
    Ok((rest, SignatureList { kind: Guid(kind), entries, span }))
}

/// Cuts the entries, all of one size; nothing may be left.
fn entries<'a>(
    input: Input<'a>,
    at_entry_size: Input<'a>,
    entry_size: usize,
) -> Result<Vec<SignatureEntry<'a>>, nom::Err<ParseError>> {
    let error = |what| {
        let kind = ParseErrorKind::Invalid(what);
        Err(nom::Err::Error(at_entry_size.error(kind, "SignatureSize", 4)))
    };
    if entry_size < OWNER_SIZE {
        return error("is smaller than an owner");
    }
    let chunks = input.bytes().chunks_exact(entry_size);
    if !chunks.remainder().is_empty() {
        return error("does not divide the list");
    }
    let mut entries = Vec::new();
    let mut offset = input.offset();
    for chunk in chunks {
        let Some((owner, data)) = chunk.split_first_chunk::<OWNER_SIZE>() else { continue };
        let span = Span::new(offset.saturating_add(OWNER_SIZE), data.len());
        entries.push(SignatureEntry { owner: Guid(*owner), data, span });
        offset = offset.saturating_add(entry_size);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list with a header of `header` bytes and entries of `entry_size`.
    fn list(list_size: u32, header: u32, entry_size: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xaa; 16];
        for size in [list_size, header, entry_size] {
            bytes.extend(size.to_le_bytes());
        }
        bytes.extend(body);
        bytes
    }

    #[test]
    fn entries_follow_the_header_of_the_list() {
        // Three bytes of header, two entries of 18 bytes.
        let body = [&[9; 3][..], &[1; 16], &[2; 2], &[3; 16], &[4; 2]].concat();
        let mut bytes = list(28 + 39, 3, 18, &body);
        bytes.extend(list(28, 0, 48, &[]));
        let lists = signature_lists(&bytes, 0).unwrap();
        assert_eq!(lists.len(), 2);
        assert_eq!(lists[0].kind, Guid([0xaa; 16]));
        assert_eq!((lists[0].span, lists[1].span), (Span::new(0, 67), Span::new(67, 28)));
        assert!(lists[1].entries.is_empty());
        let entry = lists[0].entries[1];
        assert_eq!((entry.owner, entry.data), (Guid([3; 16]), &[4; 2][..]));
        assert_eq!(entry.span.slice(&bytes), Some(entry.data));
    }

    #[test]
    fn offsets_count_from_the_start_of_the_artefact() {
        let bytes = list(28 + 17, 0, 17, &[7; 17]);
        let lists = signature_lists(&bytes, 1000).unwrap();
        assert_eq!(lists[0].entries[0].span, Span::new(1000 + 28 + 16, 1));
    }

    #[test]
    fn a_size_that_does_not_fit_names_its_field() {
        let check = |bytes: &[u8], field: &str, offset: usize| {
            let error = signature_lists(bytes, 0).unwrap_err();
            assert_eq!((error.field, error.span.offset), (field, offset), "{error}");
        };
        check(&[0; 15], "SignatureType", 0);
        check(&list(27, 0, 48, &[]), "SignatureListSize", 16);
        check(&list(0, 0, 48, &[]), "SignatureListSize", 16);
        check(&list(u32::MAX, 0, 48, &[0; 48]), "SignatureList", 28);
        check(&list(28 + 48, 49, 48, &[0; 48]), "SignatureHeader", 28);
        check(&list(28 + 48, 0, 15, &[0; 48]), "SignatureSize", 24);
        check(&list(28 + 48, 0, 0, &[0; 48]), "SignatureSize", 24);
        check(&list(28 + 48, 0, 47, &[0; 48]), "SignatureSize", 24);
    }

    #[test]
    fn the_number_of_lists_and_entries_is_limited() {
        let empty = list(28, 0, 48, &[]).repeat(SIGNATURE_ENTRIES_MAX + 1);
        let error = signature_lists(&empty, 0).unwrap_err();
        assert!(matches!(error.kind, ParseErrorKind::OverLimit { .. }));
        let body = vec![0; 16 * SIGNATURE_ENTRIES_MAX];
        let long = list(28 + body.len() as u32, 0, 16, &body);
        assert!(signature_lists(&long, 0).is_err());
    }
}
