//! AES in CFB mode with full-block feedback (SP 800-38A, section 6.3), the only mode in which a
//! TPM protects what leaves it.

use aes::cipher::consts::U16;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit as _};
use aes::{Aes128, Aes256};

/// Size of a block and of an initial vector in bytes.
pub const BLOCK_SIZE_BYTES: usize = 16;

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Encrypt,
    Decrypt,
}

/// Encrypts. `None` when the key has neither 16 nor 32 bytes.
#[must_use]
pub fn encrypt(key: &[u8], iv: [u8; BLOCK_SIZE_BYTES], plain: &[u8]) -> Option<Vec<u8>> {
    run(key, iv, plain, Direction::Encrypt)
}

/// Decrypts. `None` when the key has neither 16 nor 32 bytes.
#[must_use]
pub fn decrypt(key: &[u8], iv: [u8; BLOCK_SIZE_BYTES], sealed: &[u8]) -> Option<Vec<u8>> {
    run(key, iv, sealed, Direction::Decrypt)
}

fn run(key: &[u8], iv: [u8; 16], input: &[u8], direction: Direction) -> Option<Vec<u8>> {
    let block = cipher(key)?;
    let mut feedback = iv;
    let mut output = Vec::with_capacity(input.len());
    for chunk in input.chunks(BLOCK_SIZE_BYTES) {
        let stream = block(feedback);
        let mixed: Vec<u8> = chunk.iter().zip(stream).map(|(byte, mask)| byte ^ mask).collect();
        let sealed = if direction == Direction::Encrypt { mixed.as_slice() } else { chunk };
        // A short chunk is the last one: its feedback is not used.
        feedback.iter_mut().zip(sealed).for_each(|(target, source)| *target = *source);
        output.extend(mixed);
    }
    Some(output)
}

type BlockCipher = Box<dyn Fn([u8; BLOCK_SIZE_BYTES]) -> [u8; BLOCK_SIZE_BYTES]>;

fn cipher(key: &[u8]) -> Option<BlockCipher> {
    fn one<C: BlockCipherEncrypt<BlockSize = U16> + 'static>(cipher: C) -> BlockCipher {
        Box::new(move |block| {
            let mut block = Array::from(block);
            cipher.encrypt_block(&mut block);
            block.into()
        })
    }
    match key.len() {
        16 => Some(one(Aes128::new_from_slice(key).ok()?)),
        32 => Some(one(Aes256::new_from_slice(key).ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
            .collect()
    }

    /// SP 800-38A, F.3.13 (CFB128-AES128) and F.3.17 (CFB128-AES256), first two blocks.
    #[test]
    fn ciphertexts_are_those_of_the_standard() {
        let iv: [u8; 16] = core::array::from_fn(|index| u8::try_from(index).unwrap());
        let plain = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        for (key, sealed) in [
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b",
            ),
        ] {
            assert_eq!(encrypt(&hex(key), iv, &plain).unwrap(), hex(sealed));
            assert_eq!(decrypt(&hex(key), iv, &hex(sealed)).unwrap(), plain);
            assert_eq!(encrypt(&hex(key), iv, &plain[..21]).unwrap(), hex(sealed)[..21]);
        }
    }

    #[test]
    fn keys_of_another_size_are_refused() {
        assert!(encrypt(&[0; 24], [0; 16], b"x").is_none());
    }
}
