//! GUIDs of UEFI variables, signature types and device paths.
//!
//! Source: UEFI Specification 2.10: appendix A (GUID format), 3.3 (globally defined variables), 4.6
//! (configuration tables), 5.3 (partition types), 32.4.1 (signature database) and 32.6.1 (image
//! security database).

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
    /// Signature list of SHA-1 image digests.
    CERT_SHA1 = (0x826c_a512, 0xcf10, 0x4ac9, [0xb1, 0x87, 0xbe, 0x01, 0x49, 0x66, 0x31, 0xbd]) => "EFI_CERT_SHA1";
    /// Signature list of SHA-384 image digests.
    CERT_SHA384 = (0xff3e_5307, 0x9fd0, 0x48c9, [0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e, 0x01]) => "EFI_CERT_SHA384";
    /// Signature list of SHA-512 image digests.
    CERT_SHA512 = (0x093e_0fae, 0xa6c4, 0x4f50, [0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1, 0x9a]) => "EFI_CERT_SHA512";
    /// Signature list of digests of certificates' TBS parts, with a revocation time.
    CERT_X509_SHA256 = (0x3bd2_a492, 0x96c0, 0x4079, [0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed]) => "EFI_CERT_X509_SHA256";
    /// The same with SHA-384.
    CERT_X509_SHA384 = (0x7076_876e, 0x80c2, 0x4ee6, [0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86, 0x5b]) => "EFI_CERT_X509_SHA384";
    /// The same with SHA-512.
    CERT_X509_SHA512 = (0x446d_bf63, 0x2502, 0x4cda, [0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe, 0x9d]) => "EFI_CERT_X509_SHA512";
    /// Signature owner of Microsoft's entries.
    OWNER_MICROSOFT = (0x77fa_9abd, 0x0359, 0x4d32, [0xbd, 0x60, 0x28, 0xf4, 0xe7, 0x8f, 0x78, 0x4b]) => "Microsoft";
    /// Configuration table: ACPI 2.0 and later.
    ACPI_20 = (0x8868_e871, 0xe4f1, 0x11d3, [0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81]) => "ACPI_20_TABLE";
    /// Configuration table: SMBIOS, 32-bit entry point.
    SMBIOS = (0xeb9d_2d31, 0x2d88, 0x11d3, [0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d]) => "SMBIOS_TABLE";
    /// Configuration table: SMBIOS, 64-bit entry point.
    SMBIOS3 = (0xf2fd_1544, 0x9794, 0x4a2c, [0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94]) => "SMBIOS3_TABLE";
    /// Partition type: EFI system partition.
    EFI_SYSTEM_PARTITION = (0xc12a_7328, 0xf81f, 0x11d2, [0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b]) => "EFI_SYSTEM_PARTITION";
}
