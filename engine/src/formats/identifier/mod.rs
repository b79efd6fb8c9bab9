//! The file by which an administrator registers a host: the XML of `Get-PlatformIdentifier`.
//!
//! Microsoft documents what is in the file (the name, serial numbers and addresses, the public
//! endorsement key, its certificate or a message that there is none) but not its schema, and no
//! sample is public. So the layout is *inferred*: key and certificate are recognised by what
//! they decode to, the names of elements and attributes only help, and whatever else decodes is
//! listed in [`PlatformIdentifier::other_blobs`]. XML 1.0 in UTF-8 or UTF-16 ([`text`]); of XML
//! only elements, attributes and text are read, and a document type is refused, so that nothing
//! can be defined, included or expanded.
//!
//! Nobody signs the file. It establishes nothing about the host that it names: it carries what
//! the administrator who registers it is asked to believe.

mod blob;
mod label;
mod text;
mod xml;

pub use blob::{Blob, BlobContent};

use super::error::{ParseError, ParseErrorKind};
use super::input::Input;
use crate::crypto::PublicKey;
use crate::formats::x509;
use crate::limits::{IDENTIFIER_SIZE_BYTES_MAX, IDENTIFIER_TEXT_CHARS_MAX};
use label::Role;
use xml::Slot;

/// What a platform identifier file holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PlatformIdentifier {
    /// Name that was given to the host; cut at [`IDENTIFIER_TEXT_CHARS_MAX`].
    pub name: Option<String>,
    /// The public endorsement key, in any encoding that [`crate::formats::key`] reads, or in
    /// one that it does not when only the element's name says what it is.
    pub ek_public: Option<Blob>,
    /// The certificate of the endorsement key; if there are several, that of
    /// [`PlatformIdentifier::ek_public`].
    pub ek_certificate: Option<Blob>,
    /// The message in the certificate's place, where there is no certificate; cut like the name.
    pub ek_certificate_error: Option<String>,
    /// Everything else that decodes to bytes, in the order of the file.
    pub other_blobs: Vec<Blob>,
}

/// Reads a platform identifier file.
///
/// # Errors
/// Text that is no UTF-8 or UTF-16, XML that is not well-formed or has a document type, limits
/// exceeded, or two different endorsement keys. A file without any key is no error.
pub fn parse(bytes: &[u8]) -> Result<PlatformIdentifier, ParseError> {
    let input = Input::new(bytes);
    if bytes.len() > IDENTIFIER_SIZE_BYTES_MAX {
        let (found, limit) = (bytes.len() as u64, IDENTIFIER_SIZE_BYTES_MAX as u64);
        return Err(input.error(ParseErrorKind::OverLimit { found, limit }, "XML", bytes.len()));
    }
    let slots = xml::slots(&text::decode(input)?)?;
    let name = slots.iter().find(|slot| slot.role == Some(Role::Name)).map(|slot| cut(&slot.text));
    let message = slots
        .iter()
        .find(|slot| slot.role == Some(Role::EkCertificate) && Blob::decode(slot).is_none())
        .map(|slot| cut(&slot.text));
    let mut blobs = Blobs::of(&slots);
    let ek_public = blobs.take_ek_public()?;
    let ek_certificate = blobs.take_ek_certificate(ek_public.as_ref());
    Ok(PlatformIdentifier {
        name,
        ek_public,
        ek_certificate_error: message.filter(|_| ek_certificate.is_none()),
        ek_certificate,
        other_blobs: blobs.0.into_iter().map(|(_, blob)| blob).collect(),
    })
}

/// A digest of a key is no key.
const UNREADABLE_KEY_SIZE_BYTES_MIN: usize = 64;

fn cut(text: &str) -> String {
    text.trim().chars().take(IDENTIFIER_TEXT_CHARS_MAX).collect()
}

/// The blobs of a file with the role that their place gives them.
struct Blobs(Vec<(Option<Role>, Blob)>);

impl Blobs {
    fn of(slots: &[Slot]) -> Self {
        let blobs = slots.iter().filter_map(|slot| Some((slot.role, Blob::decode(slot)?)));
        Self(blobs.collect())
    }

    /// Takes the endorsement key out: a key in its place, or else whatever is a key, or else
    /// what stands in its place.
    fn take_ek_public(&mut self) -> Result<Option<Blob>, ParseError> {
        let is_key = |blob: &Blob| blob.content == BlobContent::PublicKey;
        let placed = |role| role == Some(Role::EkPublic);
        if let Some(index) = self.index(|role, blob| placed(role) && is_key(blob)) {
            let key = self.0.remove(index).1;
            return self.unrivalled(key, |role, blob| placed(role) && is_key(blob)).map(Some);
        }
        if let Some(index) = self.index(|_, blob| is_key(blob)) {
            let key = self.0.remove(index).1;
            return self.unrivalled(key, |_, blob| is_key(blob)).map(Some);
        }
        let large = |blob: &Blob| blob.bytes.len() >= UNREADABLE_KEY_SIZE_BYTES_MIN;
        let unreadable = |blob: &Blob| blob.content == BlobContent::Unknown && large(blob);
        let index = self.index(|role, blob| placed(role) && unreadable(blob));
        Ok(index.map(|index| self.0.remove(index).1))
    }

    /// The key, unless another of its kind is a different one.
    fn unrivalled(
        &self,
        key: Blob,
        is_rival: impl Fn(Option<Role>, &Blob) -> bool,
    ) -> Result<Blob, ParseError> {
        let rival = self.index(|role, blob| is_rival(role, blob) && !key.same_key(blob));
        match rival.and_then(|index| self.0.get(index)) {
            None => Ok(key),
            // Which one identifies the host? Nobody but its administrator may choose.
            Some((_, rival)) => {
                let kind = ParseErrorKind::Invalid("is a second, different endorsement key");
                Err(ParseError::new(kind, "EKpub", rival.span))
            }
        }
    }

    /// Takes the certificate out: one of this key, or else one in its place, or else whatever is
    /// a certificate, or else what stands in its place and may be a damaged one.
    fn take_ek_certificate(&mut self, ek_public: Option<&Blob>) -> Option<Blob> {
        let key = ek_public.and_then(Blob::public_key);
        let is_certificate = |blob: &Blob| blob.content == BlobContent::Certificate;
        let damaged = |blob: &Blob| {
            blob.content == BlobContent::Unknown && matches!(blob.bytes.first(), Some(0x30 | 0x10))
        };
        let placed = |role| role == Some(Role::EkCertificate);
        let index = self
            .index(|_, blob| key.is_some() && is_certificate(blob) && certified(blob) == key)
            .or_else(|| self.index(|role, blob| placed(role) && is_certificate(blob)))
            .or_else(|| self.index(|_, blob| is_certificate(blob)))
            .or_else(|| self.index(|role, blob| placed(role) && damaged(blob)))?;
        Some(self.0.remove(index).1)
    }

    fn index(&self, matches: impl Fn(Option<Role>, &Blob) -> bool) -> Option<usize> {
        self.0.iter().position(|(role, blob)| matches(*role, blob))
    }
}

/// The key that a certificate certifies.
fn certified(blob: &Blob) -> Option<PublicKey> {
    let files = x509::find_certificates(&blob.bytes).ok()?;
    files.first()?.parse().ok()?.subject_key.key.ok()
}

#[cfg(test)]
mod tests;
