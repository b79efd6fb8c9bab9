//! Public key blobs of the Windows CNG (`bcrypt.h`): what `NCRYPT_PCP_EKPUB_PROPERTY` and
//! `BCryptExportKey` give out.
//!
//! Header in little-endian 32-bit words, key material big-endian. A public blob has no primes,
//! so their sizes must be zero.

use super::KeyEncoding;
use crate::Span;
use crate::crypto::{Curve, PublicKey};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, complete, le_u32, take};
use crate::wire::tpm::bcrypt::BlobMagic;

/// The encoding that the magic announces.
pub(super) fn recognise(bytes: &[u8]) -> Option<KeyEncoding> {
    match BlobMagic(u32::from_le_bytes(*bytes.first_chunk()?)) {
        BlobMagic::RSA_PUBLIC => Some(KeyEncoding::BcryptRsa),
        magic if BlobMagic::NAMED.contains(&magic) => Some(KeyEncoding::BcryptEcc),
        _ => None,
    }
}

/// Reads a blob that is the whole input: the key, and the bytes that it does not depend on.
pub(super) fn parse(input: Input<'_>) -> Result<(PublicKey, Vec<Span>), ParseError> {
    complete(input, "BCRYPT_KEY_BLOB", |input| {
        let (rest, magic) = le_u32("Magic")(input)?;
        match BlobMagic(magic) {
            BlobMagic::RSA_PUBLIC => {
                let (rest, key) = rsa(rest)?;
                Ok((rest, (key, Vec::new())))
            }
            // Signing and key agreement have different magics for one and the same key.
            BlobMagic::ECDSA_PUBLIC_P256 | BlobMagic::ECDH_PUBLIC_P256 => {
                let (rest, key) = ecc(Curve::P256, rest)?;
                Ok((rest, (key, vec![Span::new(input.offset(), 4)])))
            }
            BlobMagic::ECDSA_PUBLIC_P384 | BlobMagic::ECDH_PUBLIC_P384 => {
                let (rest, key) = ecc(Curve::P384, rest)?;
                Ok((rest, (key, vec![Span::new(input.offset(), 4)])))
            }
            _ => input.fail(ParseErrorKind::Unsupported(u64::from(magic)), "Magic", 4),
        }
    })
}

/// `BCRYPT_RSAKEY_BLOB` behind its magic.
fn rsa(input: Input<'_>) -> Parsed<'_, PublicKey> {
    let (rest, bit_length) = le_u32("BitLength")(input)?;
    let (rest, exponent_size) = le_u32("cbPublicExp")(rest)?;
    let (rest, modulus_size) = le_u32("cbModulus")(rest)?;
    let (rest, ()) = expect("cbPrime1", 0)(rest)?;
    let (rest, ()) = expect("cbPrime2", 0)(rest)?;
    let (rest, exponent) = take("publicExponent", exponent_size as usize)(rest)?;
    let (rest, modulus) = take("modulus", modulus_size as usize)(rest)?;
    let (exponent_bytes, modulus_bytes) = (trimmed(exponent), trimmed(modulus));
    if exponent_bytes.is_empty() {
        return exponent.fail(ParseErrorKind::Invalid("is zero"), "publicExponent", exponent.len());
    }
    if modulus_bytes.len().checked_mul(8) != Some(bit_length as usize) {
        let kind = ParseErrorKind::Invalid("modulus does not have the size of `BitLength`");
        return modulus.fail(kind, "modulus", modulus.len());
    }
    let (modulus, exponent) = (modulus_bytes.to_vec(), exponent_bytes.to_vec());
    Ok((rest, PublicKey::Rsa { modulus, exponent }))
}

/// `BCRYPT_ECCKEY_BLOB` behind its magic.
fn ecc(curve: Curve, input: Input<'_>) -> Parsed<'_, PublicKey> {
    let size = curve.field_size_bytes();
    let (rest, ()) = expect("cbKey", size as u64)(input)?;
    let (rest, x) = take("X", size)(rest)?;
    let (rest, y) = take("Y", size)(rest)?;
    Ok((rest, PublicKey::Ecc { curve, x: x.bytes().to_vec(), y: y.bytes().to_vec() }))
}

fn expect<'a>(field: &'static str, expected: u64) -> impl Fn(Input<'a>) -> Parsed<'a, ()> {
    move |input| {
        let (rest, found) = le_u32(field)(input)?;
        let found = u64::from(found);
        if found == expected {
            return Ok((rest, ()));
        }
        input.fail(ParseErrorKind::Unexpected { found, expected }, field, 4)
    }
}

fn trimmed(number: Input<'_>) -> &[u8] {
    let zeroes = number.bytes().iter().take_while(|&&byte| byte == 0).count();
    number.bytes().get(zeroes..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An RSA blob of an 8-bit modulus.
    const RSA: &[u8] = &[
        b'R', b'S', b'A', b'1', 8, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
        1, 0x81,
    ];

    fn refused(bytes: &[u8]) -> String {
        parse(Input::new(bytes)).unwrap_err().to_string()
    }

    fn changed(bytes: &[u8], offset: usize, byte: u8) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[offset] = byte;
        bytes
    }

    #[test]
    fn an_rsa_blob_is_exponent_then_modulus() {
        let (key, unbound) = parse(Input::new(RSA)).unwrap();
        assert_eq!(key, PublicKey::Rsa { modulus: vec![0x81], exponent: vec![1, 0, 1] });
        assert_eq!(unbound, []);
    }

    #[test]
    fn leading_zeroes_of_an_exponent_are_no_part_of_it() {
        let mut blob = changed(RSA, 8, 4);
        blob.insert(24, 0);
        assert_eq!(parse(Input::new(&blob)).unwrap(), parse(Input::new(RSA)).unwrap());
    }

    #[test]
    fn a_blob_that_contradicts_itself_is_refused_at_its_offset() {
        let check = |offset, byte, message: &str| {
            assert_eq!(refused(&changed(RSA, offset, byte)), message);
        };
        check(4, 16, "`modulus` at byte 27: modulus does not have the size of `BitLength`");
        check(27, 0, "`modulus` at byte 27: modulus does not have the size of `BitLength`");
        check(16, 1, "`cbPrime1` at byte 16: is 0x1, expected 0x0");
        check(21, 1, "`cbPrime2` at byte 20: is 0x100, expected 0x0");
        check(8, 2, "`BCRYPT_KEY_BLOB` at byte 27: 1 bytes follow the structure");
    }

    #[test]
    fn a_zero_exponent_is_refused() {
        let mut blob = RSA.to_vec();
        blob[24..27].fill(0);
        assert_eq!(refused(&blob), "`publicExponent` at byte 24: is zero");
    }

    #[test]
    fn sizes_past_the_end_are_truncated_and_bytes_behind_the_key_are_trailing() {
        let blob = changed(RSA, 15, 0xff);
        assert_eq!(refused(&blob), "`modulus` at byte 27: needs 4278190081 bytes, 1 are left");
        let blob = [RSA, &[0]].concat();
        assert_eq!(refused(&blob), "`BCRYPT_KEY_BLOB` at byte 28: 1 bytes follow the structure");
        assert_eq!(refused(b"RSA1"), "`BitLength` at byte 4: needs 4 bytes, 0 are left");
    }

    fn ecc_blob(magic: &[u8; 4], size: u32) -> Vec<u8> {
        let mut blob = [&magic[..], &size.to_le_bytes()].concat();
        blob.resize(8 + 2 * size as usize, 7);
        blob
    }

    #[test]
    fn an_ecc_blob_says_its_use_and_its_curve() {
        for (magic, size, curve) in [
            (b"ECK1", 32, Curve::P256),
            (b"ECS1", 32, Curve::P256),
            (b"ECK3", 48, Curve::P384),
            (b"ECS3", 48, Curve::P384),
        ] {
            let (key, unbound) = parse(Input::new(&ecc_blob(magic, size as u32))).unwrap();
            assert_eq!(key, PublicKey::Ecc { curve, x: vec![7; size], y: vec![7; size] });
            assert_eq!(unbound, [Span::new(0, 4)]);
        }
    }

    #[test]
    fn a_curve_of_another_size_is_refused() {
        assert_eq!(refused(&ecc_blob(b"ECS1", 48)), "`cbKey` at byte 4: is 0x30, expected 0x20");
        assert_eq!(
            refused(&ecc_blob(b"ECK5", 66)),
            "`Magic` at byte 0: value 0x354b4345 is not supported"
        );
        assert_eq!(
            refused(&ecc_blob(b"ECK1", 32)[..71]),
            "`Y` at byte 40: needs 32 bytes, 31 are left"
        );
    }
}
