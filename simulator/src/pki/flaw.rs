//! The ways in which real endorsements are broken, by name.

/// A flaw of an endorsement: of the certificate itself, of how it is stored, or of its chain.
///
/// Each occurs on shipped hardware, or is what an attacker would try. Several may be combined.
/// A *key* that is weak by itself (CVE-2017-15361) is made by [`crate::key::RsaPrimes::Roca`]:
/// its certificate has no flaw.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Flaw {
    /// There is no certificate at all.
    Missing,
    /// A 7-byte header stands before the certificate in NV.
    NvHeader,
    /// 0xFF fills the rest of the NV index.
    NvPadding,
    /// The RSA key is certified as `id-RSAES-OAEP`.
    OaepKey,
    /// The certificate is for another key than the TPM's.
    OtherKey,
    /// The certificate has expired.
    ExpiredLeaf,
    /// The certificate is not valid yet.
    NotYetValidLeaf,
    /// The intermediate certificate has expired.
    ExpiredIntermediate,
    /// The root certificate has expired.
    ExpiredRoot,
    /// The host cannot hand over the intermediate certificate.
    MissingIntermediate,
    /// The chain is complete, and ends in a root that nobody trusts.
    UntrustedRoot,
    /// The chain has the names of the trusted one, and other keys.
    ForgedChain,
    /// One bit of the certificate's signature is wrong.
    BadSignature,
    /// The intermediate certificate says that it is no authority.
    IntermediateNotCa,
    /// The intermediate certificate may sign revocation lists only.
    IntermediateMayNotSign,
    /// The root allows no intermediate below it.
    PathTooLong,
    /// The issuer has revoked the certificate.
    RevokedLeaf,
    /// The root has revoked the intermediate.
    RevokedIntermediate,
    /// The root is of version 1, without extensions.
    Version1Root,
    /// The certificate is signed over SHA-1.
    Sha1Leaf,
    /// The intermediate is signed over SHA-1.
    Sha1Intermediate,
    /// The extended key usage is that of attestation keys.
    WrongEku,
    /// There is no extended key usage.
    MissingEku,
    /// The key usage is that of a signing key.
    WrongKeyUsage,
    /// The certificate is one of an authority.
    CaLeaf,
    /// There is no subject alternative name.
    MissingSan,
    /// The subject alternative name is not critical, although there is no other name.
    UncriticalSan,
    /// There is no authority key identifier.
    MissingAuthorityKeyId,
    /// The serial number is zero.
    ZeroSerial,
    /// The serial number is negative.
    NegativeSerial,
    /// The attributes of the name stand in the wrong order for DER.
    UnsortedName,
    /// Defaults are written out, which DER forbids.
    ExplicitDefaults,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 32] = [
        Self::Missing,
        Self::NvHeader,
        Self::NvPadding,
        Self::OaepKey,
        Self::OtherKey,
        Self::ExpiredLeaf,
        Self::NotYetValidLeaf,
        Self::ExpiredIntermediate,
        Self::ExpiredRoot,
        Self::MissingIntermediate,
        Self::UntrustedRoot,
        Self::ForgedChain,
        Self::BadSignature,
        Self::IntermediateNotCa,
        Self::IntermediateMayNotSign,
        Self::PathTooLong,
        Self::RevokedLeaf,
        Self::RevokedIntermediate,
        Self::Version1Root,
        Self::Sha1Leaf,
        Self::Sha1Intermediate,
        Self::WrongEku,
        Self::MissingEku,
        Self::WrongKeyUsage,
        Self::CaLeaf,
        Self::MissingSan,
        Self::UncriticalSan,
        Self::MissingAuthorityKeyId,
        Self::ZeroSerial,
        Self::NegativeSerial,
        Self::UnsortedName,
        Self::ExplicitDefaults,
    ];

    /// The name in specifications and listings, and where it is met.
    const fn entry(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("missing", "no EK certificate at all"),
            Self::NvHeader => ("nv-header", "7-byte header of TPM 1.2 NV before the certificate"),
            Self::NvPadding => ("nv-padding", "0xFF up to the size of the NV index (STM)"),
            Self::OaepKey => ("oaep-key", "RSA key certified as id-RSAES-OAEP (STM, Infineon)"),
            Self::OtherKey => ("other-key", "certificate of another TPM"),
            Self::ExpiredLeaf => ("expired", "EK certificate has expired"),
            Self::NotYetValidLeaf => ("not-yet-valid", "EK certificate is not valid yet"),
            Self::ExpiredIntermediate => ("expired-intermediate", "intermediate has expired"),
            Self::ExpiredRoot => ("expired-root", "root has expired"),
            Self::MissingIntermediate => ("missing-intermediate", "intermediate is not at hand"),
            Self::UntrustedRoot => ("untrusted-root", "chain to a root that nobody trusts"),
            Self::ForgedChain => ("forged-chain", "trusted names, other keys"),
            Self::BadSignature => ("bad-signature", "signature of the EK certificate is wrong"),
            Self::IntermediateNotCa => ("intermediate-no-ca", "intermediate is no authority"),
            Self::IntermediateMayNotSign => {
                ("intermediate-no-key-cert-sign", "intermediate must not sign certificates")
            }
            Self::PathTooLong => ("path-too-long", "root allows no intermediate"),
            Self::RevokedLeaf => ("revoked", "EK certificate is revoked"),
            Self::RevokedIntermediate => ("revoked-intermediate", "intermediate is revoked"),
            Self::Version1Root => ("v1-root", "root of version 1, without extensions"),
            Self::Sha1Leaf => ("sha1", "EK certificate is signed over SHA-1"),
            Self::Sha1Intermediate => ("sha1-intermediate", "intermediate is signed over SHA-1"),
            Self::WrongEku => ("wrong-eku", "extended key usage of an AK certificate"),
            Self::MissingEku => ("missing-eku", "no extended key usage"),
            Self::WrongKeyUsage => ("wrong-key-usage", "key usage of a signing key"),
            Self::CaLeaf => ("ca-leaf", "EK certificate is one of an authority"),
            Self::MissingSan => ("missing-san", "no subject alternative name"),
            Self::UncriticalSan => ("uncritical-san", "name is not critical beside no subject"),
            Self::MissingAuthorityKeyId => ("missing-aki", "no authority key identifier"),
            Self::ZeroSerial => ("zero-serial", "serial number is zero"),
            Self::NegativeSerial => ("negative-serial", "serial number is negative"),
            Self::UnsortedName => ("unsorted-name", "name attributes out of order (Nuvoton)"),
            Self::ExplicitDefaults => ("explicit-defaults", "defaults written out (Intel)"),
        }
    }

    /// The name in specifications and listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().0
    }

    /// What it is, and who ships it.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        self.entry().1
    }

    /// True for a flaw of a certificate of an authority.
    pub(super) const fn is_of_chain(self) -> bool {
        matches!(
            self,
            Self::ExpiredIntermediate
                | Self::ExpiredRoot
                | Self::IntermediateNotCa
                | Self::IntermediateMayNotSign
                | Self::PathTooLong
                | Self::Version1Root
                | Self::Sha1Intermediate
        )
    }

    /// The flaw of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.name() == name)
    }
}
