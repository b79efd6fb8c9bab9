//! Containers whose elements describe one thing: a loaded image, an antimalware driver's data.
//!
//! A field that occurs twice makes the description ambiguous, and a field that does not decode
//! makes it incomplete: both are errors, never a choice.

use portcullis_wire::SipaType;
use portcullis_wire::sipa::CapiAlg;

use super::policy::tpm_alg;
use super::tree::{SipaNode, SipaTree};
use super::value::{self, SipaValue};
use crate::Span;
use crate::formats::body::Text;
use crate::formats::error::{ParseError, ParseErrorKind};

/// A loaded image. In PCR 12 Windows states hash and base, in PCR 13 all but the base.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadedModule<'a> {
    /// Path of the file on the boot device.
    pub path: Option<Text<'a>>,
    /// Size in memory.
    pub image_size_bytes: Option<u64>,
    /// Address in memory.
    pub image_base: Option<u64>,
    /// Algorithm of the hash.
    pub hash_alg: Option<CapiAlg>,
    /// Authenticode hash.
    pub hash: Option<&'a [u8]>,
    /// False when the image was loaded although its signature was not valid.
    pub validated: Option<bool>,
    /// Common name of the signer's issuer.
    pub issuer: Option<Text<'a>>,
    /// Common name of the signer.
    pub publisher: Option<Text<'a>>,
    /// Serial number of the signer's certificate.
    pub serial: Option<&'a [u8]>,
    /// SHA-1 of the signer's certificate.
    pub thumbprint_sha1: Option<&'a [u8]>,
    /// Security version number.
    pub svn: Option<u32>,
    /// File name in the image's resources.
    pub original_filename: Option<Text<'a>>,
    /// The OEM on whose behalf the publisher signed.
    pub oem_name: Option<Text<'a>>,
    /// The container.
    pub span: Span,
}

impl<'a> LoadedModule<'a> {
    /// Reads a [`LOADEDMODULE_AGGREGATION`](SipaType::LOADEDMODULE_AGGREGATION). Elements that
    /// it does not know are passed over.
    ///
    /// # Errors
    /// A field occurs twice or does not decode, or the hash has not the size of its algorithm.
    pub fn read(tree: &SipaTree<'a>, node: &SipaNode<'a>) -> Result<Self, ParseError> {
        use SipaType as T;
        let fields = Fields { tree, node };
        let module = Self {
            path: fields.text(T::FILEPATH)?,
            image_size_bytes: fields.number(T::IMAGESIZE)?,
            image_base: fields.number(T::IMAGEBASE)?,
            hash_alg: fields.read(T::HASHALGORITHMID, |value| match value {
                SipaValue::HashAlgorithm(alg) => Some(alg),
                _ => None,
            })?,
            hash: fields.bytes(T::AUTHENTICODEHASH)?,
            validated: fields.read(T::IMAGEVALIDATED, |value| value.boolean())?,
            issuer: fields.text(T::AUTHORITYISSUER)?,
            publisher: fields.text(T::AUTHORITYPUBLISHER)?,
            serial: fields.bytes(T::AUTHORITYSERIAL)?,
            thumbprint_sha1: fields.bytes(T::AUTHORITYSHA1THUMBPRINT)?,
            svn: fields.read(T::MODULE_SVN, |value| match value {
                SipaValue::U32(svn) => Some(svn),
                _ => None,
            })?,
            original_filename: fields.text(T::MODULE_ORIGINAL_FILENAME)?,
            oem_name: fields.text(T::PUBLISHER_OEMNAME)?,
            span: node.span,
        };
        module.check_hash_size()?;
        Ok(module)
    }

    fn check_hash_size(&self) -> Result<(), ParseError> {
        let (Some(alg), Some(hash)) = (self.hash_alg, self.hash) else { return Ok(()) };
        match tpm_alg(alg).digest_size_bytes() {
            Some(size_bytes) if size_bytes != hash.len() => {
                let (found, expected) = (hash.len() as u64, size_bytes as u64);
                let kind = ParseErrorKind::Unexpected { found, expected };
                Err(ParseError::new(kind, "AUTHENTICODEHASH", self.span))
            }
            _ => Ok(()),
        }
    }
}

/// What the loader measured for one early-launch antimalware driver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ElamData<'a> {
    /// Name of the product.
    pub key_name: Option<Text<'a>>,
    /// Its configuration.
    pub configuration: Option<&'a [u8]>,
    /// Its policy.
    pub policy: Option<&'a [u8]>,
    /// Digest of what it asked to be measured.
    pub measured: Option<&'a [u8]>,
    /// The container.
    pub span: Span,
}

impl<'a> ElamData<'a> {
    /// Reads an [`ELAM_AGGREGATION`](SipaType::ELAM_AGGREGATION).
    ///
    /// # Errors
    /// A field occurs twice or does not decode.
    pub fn read(tree: &SipaTree<'a>, node: &SipaNode<'a>) -> Result<Self, ParseError> {
        let fields = Fields { tree, node };
        Ok(Self {
            key_name: fields.text(SipaType::ELAM_KEYNAME)?,
            configuration: fields.bytes(SipaType::ELAM_CONFIGURATION)?,
            policy: fields.bytes(SipaType::ELAM_POLICY)?,
            measured: fields.bytes(SipaType::ELAM_MEASURED)?,
            span: node.span,
        })
    }
}

/// The fields of one container.
struct Fields<'t, 'a> {
    tree: &'t SipaTree<'a>,
    node: &'t SipaNode<'a>,
}

impl<'a> Fields<'_, 'a> {
    fn read<T>(
        &self,
        kind: SipaType,
        pick: impl FnOnce(SipaValue<'a>) -> Option<T>,
    ) -> Result<Option<T>, ParseError> {
        let Some(node) = self.tree.only_child_of(self.node, kind)? else { return Ok(None) };
        let value = node.value();
        if let SipaValue::Undecodable { reason } = value {
            return Err(reason);
        }
        match pick(value) {
            Some(picked) => Ok(Some(picked)),
            None => {
                let reason = ParseErrorKind::Invalid("has another layout");
                Err(ParseError::new(reason, value::field(kind), node.span))
            }
        }
    }

    fn text(&self, kind: SipaType) -> Result<Option<Text<'a>>, ParseError> {
        self.read(kind, |value| match value {
            SipaValue::Text(text) => Some(text),
            _ => None,
        })
    }

    fn bytes(&self, kind: SipaType) -> Result<Option<&'a [u8]>, ParseError> {
        self.read(kind, |value| match value {
            SipaValue::Digest(bytes) | SipaValue::Bytes(bytes) => Some(bytes),
            _ => None,
        })
    }

    fn number(&self, kind: SipaType) -> Result<Option<u64>, ParseError> {
        self.read(kind, |value| value.number())
    }
}
