//! Blobs of the Windows platform crypto provider (PCP): key files and attestations.
//!
//! Source: `TpmAtt.h` of TSS.MSR's PCPTool for the headers; the parts of a TPM 2.0 key file were
//! confirmed on files of Windows Server 2019 and 2022. Headers are little-endian 32-bit words
//! that give the size of every part; the parts follow without gaps, and whatever the TPM made is
//! big-endian as the TPM wrote it. A blob is read to its exact end.
//!
//! Only the layout is read here. None of the headers is signed: the sizes say where the signed
//! parts stand, and each part is worth what its own signature or name is worth.

mod attestation;
mod id_binding;
mod key_file;

pub use attestation::{KeyAttestation, KeyAttestationStatement, PlatformAttestation};
pub use id_binding::IdBinding;
pub use key_file::PcpKeyFile;

use super::error::ParseErrorKind;
use super::input::{Input, Parsed, le_u32};
use crate::wire::tpm::pcp::{PcpMagic, PcpPlatform};

/// True when a file announces itself as a key file.
pub(super) fn starts_with_key_magic(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|magic| u32::from_le_bytes(*magic) == PcpMagic::KEY.0)
}

/// Reads the magic of a blob of one kind.
fn magic<'a>(expected: PcpMagic) -> impl Fn(Input<'a>) -> Parsed<'a, ()> {
    constant("magic", expected.0)
}

/// Reads a word that has only one value.
fn constant<'a>(field: &'static str, expected: u32) -> impl Fn(Input<'a>) -> Parsed<'a, ()> {
    move |input| {
        let (rest, found) = le_u32(field)(input)?;
        if found == expected {
            return Ok((rest, ()));
        }
        let (found, expected) = (u64::from(found), u64::from(expected));
        input.fail(ParseErrorKind::Unexpected { found, expected }, field, 4)
    }
}

/// Reads the kind of TPM that made a blob.
fn platform<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, PcpPlatform> {
    move |input| {
        let (rest, platform) = le_u32(field)(input)?;
        match PcpPlatform(platform) {
            platform @ (PcpPlatform::TPM_1_2 | PcpPlatform::TPM_2_0) => Ok((rest, platform)),
            other => input.fail(ParseErrorKind::Unsupported(u64::from(other.0)), field, 4),
        }
    }
}

/// Reads the kind of TPM where only a TPM 2.0 has a layout that is known.
fn platform_2_0<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, ()> {
    move |input| match platform(field)(input)? {
        (rest, PcpPlatform::TPM_2_0) => Ok((rest, ())),
        (_, other) => input.fail(ParseErrorKind::Unsupported(u64::from(other.0)), field, 4),
    }
}
