//! What a certificate says, before somebody signs it (RFC 5280, section 4.1).

use super::extension::Extension;
use super::name::Name;
use crate::encode::der;
use crate::hash::{HashAlg, sha256};

/// Days in seconds.
const DAY_S: u64 = 86_400;

/// From when to when a certificate is valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validity {
    /// First second.
    pub not_before_unix_s: u64,
    /// Last second.
    pub not_after_unix_s: u64,
}

impl Validity {
    /// From `start_unix_s` on for a number of years of 365 days.
    #[must_use]
    pub const fn years(start_unix_s: u64, years: u64) -> Self {
        let length = years.saturating_mul(365 * DAY_S);
        Self {
            not_before_unix_s: start_unix_s,
            not_after_unix_s: start_unix_s.saturating_add(length),
        }
    }

    fn to_der(self) -> Vec<u8> {
        der::sequence(&[der::time(self.not_before_unix_s), der::time(self.not_after_unix_s)])
    }
}

/// Everything in a certificate but issuer and signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateSpec {
    /// 1 or 3. A certificate of version 1 has no extensions, whatever is listed here.
    pub version: u8,
    /// Content of the serial number's `INTEGER`: twice-complement, most significant byte first.
    pub serial: Vec<u8>,
    /// Whom it is about.
    pub subject: Name,
    /// When it is valid.
    pub validity: Validity,
    /// `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// Extensions in their order.
    pub extensions: Vec<Extension>,
    /// Hash of the signature.
    pub hash: HashAlg,
}

impl CertificateSpec {
    /// `TBSCertificate` by an issuer with a signature algorithm.
    pub(super) fn to_tbs(&self, issuer: &Name, algorithm: &[u8]) -> Vec<u8> {
        let mut parts = Vec::new();
        if self.version > 1 {
            let version = der::integer_u64(u64::from(self.version.saturating_sub(1)));
            parts.push(der::context(0, &version));
        }
        parts.extend([
            der::integer_as_given(&self.serial),
            algorithm.to_vec(),
            issuer.to_der(),
            self.validity.to_der(),
            self.subject.to_der(),
            self.spki.clone(),
        ]);
        if self.version > 2 {
            let extensions: Vec<Vec<u8>> = self.extensions.iter().map(Extension::to_der).collect();
            parts.push(der::context(3, &der::sequence(&extensions)));
        }
        der::sequence(&parts)
    }
}

/// A positive serial number of 16 bytes that follows from what is certified.
#[must_use]
pub fn serial_of(spki: &[u8], purpose: &str) -> Vec<u8> {
    let mut serial = sha256(&[purpose.as_bytes(), spki]).to_vec();
    serial.truncate(16);
    if let Some(first) = serial.first_mut() {
        // Positive, and never with a superfluous zero in front.
        *first = (*first & 0x7f) | 0x40;
    }
    serial
}
