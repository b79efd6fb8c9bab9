//! Who signed an image.

use super::authority::Authority;
use crate::hash::{HashAlg, digest};
use crate::seed::Seed;

/// The signer of an image: a publisher whose certificate an authority issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signer {
    /// Who issued the certificate.
    pub authority: Authority,
    /// Common name of its subject.
    pub publisher: &'static str,
}

impl Signer {
    /// Windows itself.
    pub const WINDOWS: Self =
        Self { authority: Authority::WINDOWS_2011, publisher: "Microsoft Windows" };
    /// What touches hardware.
    pub const HARDWARE_ABSTRACTION: Self = Self {
        authority: Authority::CODE_SIGNING_2010,
        publisher: "Microsoft Windows Hardware Abstraction Layer Publisher",
    };
    /// Early-launch antimalware.
    pub const ANTIMALWARE: Self = Self {
        authority: Authority::CODE_SIGNING_2010,
        publisher: "Microsoft Windows Early Launch Anti-malware Publisher",
    };
    /// Drivers of others that passed the compatibility tests.
    pub const COMPATIBILITY: Self = Self {
        authority: Authority::THIRD_PARTY_DRIVER,
        publisher: "Microsoft Windows Hardware Compatibility Publisher",
    };

    /// Serial number and SHA-1 of the publisher's certificate. The certificate itself does not
    /// exist: logs carry nothing else of it.
    #[must_use]
    pub fn certificate(self) -> (Vec<u8>, Vec<u8>) {
        let seed = Seed::from_text("signers").child(self.publisher);
        let mut serial = vec![0x33];
        serial.extend(seed.bytes("serial", 18));
        let thumbprint = digest(HashAlg::Sha1, &[&seed.bytes32("certificate")]);
        (serial, thumbprint.as_bytes().to_vec())
    }
}
