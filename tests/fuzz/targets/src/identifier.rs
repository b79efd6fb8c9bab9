//! Platform identifiers: XML in UTF-8 or UTF-16.

use portcullis_engine::formats::identifier;

use crate::assert_spans_inside;

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    // Spans count in the text, which is at most half as long again as UTF-16.
    let text_size_bytes = data.len().saturating_add(data.len() / 2).saturating_add(4);
    assert_spans_inside(&identifier::parse(data), &vec![0; text_size_bytes]);
}
