//! Platform identifiers: XML in UTF-8 or UTF-16.

use portcullis_engine::formats::identifier;

use crate::assert_spans_inside;

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    assert_spans_inside(&identifier::parse(data), data);
}
