//! Comparison of a certificate with the profile of endorsement key certificates.
//!
//! TCG EK Credential Profile for TPM Family 2.0, section 3.2; strength of the key by TCG and by
//! what went wrong with TPM keys in the field. The result is a list of deviations, in a fixed
//! order: real certificates deviate, and which deviation is fatal is decided by the policy and
//! not here. An empty list does not say that anybody signed the certificate: that is
//! [`crate::chain`].

use core::fmt;

use portcullis_wire::oid;

use super::certificate::Certificate;
use super::extension::{KeyUsage, SubjectAltName};
use super::name::Attribute;
use super::quirk::QuirkKind;
use super::roca::has_roca_fingerprint;
use crate::Span;
use crate::crypto::PublicKey;

/// Smallest RSA endorsement key of TPM 2.0, in bits.
const RSA_EK_BITS_MIN: usize = 2_048;

/// A rule that a certificate does not follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deviation {
    /// The rule.
    pub rule: Rule,
    /// What the profile asks for.
    pub expected: &'static str,
    /// What the certificate has.
    pub found: String,
    /// The bytes that it is about; the whole certificate for something that is missing.
    pub span: Span,
}

/// The rules of the profile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Rule {
    /// Version 3.
    Version,
    /// A positive serial number.
    SerialNumber,
    /// An issuer that has a name.
    Issuer,
    /// A subject alternative name that is critical when the subject is empty.
    SubjectAltName,
    /// The attribute `tcg-at-tpmManufacturer`, `id:` and eight hexadecimal digits.
    TpmManufacturer,
    /// The attribute `tcg-at-tpmModel`.
    TpmModel,
    /// The attribute `tcg-at-tpmVersion`, `id:` and hexadecimal digits.
    TpmVersion,
    /// Critical basic constraints.
    BasicConstraints,
    /// No certification authority.
    NotCa,
    /// Critical key usage that fits the key: encipherment for RSA, agreement for ECC.
    KeyUsage,
    /// An extended key usage. TPM 1.2 vendors and one cloud left it out.
    ExtendedKeyUsage,
    /// The purpose `tcg-kp-EKCertificate` among those that the certificate lists. A certificate
    /// that lists others only was issued for something else, whoever signed it: a platform, an
    /// attestation key, a server.
    Purpose,
    /// An authority key identifier that is not critical.
    AuthorityKeyId,
    /// A key that the engine can use.
    PublicKey,
    /// At least 2048 bits of RSA.
    RsaSize,
    /// The RSA public exponent 65537.
    RsaExponent,
    /// A modulus without the fingerprint of CVE-2017-15361.
    RocaFingerprint,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

/// Every rule of the profile that `certificate` does not follow.
#[must_use]
pub fn deviations(certificate: &Certificate<'_>) -> Vec<Deviation> {
    let mut checker = Checker { certificate, found: Vec::new() };
    checker.check_fields();
    checker.check_subject_alt_name();
    checker.check_constraints();
    checker.check_usage();
    checker.check_purpose();
    checker.check_key();
    checker.found
}

/// The manufacturer's number from the subject alternative name, as `TPM_PT_MANUFACTURER` gives
/// it: 0x49465800 for `id:49465800`.
#[must_use]
pub fn manufacturer_id(certificate: &Certificate<'_>) -> Option<u32> {
    let name = certificate.extensions.subject_alt_name.as_ref()?;
    let digits = id_digits(name.value.tpm_manufacturer()?)?;
    (digits.len() == 8).then(|| u32::from_str_radix(&digits, 16).ok()).flatten()
}

/// The hexadecimal digits behind `id:`.
fn id_digits(attribute: &Attribute<'_>) -> Option<String> {
    let text = attribute.string()?;
    let digits = text.strip_prefix("id:")?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hexadecimal && !digits.is_empty()).then(|| digits.to_owned())
}

struct Checker<'c, 'a> {
    certificate: &'c Certificate<'a>,
    found: Vec<Deviation>,
}

impl<'a> Checker<'_, 'a> {
    fn add(&mut self, rule: Rule, expected: &'static str, found: impl Into<String>, span: Span) {
        self.found.push(Deviation { rule, expected, found: found.into(), span });
    }

    fn missing(&mut self, rule: Rule, expected: &'static str) {
        self.add(rule, expected, "nothing", self.certificate.span);
    }

    fn check_fields(&mut self) {
        let certificate = self.certificate;
        if certificate.version != 3 {
            let found = format!("version {}", certificate.version);
            self.add(Rule::Version, "version 3", found, certificate.span);
        }
        if certificate.quirks.iter().any(|quirk| quirk.kind == QuirkKind::SerialNotPositive) {
            let found = format!("`{}`", certificate.serial_text());
            let span = certificate.serial_span;
            self.add(Rule::SerialNumber, "a positive serial number", found, span);
        }
        if certificate.issuer.is_empty() {
            self.add(Rule::Issuer, "an issuer", "an empty name", certificate.issuer.span);
        }
        match &certificate.extensions.authority_key_id {
            None => self.missing(Rule::AuthorityKeyId, "an authority key identifier"),
            Some(id) if id.critical => {
                let expected = "an authority key identifier that is not critical";
                self.add(Rule::AuthorityKeyId, expected, "a critical one", id.span);
            }
            Some(_) => {}
        }
    }

    fn check_subject_alt_name(&mut self) {
        let certificate = self.certificate;
        let Some(known) = &certificate.extensions.subject_alt_name else {
            self.missing(Rule::SubjectAltName, "a subject alternative name");
            return;
        };
        if certificate.subject.is_empty() && !known.critical {
            let expected = "a critical subject alternative name beside an empty subject";
            self.add(Rule::SubjectAltName, expected, "one that is not critical", known.span);
        }
        let name: &SubjectAltName<'a> = &known.value;
        let manufacturer = name.tpm_manufacturer();
        self.check_id(Rule::TpmManufacturer, manufacturer, Some(8), known.span);
        if name.tpm_model().is_none() {
            self.add(Rule::TpmModel, "`tcg-at-tpmModel`", "nothing", known.span);
        }
        self.check_id(Rule::TpmVersion, name.tpm_version(), None, known.span);
    }

    fn check_id(
        &mut self,
        rule: Rule,
        attribute: Option<&Attribute<'a>>,
        digits_expected: Option<usize>,
        name_span: Span,
    ) {
        let expected = match rule {
            Rule::TpmManufacturer => "`tcg-at-tpmManufacturer` of `id:` and 8 hexadecimal digits",
            _ => "`tcg-at-tpmVersion` of `id:` and hexadecimal digits",
        };
        let Some(attribute) = attribute else {
            return self.add(rule, expected, "nothing", name_span);
        };
        let digits = id_digits(attribute).map(|digits| digits.len());
        if digits.is_none() || digits_expected.is_some_and(|size| digits != Some(size)) {
            let span = attribute.value.whole.span();
            self.add(rule, expected, format!("`{}`", attribute.text()), span);
        }
    }

    fn check_constraints(&mut self) {
        let Some(known) = &self.certificate.extensions.basic_constraints else {
            return self.missing(Rule::BasicConstraints, "critical basic constraints");
        };
        let (ca, critical, span) = (known.value.ca, known.critical, known.span);
        if !critical {
            let expected = "critical basic constraints";
            self.add(Rule::BasicConstraints, expected, "ones that are not critical", span);
        }
        if ca {
            let expected = "no certification authority";
            self.add(Rule::NotCa, expected, "a certification authority", span);
        }
    }

    fn check_usage(&mut self) {
        let certificate = self.certificate;
        let ecc = matches!(certificate.subject_key.key, Ok(PublicKey::Ecc { .. }));
        let expected = if ecc {
            "critical key usage `keyAgreement`"
        } else {
            "critical key usage `keyEncipherment`"
        };
        match &certificate.extensions.key_usage {
            None => self.missing(Rule::KeyUsage, expected),
            Some(known) => {
                let usage: KeyUsage = known.value;
                let fits = if ecc { usage.key_agreement() } else { usage.key_encipherment() };
                if !fits {
                    self.add(Rule::KeyUsage, expected, "other usages", known.span);
                }
                if !known.critical {
                    self.add(Rule::KeyUsage, expected, "one that is not critical", known.span);
                }
            }
        }
    }

    fn check_purpose(&mut self) {
        let expected = "extended key usage `tcg-kp-EKCertificate`";
        match &self.certificate.extensions.extended_key_usage {
            None => self.missing(Rule::ExtendedKeyUsage, expected),
            Some(_) if self.certificate.is_for_ek() => {}
            Some(known)
                if self.certificate.extensions.allows_purpose(oid::ANY_EXTENDED_KEY_USAGE) =>
            {
                self.add(Rule::ExtendedKeyUsage, expected, "any purpose", known.span);
            }
            Some(known) => {
                let names = known.value.iter().map(|purpose| {
                    let dotted = purpose.to_string();
                    format!("`{}`", oid::name(&dotted).unwrap_or(&dotted))
                });
                let found = names.collect::<Vec<_>>().join(", ");
                self.add(Rule::Purpose, expected, found, known.span);
            }
        }
    }

    fn check_key(&mut self) {
        let certificate = self.certificate;
        let span = certificate.subject_key.span;
        match &certificate.subject_key.key {
            Err(error) => {
                self.add(Rule::PublicKey, "an RSA, P-256 or P-384 key", error.to_string(), span);
            }
            Ok(key) => {
                for Weakness { rule, expected, found } in weaknesses(key) {
                    self.add(rule, expected, found, span);
                }
            }
        }
    }
}

/// What makes the private part of a key possible to find.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weakness {
    /// The rule: of a size, an exponent or a generator.
    pub rule: Rule,
    /// What the rule asks for.
    pub expected: &'static str,
    /// What the key has.
    pub found: String,
}

/// The weaknesses of an EK, whoever vouches for it.
#[must_use]
pub fn weaknesses(key: &PublicKey) -> Vec<Weakness> {
    let PublicKey::Rsa { modulus, exponent } = key else { return Vec::new() };
    let mut found = Vec::new();
    let mut add = |rule, expected, what| found.push(Weakness { rule, expected, found: what });
    let bits = bit_length(modulus);
    if bits < RSA_EK_BITS_MIN {
        add(Rule::RsaSize, "an RSA modulus of at least 2048 bits", format!("{bits} bits"));
    }
    if *exponent != [1, 0, 1] {
        let digits = exponent.iter().take(16).map(|byte| format!("{byte:02x}"));
        let digits = format!("`{}`", digits.collect::<String>());
        add(Rule::RsaExponent, "the RSA exponent 65537 (`010001`)", digits);
    }
    if has_roca_fingerprint(modulus) {
        let expected = "a modulus without the fingerprint of CVE-2017-15361 (ROCA)";
        add(Rule::RocaFingerprint, expected, "one that bears it".to_owned());
    }
    found
}

/// Bits of a big-endian number from its highest set bit.
fn bit_length(number: &[u8]) -> usize {
    let significant = number.iter().skip_while(|byte| **byte == 0);
    let leading = significant.clone().next().map_or(0, |byte| byte.leading_zeros());
    let bits = significant.count().saturating_mul(8);
    bits.saturating_sub(usize::try_from(leading).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_count_from_the_highest_one() {
        for (number, bits) in [(&[][..], 0), (&[0], 0), (&[1], 1), (&[0, 0x80], 8), (&[1, 0], 9)] {
            assert_eq!(bit_length(number), bits);
        }
    }
}
