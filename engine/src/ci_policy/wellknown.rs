//! The keys behind the built-in roots that signers name by number.
//!
//! Microsoft's page of event tags prints the public key of the **test** root 2010 in the row of
//! number 6, too. That key does not verify a single production certificate; the key here does.
//! Whoever copies the page trusts test-signed code as Windows.

use portcullis_wire::ci_policy::WellknownRoot;

use super::Evidence;
use crate::crypto::{Digest, HashAlg};

/// A built-in root with its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Known {
    /// The number.
    pub root: WellknownRoot,
    /// SHA-256 of the key's `SubjectPublicKeyInfo`.
    pub spki_sha256: [u8; 32],
    /// What speaks for the key having this number.
    pub evidence: Evidence,
}

/// Roots whose certificates sign tests, previews and flights: nobody's production code.
pub const TEST_ROOTS: [WellknownRoot; 6] = [
    WellknownRoot::TEST_1999,
    WellknownRoot::TEST_2010,
    WellknownRoot::DMD_TEST_2005,
    WellknownRoot::DMD_PREVIEW_2005,
    WellknownRoot::ECC_TESTING_2017,
    WellknownRoot::ECC_DEVELOPMENT_2018,
];

/// The roots whose keys are known. *Real files*: the key verifies certificates that Microsoft
/// issued below this root.
pub const KEYS: [Known; 10] = [
    known(
        WellknownRoot::PRODUCT_1997,
        Evidence::Documented,
        *b"4462c107c485dd6a5443f5e7a1604416034a374c3f4d10875f1c3715027563af",
    ),
    known(
        WellknownRoot::PRODUCT_2001,
        Evidence::Documented,
        *b"df530bac9fcd914c252c2fbdceddc6183d4ae8c680ad65f03e204861dd7b1c73",
    ),
    known(
        WellknownRoot::PRODUCT_2010,
        Evidence::RealFiles,
        *b"c9905b0ee01202293ca026e64f08412442c5504c06e44ca7e9726d61f20e4089",
    ),
    known(
        WellknownRoot::STANDARD_2011,
        Evidence::Documented,
        *b"02376d0908ac23041cc7d666d9daf192554f7fc36317aa9cb800908616b28af8",
    ),
    known(
        WellknownRoot::CODE_VERIFICATION_2006,
        Evidence::RealFiles,
        *b"296b274011cfcbaaf337e9d7950e256a651aa5071a24e8a8393e87249b00d62f",
    ),
    known(
        WellknownRoot::TEST_2010,
        Evidence::RealFiles,
        *b"d0de2655512b6d84a6b62287efb9169c84a5aa76d36b242276c2a12a57c2da97",
    ),
    known(
        WellknownRoot::FLIGHT_2014,
        Evidence::Documented,
        *b"2984d266e4dce5cf329b9a0bffd2995b66d48b23a221b699f827c350df54a151",
    ),
    known(
        WellknownRoot::MARKETPLACE,
        Evidence::RealFiles,
        *b"618211d1f43351cb12e5d9838afe7c557818140c5838fa6188c5ffd0ae1a85a4",
    ),
    known(
        WellknownRoot::ECC_PRODUCT_2018,
        Evidence::OneSource,
        *b"68ded9a203ff6e367e12aa49977cd200f7127a800faa6f859f0bafed8286a4fb",
    ),
    known(
        WellknownRoot::IDENTITY_VERIFICATION_2020,
        Evidence::Documented,
        *b"dedb13bcde2375995a1c37bd68a7c4a82af5cbb9c4df821b62d5733009028f07",
    ),
];

const fn known(root: WellknownRoot, evidence: Evidence, hex: [u8; 64]) -> Known {
    let (pairs, _) = hex.as_chunks::<2>();
    let mut spki_sha256 = [0; 32];
    let mut rest = spki_sha256.as_mut_slice();
    let mut left = pairs;
    while let ([[high, low], more @ ..], [slot, slots @ ..]) = (left, rest) {
        *slot = (digit(*high) << 4) | digit(*low);
        left = more;
        rest = slots;
    }
    Known { root, spki_sha256, evidence }
}

const fn digit(letter: u8) -> u8 {
    match letter {
        b'0'..=b'9' => letter & 0x0f,
        // `a` is 0x61: its low half is one, and it stands for ten.
        _ => (letter & 0x0f).wrapping_add(9),
    }
}

/// The built-in root that a key is, by the SHA-256 of its `SubjectPublicKeyInfo`.
#[must_use]
pub fn by_key(spki_sha256: &Digest) -> Option<Known> {
    let is = |known: &&Known| {
        Digest::new(HashAlg::Sha256, &known.spki_sha256).as_ref() == Some(spki_sha256)
    };
    KEYS.iter().find(is).copied()
}

/// The key of a built-in root.
#[must_use]
pub fn key_of(root: WellknownRoot) -> Option<Known> {
    KEYS.into_iter().find(|known| known.root == root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_root_2010_is_not_the_test_root_that_the_documentation_prints() {
        let (product, test) = (
            key_of(WellknownRoot::PRODUCT_2010).unwrap(),
            key_of(WellknownRoot::TEST_2010).unwrap(),
        );
        assert_ne!(product.spki_sha256, test.spki_sha256);
        assert_eq!(product.spki_sha256[..4], [0xc9, 0x90, 0x5b, 0x0e]);
        assert_eq!(test.spki_sha256[28..], [0x57, 0xc2, 0xda, 0x97]);
        let digest = Digest::new(HashAlg::Sha256, &test.spki_sha256).unwrap();
        assert_eq!(by_key(&digest).unwrap().root, WellknownRoot::TEST_2010);
        assert!(TEST_ROOTS.contains(&WellknownRoot::TEST_2010));
    }

    #[test]
    fn every_number_and_every_key_stands_once() {
        for (index, known) in KEYS.iter().enumerate() {
            let others = KEYS.iter().skip(index + 1);
            assert!(known.root.name().is_some());
            assert!(others.clone().all(|other| other.root != known.root));
            assert!(others.clone().all(|other| other.spki_sha256 != known.spki_sha256));
        }
    }
}
