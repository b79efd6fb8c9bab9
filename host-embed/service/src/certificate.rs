//! Certificates of the signing keys: self-signed, so that relying parties that speak X.509 can pin
//! them. They say who signs, and establish nothing else.

use std::str::FromStr as _;
use std::time::Duration;

use p256::ecdsa::DerSignature;
use x509_cert::builder::profile::cabf::Root;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::der::EncodePem as _;
use x509_cert::der::asn1::UtcTime;
use x509_cert::der::pem::LineEnding;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfo;
use x509_cert::time::{Time, Validity};

use crate::keys::Key;

/// Validity: longer than any key signs and any token lasts.
const VALIDITY: Duration = Duration::from_secs(2 * 365 * 24 * 60 * 60);

/// The certificate of a key in PEM form; `None` for a time that X.509 cannot say.
pub(crate) fn self_signed(key: &Key, issuer: &str) -> Option<String> {
    let at = |seconds: u64| {
        let time = UtcTime::from_unix_duration(Duration::from_secs(seconds)).ok()?;
        Some(Time::UtcTime(time))
    };
    let validity = Validity::new(at(key.from)?, at(key.from.saturating_add(VALIDITY.as_secs()))?);
    let name = Name::from_str(&format!("CN={}", escaped(issuer))).ok()?;
    let serial = SerialNumber::new(&key.from.to_be_bytes()).ok()?;
    let public = SubjectPublicKeyInfo::from_key(key.signing.verifying_key()).ok()?;
    let profile = Root::new(false, name).ok()?;
    let builder = CertificateBuilder::new(profile, serial, validity, public).ok()?;
    let certificate = builder.build::<_, DerSignature>(&key.signing).ok()?;
    certificate.to_pem(LineEnding::LF).ok()
}

/// A value of a distinguished name (RFC 4514, section 2.4).
fn escaped(value: &str) -> String {
    let special =
        |character| matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' | '#');
    value
        .chars()
        .flat_map(|character| special(character).then_some('\\').into_iter().chain([character]))
        .collect()
}
