//! RSA keys: RSASSA-PKCS1-v1_5, RSASSA-PSS and RSAES-OAEP (RFC 8017).

use crypto_bigint::Resize as _;
use rsa::traits::{PublicKeyParts as _, SignatureScheme as _};
use rsa::{BoxedUint, Oaep, Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::RSA_EXPONENT;
use super::prime::{RsaPrimes, prime};
use crate::hash::{Digest, HashAlg};
use crate::rng::Rng;

/// Modulus sizes that can be made. 4096 bits take seconds.
pub const SIZES_BITS: [u16; 4] = [1_024, 2_048, 3_072, 4_096];

/// An RSA key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKey(RsaPrivateKey);

impl RsaKey {
    /// The next key of a stream, or `None` for a size that cannot be made.
    #[must_use]
    pub fn generate(bits: u16, primes: RsaPrimes, rng: &mut Rng) -> Option<Self> {
        if !SIZES_BITS.contains(&bits) {
            return None;
        }
        let half = u32::from(bits / 2);
        let (p, q) = (prime(half, primes, rng)?, prime(half, primes, rng)?);
        Self::from_primes(p, q)
    }

    /// The key of the first prime, as a TPM keeps it (`TPM2B_PRIVATE_KEY_RSA`), and the modulus.
    #[must_use]
    pub fn from_prime(first_prime: &[u8], modulus: &[u8]) -> Option<Self> {
        let bits = u32::try_from(modulus.len().checked_mul(8)?).ok()?;
        let p = BoxedUint::from_be_slice(first_prime, bits).ok()?;
        let n = BoxedUint::from_be_slice(modulus, bits).ok()?;
        let (q, rest) = n.div_rem(p.as_nz_vartime()?);
        if rest.is_nonzero().into() {
            return None;
        }
        let half = bits / 2;
        Self::from_primes(p.try_resize(half)?, q.try_resize(half)?)
    }

    fn from_primes(p: BoxedUint, q: BoxedUint) -> Option<Self> {
        RsaPrivateKey::from_p_q(p, q, BoxedUint::from(RSA_EXPONENT)).ok().map(Self)
    }

    /// The modulus, as long as the key.
    #[must_use]
    pub fn modulus(&self) -> Vec<u8> {
        self.0.n_bytes().to_vec()
    }

    /// The first prime, half as long as the modulus.
    #[must_use]
    pub fn first_prime(&self) -> Vec<u8> {
        use rsa::traits::PrivateKeyParts as _;
        self.0.primes().first().map(|prime| prime.to_be_bytes().to_vec()).unwrap_or_default()
    }

    /// RSASSA-PKCS1-v1_5 over a digest.
    #[must_use]
    pub fn sign_pkcs1(&self, digest: &Digest) -> Option<Vec<u8>> {
        let scheme = match digest.alg() {
            HashAlg::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            HashAlg::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            HashAlg::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            HashAlg::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        };
        self.0.sign(scheme, digest.as_bytes()).ok()
    }

    /// RSASSA-PSS over a digest, with a salt as long as it.
    #[must_use]
    pub fn sign_pss(&self, digest: &Digest, rng: &mut Rng) -> Option<Vec<u8>> {
        fn pss<D: sha2::Digest>() -> Pss<D> {
            // Blinding would draw from the stream and gain nothing: no secret is at stake.
            Pss { blinded: false, ..Pss::new() }
        }
        let (key, hashed) = (&self.0, digest.as_bytes());
        match digest.alg() {
            HashAlg::Sha1 => pss::<Sha1>().sign(Some(rng), key, hashed),
            HashAlg::Sha256 => pss::<Sha256>().sign(Some(rng), key, hashed),
            HashAlg::Sha384 => pss::<Sha384>().sign(Some(rng), key, hashed),
            HashAlg::Sha512 => pss::<Sha512>().sign(Some(rng), key, hashed),
        }
        .ok()
    }

    /// RSAES-OAEP decryption; hash and mask generation are of the same algorithm.
    #[must_use]
    pub fn decrypt_oaep(&self, hash: HashAlg, label: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        match hash {
            HashAlg::Sha1 => self.0.decrypt(Oaep::<Sha1>::new_with_label(label), ciphertext),
            HashAlg::Sha256 => self.0.decrypt(Oaep::<Sha256>::new_with_label(label), ciphertext),
            HashAlg::Sha384 => self.0.decrypt(Oaep::<Sha384>::new_with_label(label), ciphertext),
            HashAlg::Sha512 => self.0.decrypt(Oaep::<Sha512>::new_with_label(label), ciphertext),
        }
        .ok()
    }
}

/// RSAES-OAEP encryption to a modulus; `None` when the modulus is none or the message too long.
#[must_use]
pub fn encrypt_oaep(
    modulus: &[u8],
    hash: HashAlg,
    label: &[u8],
    message: &[u8],
    rng: &mut Rng,
) -> Option<Vec<u8>> {
    let n = BoxedUint::from_be_slice_vartime(modulus);
    let key = RsaPublicKey::new(n, BoxedUint::from(RSA_EXPONENT)).ok()?;
    match hash {
        HashAlg::Sha1 => key.encrypt(rng, Oaep::<Sha1>::new_with_label(label), message),
        HashAlg::Sha256 => key.encrypt(rng, Oaep::<Sha256>::new_with_label(label), message),
        HashAlg::Sha384 => key.encrypt(rng, Oaep::<Sha384>::new_with_label(label), message),
        HashAlg::Sha512 => key.encrypt(rng, Oaep::<Sha512>::new_with_label(label), message),
    }
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u64) -> RsaKey {
        RsaKey::generate(1_024, RsaPrimes::Sound, &mut Rng::from_seed("rsa", seed)).unwrap()
    }

    #[test]
    fn a_stream_gives_one_key() {
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
        assert_eq!(key(1).modulus().len(), 128);
    }

    #[test]
    fn a_key_is_restored_from_its_first_prime() {
        let key = key(1);
        assert_eq!(key.first_prime().len(), 64);
        assert_eq!(RsaKey::from_prime(&key.first_prime(), &key.modulus()), Some(key.clone()));
        assert_eq!(RsaKey::from_prime(&[3], &key.modulus()), None);
    }

    #[test]
    fn sizes_that_no_tpm_has_give_no_key() {
        for bits in [0, 512, 2_047, 8_192] {
            let mut rng = Rng::from_seed("rsa", 1);
            assert!(RsaKey::generate(bits, RsaPrimes::Sound, &mut rng).is_none());
        }
    }

    #[test]
    fn another_label_does_not_decrypt() {
        let key = key(1);
        let mut rng = Rng::from_seed("oaep", 1);
        let sealed = encrypt_oaep(&key.modulus(), HashAlg::Sha256, b"A\0", &[7; 16], &mut rng);
        let sealed = sealed.unwrap();
        assert_eq!(key.decrypt_oaep(HashAlg::Sha256, b"A\0", &sealed).unwrap(), [7; 16]);
        assert!(key.decrypt_oaep(HashAlg::Sha256, b"A", &sealed).is_none());
        assert!(key.decrypt_oaep(HashAlg::Sha1, b"A\0", &sealed).is_none());
    }
}
