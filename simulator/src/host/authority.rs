//! The certificates of the named authority sets.
//!
//! They carry the names that administrators know from real logs, and keys of ours
//! (`authorities/make.sh`): a policy that trusts Microsoft's keys trusts none of these.

/// A certificate that signs boot applications, drivers or Secure Boot variables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Authority {
    /// Common name of its subject.
    pub common_name: &'static str,
    /// The certificate.
    pub der: &'static [u8],
}

macro_rules! authorities {
    ($( $(#[$meta:meta])* $name:ident = $file:literal, $common_name:literal; )*) => {
        impl Authority {
            $(
                $(#[$meta])*
                pub const $name: Self = Self {
                    common_name: $common_name,
                    der: include_bytes!(concat!("authorities/", $file, ".der")),
                };
            )*

            /// Every certificate.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];
        }
    };
}

authorities! {
    /// Key exchange key, 2011.
    KEK_2011 = "kek-2011", "Microsoft Corporation KEK CA 2011";
    /// Key exchange key, 2023.
    KEK_2023 = "kek-2023", "Microsoft Corporation KEK 2K CA 2023";
    /// Windows' own code, its boot manager until 2023 included.
    WINDOWS_2011 = "windows-2011", "Microsoft Windows Production PCA 2011";
    /// Windows' boot manager since 2023.
    WINDOWS_2023 = "windows-2023", "Windows UEFI CA 2023";
    /// Loaders and option ROMs of others, 2011.
    THIRD_PARTY_2011 = "third-party-2011", "Microsoft Corporation UEFI CA 2011";
    /// Loaders of others, 2023.
    THIRD_PARTY_2023 = "third-party-2023", "Microsoft UEFI CA 2023";
    /// Option ROMs of others, 2023.
    OPTION_ROM_2023 = "option-rom-2023", "Microsoft Option ROM UEFI CA 2023";
    /// Hardware abstraction and early-launch antimalware.
    CODE_SIGNING_2010 = "code-signing-2010", "Microsoft Code Signing PCA 2010";
    /// Drivers of others.
    THIRD_PARTY_DRIVER = "third-party-driver", "Microsoft Windows Third Party Component CA 2014";
    /// Platform key of Dell.
    PLATFORM_DELL = "platform-dell", "Dell Inc. Platform Key";
    /// Platform key of Lenovo.
    PLATFORM_LENOVO = "platform-lenovo", "Lenovo Ltd. PK CA 2012";
    /// Platform key of Supermicro.
    PLATFORM_SUPERMICRO = "platform-supermicro", "Super Micro Computer, Inc. Platform Key";
    /// Platform key of OVMF.
    PLATFORM_OVMF = "platform-ovmf", "Open Virtual Machine Firmware Platform Key";
    /// Platform key of Hyper-V's firmware.
    PLATFORM_HYPER_V = "platform-hyper-v", "Hyper-V Firmware Platform Key";
    /// Dell's own entry of db.
    VENDOR_DELL = "vendor-db-dell", "Dell Inc. UEFI DB";
    /// Lenovo's own entry of db.
    VENDOR_LENOVO = "vendor-db-lenovo", "ThinkPad Product CA 2012";
    /// The key that shim knows.
    DEBIAN = "debian", "Debian Secure Boot CA";
    /// Platform key of an owner with keys of his own.
    OWN_PLATFORM = "own-platform", "own platform key";
    /// His key exchange key.
    OWN_KEK = "own-kek", "own key exchange key";
    /// His entry of db.
    OWN_DB = "own-db", "own signature database";
}

impl Authority {
    /// Its SubjectPublicKeyInfo, in DER.
    ///
    /// The certificates are of one make: the key is found by the one opening that RSA keys of
    /// their two sizes have.
    #[must_use]
    pub fn public_key_info(self) -> &'static [u8] {
        const ALGORITHM: &[u8] = &[
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
            0x00, 0x03, 0x82,
        ];
        let at = self.der.windows(ALGORITHM.len()).position(|window| window == ALGORITHM);
        // Four bytes of tag and two-byte length stand before it.
        let key = at.and_then(|at| self.der.get(at.checked_sub(4)?..)).unwrap_or_default();
        let [_, _, high, low, ..] = key else { return &[] };
        key.get(..usize::from(u16::from_be_bytes([*high, *low])).saturating_add(4)).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_keys_have_the_sizes_of_real_ones() {
        // 294 and 550 bytes: the sizes of AUTHORITYPUBKEY in real logs.
        for authority in Authority::ALL {
            let size = if *authority == Authority::THIRD_PARTY_DRIVER { 550 } else { 294 };
            assert_eq!(authority.public_key_info().len(), size, "{}", authority.common_name);
        }
    }

    #[test]
    fn certificates_carry_their_name_and_say_whose_they_are() {
        for Authority { common_name, der } in Authority::ALL {
            let has = |text: &str| der.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(has(common_name), "{common_name}");
            assert!(has("Portcullis test authority"), "{common_name}");
        }
    }
}
