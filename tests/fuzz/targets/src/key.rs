//! Public keys in any encoding, and the attestations of the Windows platform crypto provider.

use portcullis_engine::formats::Input;
use portcullis_engine::formats::key::{parse_public_key, spki_sha256};
use portcullis_engine::formats::pcp::{
    IdBinding, KeyAttestation, KeyAttestationStatement, PcpKeyFile, PlatformAttestation,
};

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

    let input = Input::new(data);
    assert_spans_inside(&PcpKeyFile::parse(input), data);
    assert_spans_inside(&PlatformAttestation::parse(input), data);
    assert_spans_inside(&KeyAttestation::parse(input), data);
    assert_spans_inside(&KeyAttestationStatement::parse(input), data);
    assert_spans_inside(&IdBinding::parse(input), data);
}
