//! The name of a TPM object (TPM 2.0 Library, part 1 "Architecture", section 16): the algorithm
//! and the digest of its public area. The name is what a credential is encrypted *for* and what a
//! certification speaks *about*.

use core::fmt;

use super::TpmtPublic;
use crate::crypto::{Digest, HashAlg, digest};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::wire::TpmAlg;

/// A name: `nameAlg || H(TPMT_PUBLIC)`, or a qualified name of the same form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Digest);

impl Name {
    /// The name of an object, computed over exactly the bytes of its public area.
    ///
    /// # Errors
    /// A name algorithm that the engine cannot compute.
    pub fn of(public: &TpmtPublic<'_>) -> Result<Self, ParseError> {
        let Some(alg) = HashAlg::from_tpm(public.name_alg) else {
            let kind = ParseErrorKind::Unsupported(u64::from(public.name_alg.0));
            return Err(public.bytes.error(kind, "nameAlg", public.bytes.len()));
        };
        Ok(Self(digest(alg, &[public.bytes.bytes()])))
    }

    /// The name of bytes such as the file `ak.name` of tpm2-tools, or `None` when they are none.
    /// (A handle is a name of four bytes; it is no object's.)
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (alg, value) = bytes.split_first_chunk::<2>()?;
        let alg = HashAlg::from_tpm(TpmAlg(u16::from_be_bytes(*alg)))?;
        Digest::new(alg, value).map(Self)
    }

    /// The qualified name of an object of this name under a parent: `nameAlg || H(parent ||
    /// name)`. The qualified name of a primary object's parent is the handle of its hierarchy.
    #[must_use]
    pub fn qualified(&self, parent_qualified_name: &[u8]) -> Self {
        Self(digest(self.0.alg(), &[parent_qualified_name, &self.to_bytes()]))
    }

    /// The name as it is written in structures.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.alg().tpm_alg().0.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.0.as_bytes());
        bytes
    }

    /// The digest in the name.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.0
    }
}

/// Lower-case hexadecimal of the whole name, as tpm2-tools prints it.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}{}", self.0.alg().tpm_alg().0, self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
