//! Hand-made elements: the corpus has what Windows writes, these have what it does not.

mod module;
mod payload;
mod summary;
mod tree;
mod value;

use super::*;
use crate::Span;
use crate::formats::ParseErrorKind;

/// Where the data of a test's record stands.
const OFFSET: usize = 1_000;

fn element(kind: SipaType, data: &[u8]) -> Vec<u8> {
    [&kind.0.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), data].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn read(data: &[u8]) -> Result<SipaTree<'_>, ParseError> {
    parse(Input::at(data, OFFSET), &mut NodeBudget::default())
}

/// The value of an element that is all of a record.
fn value<'a>(record: &'a [u8]) -> SipaValue<'a> {
    let tree = read(record).expect("element");
    tree.nodes()[0].value()
}

/// Checks that the data of an element is refused: field and offset in the data.
fn refuse(kind: SipaType, data: &[u8], field: &str, offset: usize) {
    let record = element(kind, data);
    let found = value(&record);
    let SipaValue::Undecodable { reason } = found else { panic!("{kind}: {found:?}") };
    assert_eq!(
        (reason.field, reason.span.offset - OFFSET - 8),
        (field, offset),
        "{kind}: {reason}"
    );
    assert!(reason.span.end() <= OFFSET + record.len(), "{kind}: {reason}");
}
