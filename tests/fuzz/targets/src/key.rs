//! Public keys in any encoding.

use portcullis_engine::formats::key::{parse_public_key, spki_sha256};

use crate::assert_spans_inside;

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    let file = parse_public_key(data);
    assert_spans_inside(&file, data);
    if let Ok(file) = &file {
        let _ = spki_sha256(&file.key);
    }
}
