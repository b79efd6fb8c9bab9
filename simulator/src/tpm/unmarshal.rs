//! Reading what callers hand in: public areas, private blobs, credentials.
//!
//! This is the TPM's own unmarshalling (TPM 2.0 Library part 2, part 3 section 5.8): exact sizes,
//! and an answer instead of a panic. It reads what the simulator is *sent*; what a verifier reads
//! is the engine's, and shares nothing with this.

use portcullis_wire::TpmAlg;
use portcullis_wire::alg::EccCurve;
use portcullis_wire::tpm::{ObjectAttributes, Rc};

use super::error::{Result, TpmError, fail};
use super::public::{TpmKey, TpmtPublic};
use crate::hash::HashAlg;
use crate::key::{RSA_EXPONENT, Scheme};

/// Bytes not read yet.
#[derive(Clone, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `size` bytes.
    ///
    /// # Errors
    /// `TPM_RC_INSUFFICIENT` when there are fewer; so do all reads.
    pub fn bytes(&mut self, size: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.0.split_at_checked(size) else {
            return fail(Rc::INSUFFICIENT, "ends too early");
        };
        self.0 = rest;
        Ok(taken)
    }

    /// 16 bits.
    ///
    /// # Errors
    /// See [`Self::bytes`].
    pub fn u16(&mut self) -> Result<u16> {
        let bytes = self.bytes(2)?;
        Ok(bytes.iter().fold(0, |value, byte| (value << 8) | u16::from(*byte)))
    }

    /// 32 bits.
    ///
    /// # Errors
    /// See [`Self::bytes`].
    pub fn u32(&mut self) -> Result<u32> {
        let bytes = self.bytes(4)?;
        Ok(bytes.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte)))
    }

    /// The buffer of a `TPM2B`.
    ///
    /// # Errors
    /// See [`Self::bytes`].
    pub fn sized(&mut self) -> Result<&'a [u8]> {
        let size = self.u16()?;
        self.bytes(usize::from(size))
    }

    /// Everything that is left.
    #[must_use]
    pub const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `TPM_RC_SIZE` when bytes are left.
    pub const fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { fail(Rc::SIZE, "goes on behind its end") }
    }
}

impl TpmtPublic {
    /// Reads a `TPMT_PUBLIC` that is the whole input.
    ///
    /// # Errors
    /// The response code of the field that the simulator cannot do: `TPM_RC_TYPE`,
    /// `TPM_RC_HASH`, `TPM_RC_SYMMETRIC`, `TPM_RC_SCHEME`, `TPM_RC_VALUE` (an exponent),
    /// `TPM_RC_CURVE`; `TPM_RC_INSUFFICIENT` and `TPM_RC_SIZE` for the frame.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let object_type = TpmAlg(reader.u16()?);
        let name_alg = hash(reader.u16()?)?;
        let attributes = ObjectAttributes(reader.u32()?);
        let auth_policy = reader.sized()?.to_vec();
        let symmetric_bits = symmetric(&mut reader)?;
        let scheme = scheme(&mut reader)?;
        let key = match object_type {
            TpmAlg::RSA => rsa(&mut reader)?,
            TpmAlg::ECC => ecc(&mut reader)?,
            _ => return fail(Rc::TYPE, "is no asymmetric key"),
        };
        reader.finish()?;
        Ok(Self { name_alg, attributes, auth_policy, symmetric_bits, scheme, key })
    }

    /// Reads a `TPM2B_PUBLIC` that is the whole input.
    ///
    /// # Errors
    /// Those of [`Self::from_bytes`].
    pub fn from_tpm2b(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let area = reader.sized()?;
        reader.finish()?;
        Self::from_bytes(area)
    }
}

fn hash(alg: u16) -> Result<HashAlg> {
    let unknown = TpmError::new(Rc::HASH, "no such hash");
    HashAlg::from_tpm(TpmAlg(alg)).ok_or(unknown)
}

fn symmetric(reader: &mut Reader<'_>) -> Result<Option<u16>> {
    match TpmAlg(reader.u16()?) {
        TpmAlg::NULL => Ok(None),
        TpmAlg::AES => {
            let bits = reader.u16()?;
            let mode = TpmAlg(reader.u16()?);
            match (bits, mode) {
                (128 | 256, TpmAlg::CFB) => Ok(Some(bits)),
                _ => fail(Rc::SYMMETRIC, "is neither AES-128 nor AES-256 in CFB mode"),
            }
        }
        _ => fail(Rc::SYMMETRIC, "no such cipher"),
    }
}

fn scheme(reader: &mut Reader<'_>) -> Result<Option<Scheme>> {
    match TpmAlg(reader.u16()?) {
        TpmAlg::NULL => Ok(None),
        algorithm @ (TpmAlg::RSASSA | TpmAlg::RSAPSS | TpmAlg::ECDSA) => {
            let hash = hash(reader.u16()?)?;
            Ok(Some(Scheme { algorithm, hash }))
        }
        _ => fail(Rc::SCHEME, "no such scheme"),
    }
}

fn rsa(reader: &mut Reader<'_>) -> Result<TpmKey> {
    let bits = reader.u16()?;
    let exponent = reader.u32()?;
    if !matches!(exponent, 0 | RSA_EXPONENT) {
        return fail(Rc::VALUE, "no such exponent");
    }
    Ok(TpmKey::Rsa { bits, modulus: reader.sized()?.to_vec() })
}

fn ecc(reader: &mut Reader<'_>) -> Result<TpmKey> {
    let curve = EccCurve(reader.u16()?);
    if !matches!(curve, EccCurve::NIST_P256 | EccCurve::NIST_P384) {
        return fail(Rc::CURVE, "no such curve");
    }
    if TpmAlg(reader.u16()?) != TpmAlg::NULL {
        return fail(Rc::SCHEME, "no such key derivation scheme");
    }
    let (x, y) = (reader.sized()?.to_vec(), reader.sized()?.to_vec());
    Ok(TpmKey::Ecc { curve, x, y })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tpm::template::EkTemplate;

    #[test]
    fn roundtrip_templates() {
        for template in EkTemplate::ALL.map(EkTemplate::template) {
            assert_eq!(TpmtPublic::from_bytes(&template.to_bytes()), Ok(template.clone()));
            assert_eq!(TpmtPublic::from_tpm2b(&template.to_tpm2b()), Ok(template));
        }
    }

    #[test]
    fn every_cut_and_every_surplus_is_an_error() {
        let bytes = EkTemplate::P256.template().to_bytes();
        for size in 0..bytes.len() {
            assert!(TpmtPublic::from_bytes(&bytes[..size]).is_err(), "{size}");
        }
        let surplus = TpmtPublic::from_bytes(&[bytes, vec![0]].concat());
        assert_eq!(surplus.unwrap_err().rc, Rc::SIZE);
    }

    #[test]
    fn fields_that_the_simulator_cannot_do_answer_with_their_code() {
        let bytes = EkTemplate::P256.template().to_bytes();
        for (offset, value, rc) in [
            (1, 0x08, Rc::TYPE),
            (3, 0x12, Rc::HASH),
            (43, 0x13, Rc::SYMMETRIC),
            (45, 0xc0, Rc::SYMMETRIC),
            (49, 0x1a, Rc::SCHEME),
            (51, 0x05, Rc::CURVE),
        ] {
            let mut changed = bytes.clone();
            changed[offset] = value;
            assert_eq!(TpmtPublic::from_bytes(&changed).unwrap_err().rc, rc, "offset {offset}");
        }
    }
}
