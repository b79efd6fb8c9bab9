//! Images that Windows loads at boot, and how it describes them in PCR 12 and 13.

use portcullis_wire::SipaType;
use portcullis_wire::sipa::CapiAlg;

use crate::boot::{Context, image_content};
use crate::hash::sha256;
use crate::host::{Authority, Signer};
use crate::sipa::Element;

/// A loaded image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Module {
    /// Its path.
    pub path: String,
    /// Who signed it.
    pub signer: Signer,
    /// Its security version, which only the loader has.
    pub svn: Option<u32>,
    /// What stands for its bytes.
    pub content: [u8; 32],
    /// The Authenticode digest: SHA-256, also in logs of the SHA-1 bank.
    pub digest: [u8; 32],
    /// Where it was loaded.
    pub base: u64,
}

impl Module {
    /// An image of the system.
    pub fn new(context: &Context<'_>, path: impl Into<String>, signer: Signer) -> Self {
        let path = path.into();
        // One file is one image, wherever a release or a machine keeps it.
        let name = path.rsplit('\\').next().unwrap_or(&path).to_ascii_lowercase();
        let content = image_content(context, &name);
        let base = 0x20_0000 | context.own.number(&format!("base {name}"), 0x600_0000) & !0xfff;
        let digest = sha256(&[&content]);
        Self { path, signer, svn: None, content, digest, base }
    }

    fn size(&self) -> u64 {
        let [a, b, ..] = self.content;
        u64::from(u16::from_le_bytes([a, b])).saturating_add(1).saturating_mul(0x1000)
    }

    /// What PCR 12 says: volatile.
    pub fn volatile(&self) -> Element {
        let elements = vec![
            Element::bytes(SipaType::AUTHENTICODEHASH, self.digest),
            Element::u64(SipaType::IMAGEBASE, self.base),
        ];
        Element::elements(SipaType::LOADEDMODULE_AGGREGATION, elements)
    }

    /// What PCR 13 says: in full.
    pub fn detailed(&self) -> Element {
        let Signer { authority, publisher } = self.signer;
        let (serial, thumbprint) = self.signer.certificate();
        let mut elements = vec![
            Element::text(SipaType::FILEPATH, &self.path),
            Element::u64(SipaType::IMAGESIZE, self.size()),
            Element::u32(SipaType::HASHALGORITHMID, CapiAlg::SHA256.0),
            Element::bytes(SipaType::AUTHENTICODEHASH, self.digest),
            Element::bool(SipaType::IMAGEVALIDATED, true),
            Element::text(SipaType::AUTHORITYISSUER, authority.common_name),
            Element::text(SipaType::AUTHORITYPUBLISHER, publisher),
            Element::bytes(SipaType::AUTHORITYSERIAL, serial),
            Element::bytes(SipaType::AUTHORITYSHA1THUMBPRINT, thumbprint),
        ];
        elements.extend(self.svn.map(|svn| Element::u32(SipaType::MODULE_SVN, svn)));
        Element::elements(SipaType::LOADEDMODULE_AGGREGATION, elements)
    }

    /// Who issued the certificate of its signer.
    pub fn authority(&self) -> Authority {
        self.signer.authority
    }
}
