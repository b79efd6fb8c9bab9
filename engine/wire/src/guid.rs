//! GUIDs of UEFI variables, signature types and device paths.
//!
//! Source: UEFI Specification 2.10: appendix A (GUID format), 3.3 (globally defined variables),
//! 32.4.1 (signature database) and 32.6.1 (image security database).

/// A GUID in the byte order of UEFI structures: the first three fields little-endian.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// The GUID of its five textual fields.
    #[must_use]
    pub const fn from_fields(a: u32, b: u16, c: u16, d: [u8; 8]) -> Self {
        let (a, b, c) = (a.to_le_bytes(), b.to_le_bytes(), c.to_le_bytes());
        Self([
            a[0], a[1], a[2], a[3], b[0], b[1], c[0], c[1], d[0], d[1], d[2], d[3], d[4], d[5],
            d[6], d[7],
        ])
    }

    /// The name of a well-known GUID, or `None`.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMED.iter().find(|(guid, _)| *guid == self).map(|(_, name)| *name)
    }
}

impl core::fmt::Display for Guid {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, rest @ ..] = self.0;
        write!(f, "{:08x}-", u32::from_le_bytes([a0, a1, a2, a3]))?;
        write!(f, "{:04x}-", u16::from_le_bytes([b0, b1]))?;
        write!(f, "{:04x}-{d0:02x}{d1:02x}-", u16::from_le_bytes([c0, c1]))?;
        rest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl core::fmt::Debug for Guid {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

macro_rules! guids {
    ($( $(#[$meta:meta])* $name:ident = ($a:literal, $b:literal, $c:literal, $d:expr) => $text:literal; )*) => {
        $( $(#[$meta])* pub const $name: Guid = Guid::from_fields($a, $b, $c, $d); )*
        /// Every GUID of this module with its name.
        const NAMED: &[(Guid, &str)] = &[$( ($name, $text), )*];
    };
}

guids! {
    /// Namespace of `SecureBoot`, `PK`, `KEK`, `BootOrder`, `Boot####`.
    GLOBAL_VARIABLE = (0x8be4_df61, 0x93ca, 0x11d2, [0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c]) => "EFI_GLOBAL_VARIABLE";
    /// Namespace of `db`, `dbx`, `dbt`, `dbr`.
    IMAGE_SECURITY_DATABASE = (0xd719_b2cb, 0x3d3a, 0x4596, [0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f]) => "EFI_IMAGE_SECURITY_DATABASE";
    /// Namespace of shim's `MokList`, `MokListX`, `SbatLevel`, `Shim`.
    SHIM_LOCK = (0x605d_ab50, 0xe046, 0x4300, [0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23]) => "SHIM_LOCK";
    /// Signature list of X.509 certificates.
    CERT_X509 = (0xa5c0_59a1, 0x94e4, 0x4aa7, [0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72]) => "EFI_CERT_X509";
    /// Signature list of SHA-256 image digests.
    CERT_SHA256 = (0xc1c4_1626, 0x504c, 0x4092, [0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28]) => "EFI_CERT_SHA256";
    /// Signature list of RSA-2048 public keys.
    CERT_RSA2048 = (0x3c57_66e8, 0x269c, 0x4e34, [0xaa, 0x14, 0xed, 0x77, 0x6e, 0x85, 0xb3, 0xb6]) => "EFI_CERT_RSA2048";
    /// Signature list of digests of certificates' TBS parts, with a revocation time.
    CERT_X509_SHA256 = (0x3bd2_a492, 0x96c0, 0x4079, [0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed]) => "EFI_CERT_X509_SHA256";
    /// Signature owner of Microsoft's entries.
    OWNER_MICROSOFT = (0x77fa_9abd, 0x0359, 0x4d32, [0xbd, 0x60, 0x28, 0xf4, 0xe7, 0x8f, 0x78, 0x4b]) => "Microsoft";
}
