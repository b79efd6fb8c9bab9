//! Certificate extensions.
//!
//! RFC 5280, 4.2, and the two extensions that the TCG EK Credential Profile for TPM 2.0 (section 3.2) gives a
//! meaning of its own: the TPM's identity in the subject alternative name and its
//! specification in the subject directory attributes.
//!
//! An extension that does not decode, or that occurs twice, is a value
//! ([`Extensions::undecodable`]) and not an error of the certificate. Path building refuses
//! certificates that have one (RFC 5280, 4.2: an extension that is recognised must be processed).
//! Not critical ones that only inform (where to fetch something, what the TPM's specification is)
//! are a quirk instead: no decision rests on them, and IBM's TPM software writes the members of
//! the TPM specification without the SEQUENCE around them.

use der::Tag;
use der::asn1::{ObjectIdentifier, OctetStringRef};
use portcullis_wire::oid;
use x509_cert::ext::pkix;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::element::{Element, context, decode, only, only_tagged, tagged};
use super::name::{Attribute, Name};
use super::quirk::{Quirk, QuirkKind};
use crate::Span;
use crate::formats::{Input, ParseError, ParseErrorKind};
use crate::limits::CERTIFICATE_EXTENSIONS_MAX;

pub use x509_cert::ext::pkix::KeyUsage;

/// One extension as it stands in the certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extension<'a> {
    /// Which extension.
    pub oid: ObjectIdentifier,
    /// True when a reader that does not know the extension must refuse the certificate.
    pub critical: bool,
    /// The DER value inside the OCTET STRING.
    pub value: Input<'a>,
    /// The whole `Extension`.
    pub span: Span,
}

/// A decoded extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known<T> {
    /// What it says.
    pub value: T,
    /// Whether it is critical.
    pub critical: bool,
    /// The whole `Extension`.
    pub span: Span,
}

/// `BasicConstraints` (RFC 5280, 4.2.1.9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasicConstraints {
    /// True when the key may sign certificates.
    pub ca: bool,
    /// Number of intermediates that may stand between this CA and the last certificate.
    pub path_length_max: Option<u8>,
}

/// A recognised extension that could not be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UndecodableExtension {
    /// Which extension.
    pub oid: ObjectIdentifier,
    /// Why.
    pub error: ParseError,
}

/// All extensions of a certificate.
#[derive(Clone, Default, Debug)]
pub struct Extensions<'a> {
    /// Every extension in the order of the certificate.
    pub all: Vec<Extension<'a>>,
    /// `basicConstraints`.
    pub basic_constraints: Option<Known<BasicConstraints>>,
    /// `keyUsage`.
    pub key_usage: Option<Known<KeyUsage>>,
    /// `extKeyUsage`.
    pub extended_key_usage: Option<Known<Vec<ObjectIdentifier>>>,
    /// `subjectAltName`.
    pub subject_alt_name: Option<Known<SubjectAltName<'a>>>,
    /// `tcg-at-tpmSpecification` of `subjectDirectoryAttributes`.
    pub tpm_specification: Option<Known<TpmSpecification>>,
    /// `keyIdentifier` of `authorityKeyIdentifier`: which key of the issuer signed.
    pub authority_key_id: Option<Known<Vec<u8>>>,
    /// `subjectKeyIdentifier`.
    pub subject_key_id: Option<Known<Vec<u8>>>,
    /// Where `authorityInfoAccess` says that the issuer's certificate is. Hostile text.
    pub ca_issuers_urls: Vec<String>,
    /// Where `cRLDistributionPoints` says that the CRL is. Hostile text.
    pub crl_urls: Vec<String>,
    /// Extensions that are recognised but malformed, or present twice. Malformed ones that only
    /// inform are a quirk and not listed here.
    pub undecodable: Vec<UndecodableExtension>,
}

/// The directory names of `subjectAltName`; other kinds of names have no use here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectAltName<'a> {
    /// The directory names in the order of the extension.
    pub directory_names: Vec<Name<'a>>,
}

/// `TPMSpecification` (EK profile, section 3.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TpmSpecification {
    /// `2.0` or `1.2`.
    pub family: String,
    /// Level, 0 for TPM 2.0.
    pub level: u32,
    /// Revision times 100: 138 for 1.38.
    pub revision: u32,
}

const AD_CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::AD_CA_ISSUERS);
const AKI: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::AUTHORITY_KEY_IDENTIFIER);
const AIA: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::AUTHORITY_INFO_ACCESS);
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::BASIC_CONSTRAINTS);
const CRL_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::CRL_DISTRIBUTION_POINTS);
const DIRECTORY: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SUBJECT_DIRECTORY_ATTRIBUTES);
const EXTENDED_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::EXTENDED_KEY_USAGE);
const POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::CERTIFICATE_POLICIES);
const SAN: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SUBJECT_ALT_NAME);
const SKI: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::SUBJECT_KEY_IDENTIFIER);
const TPM_SPECIFICATION: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::TPM_SPECIFICATION);
const USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::KEY_USAGE);

/// Extensions that may be critical without harm. `certificatePolicies` is among them because
/// every policy is acceptable here (RFC 5280, 6.1.1 (c), *any-policy*), so that it restricts
/// nothing; `policyConstraints` and `nameConstraints` are not.
const PROCESSED: [ObjectIdentifier; 10] =
    [AKI, AIA, BASIC, CRL_POINTS, DIRECTORY, EXTENDED_USAGE, POLICIES, SAN, SKI, USAGE];

/// Extensions that inform people and decide nothing: where to fetch something, and what the TPM's
/// specification is.
const INFORMATIONAL: [ObjectIdentifier; 3] = [AIA, CRL_POINTS, DIRECTORY];

impl<'a> Extensions<'a> {
    /// Reads the `Extensions` element.
    pub(super) fn parse(
        element: &Element<'a>,
        quirks: &mut Vec<Quirk>,
    ) -> Result<Self, ParseError> {
        let mut extensions = Self::default();
        for member in element.members("extensions") {
            let extension = Extension::parse(&member?, quirks)?;
            if extensions.all.len() == CERTIFICATE_EXTENSIONS_MAX {
                let limit = CERTIFICATE_EXTENSIONS_MAX as u64;
                let kind = ParseErrorKind::OverLimit { found: limit.saturating_add(1), limit };
                return Err(ParseError::new(kind, "extensions", extension.span));
            }
            extensions.add(extension, quirks);
        }
        Ok(extensions)
    }

    /// Critical extensions that the engine does not process.
    pub fn unknown_critical(&self) -> impl Iterator<Item = &Extension<'a>> {
        self.all
            .iter()
            .filter(|extension| extension.critical && !PROCESSED.contains(&extension.oid))
    }

    /// True when `extKeyUsage` lists a purpose, given in dotted text.
    #[must_use]
    pub fn allows_purpose(&self, dotted: &str) -> bool {
        let purpose = ObjectIdentifier::new(dotted).ok();
        let listed = self.extended_key_usage.as_ref();
        listed.is_some_and(|usage| usage.value.iter().any(|oid| Some(*oid) == purpose))
    }

    fn add(&mut self, extension: Extension<'a>, quirks: &mut Vec<Quirk>) {
        let oid = extension.oid;
        let twice = self.all.iter().any(|other| other.oid == oid);
        self.all.push(extension);
        if twice {
            let kind = ParseErrorKind::Invalid("occurs twice");
            let error = ParseError::new(kind, "extnID", extension.span);
            self.undecodable.push(UndecodableExtension { oid, error });
        } else if let Err(error) = self.interpret(extension, quirks) {
            if INFORMATIONAL.contains(&oid) && !extension.critical {
                quirks.push(Quirk { kind: QuirkKind::MalformedExtension, span: extension.span });
            } else {
                self.undecodable.push(UndecodableExtension { oid, error });
            }
        }
    }

    fn interpret(
        &mut self,
        extension: Extension<'a>,
        quirks: &mut Vec<Quirk>,
    ) -> Result<(), ParseError> {
        let value = extension.value;
        match extension.oid {
            BASIC => {
                let basic = basic_constraints(value, quirks)?;
                self.basic_constraints = Some(extension.known(basic));
            }
            USAGE => self.key_usage = Some(extension.known(decode(value, "keyUsage")?)),
            EXTENDED_USAGE => {
                let usage: pkix::ExtendedKeyUsage = decode(value, "extKeyUsage")?;
                self.extended_key_usage = Some(extension.known(usage.0));
            }
            SAN => {
                let name = subject_alt_name(value, quirks)?;
                self.subject_alt_name = Some(extension.known(name));
            }
            DIRECTORY => {
                let specification = tpm_specification(value)?;
                self.tpm_specification = specification.map(|found| extension.known(found));
            }
            AKI => {
                let id: pkix::AuthorityKeyIdentifier = decode(value, "authorityKeyIdentifier")?;
                self.authority_key_id =
                    id.key_identifier.map(|id| extension.known(id.as_bytes().to_vec()));
            }
            SKI => {
                let id: &OctetStringRef = decode(value, "subjectKeyIdentifier")?;
                self.subject_key_id = Some(extension.known(id.as_bytes().to_vec()));
            }
            AIA => self.ca_issuers_urls = ca_issuers_urls(value)?,
            CRL_POINTS => self.crl_urls = crl_urls(value)?,
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Extension<'a> {
    pub(super) fn parse(
        element: &Element<'a>,
        quirks: &mut Vec<Quirk>,
    ) -> Result<Self, ParseError> {
        let (rest, oid) = tagged("extnID", Tag::ObjectIdentifier)(element.contents)?;
        let (rest, critical) = super::element::optional("critical", Tag::Boolean)(rest)?;
        let value = only_tagged(rest, "extnValue", Tag::OctetString)?;
        let flag = critical.map(|flag| flag.decode::<bool>("critical")).transpose()?;
        if let (Some(false), Some(element)) = (flag, critical) {
            quirks.push(Quirk { kind: QuirkKind::EncodedDefault, span: element.whole.span() });
        }
        Ok(Self {
            oid: oid.decode("extnID")?,
            critical: flag.unwrap_or(false),
            value: value.contents,
            span: element.whole.span(),
        })
    }

    fn known<T>(&self, value: T) -> Known<T> {
        Known { value, critical: self.critical, span: self.span }
    }
}

impl<'a> SubjectAltName<'a> {
    /// The TPM's manufacturer: `id:` and eight hexadecimal digits.
    #[must_use]
    pub fn tpm_manufacturer(&self) -> Option<&Attribute<'a>> {
        self.attribute(oid::TPM_MANUFACTURER)
    }

    /// The TPM's model.
    #[must_use]
    pub fn tpm_model(&self) -> Option<&Attribute<'a>> {
        self.attribute(oid::TPM_MODEL)
    }

    /// The TPM's firmware version: `id:` and hexadecimal digits.
    #[must_use]
    pub fn tpm_version(&self) -> Option<&Attribute<'a>> {
        self.attribute(oid::TPM_VERSION)
    }

    fn attribute(&self, dotted: &str) -> Option<&Attribute<'a>> {
        self.directory_names.iter().find_map(|name| name.attribute(dotted))
    }
}

fn basic_constraints(
    value: Input<'_>,
    quirks: &mut Vec<Quirk>,
) -> Result<BasicConstraints, ParseError> {
    let basic: pkix::BasicConstraints = decode(value, "basicConstraints")?;
    // The decoder accepts `cA FALSE` written out, and does not tell.
    let sequence = only(value, "basicConstraints")?;
    if !basic.ca
        && let Some(Ok(flag)) = sequence.members("cA").next()
        && flag.tag == Tag::Boolean
    {
        quirks.push(Quirk { kind: QuirkKind::EncodedDefault, span: flag.whole.span() });
    }
    Ok(BasicConstraints { ca: basic.ca, path_length_max: basic.path_len_constraint })
}

fn subject_alt_name<'a>(
    value: Input<'a>,
    quirks: &mut Vec<Quirk>,
) -> Result<SubjectAltName<'a>, ParseError> {
    let field = "subjectAltName";
    let mut directory_names = Vec::new();
    for name in only_tagged(value, field, Tag::Sequence)?.members(field) {
        let name = name?;
        if name.tag == context(4, true) {
            let name = only_tagged(name.contents, "directoryName", Tag::Sequence)?;
            directory_names.push(Name::parse(&name, "directoryName", quirks)?);
        }
    }
    Ok(SubjectAltName { directory_names })
}

fn tpm_specification(value: Input<'_>) -> Result<Option<TpmSpecification>, ParseError> {
    let field = "subjectDirectoryAttributes";
    for attribute in only_tagged(value, field, Tag::Sequence)?.members(field) {
        let (rest, oid) = tagged(field, Tag::ObjectIdentifier)(attribute?.contents)?;
        if oid.decode::<ObjectIdentifier>(field)? != TPM_SPECIFICATION {
            continue;
        }
        let field = "tpmSpecification";
        let values = only_tagged(rest, field, Tag::Set)?;
        let specification = only_tagged(values.contents, field, Tag::Sequence)?;
        let (rest, family) = tagged("family", Tag::Utf8String)(specification.contents)?;
        let (rest, level) = tagged("level", Tag::Integer)(rest)?;
        let revision = only(rest, "revision")?;
        return Ok(Some(TpmSpecification {
            family: family.decode("family")?,
            level: level.decode("level")?,
            revision: revision.decode("revision")?,
        }));
    }
    Ok(None)
}

fn ca_issuers_urls(value: Input<'_>) -> Result<Vec<String>, ParseError> {
    let access: pkix::AuthorityInfoAccessSyntax = decode(value, "authorityInfoAccess")?;
    let issuers = access.0.into_iter().filter(|access| access.access_method == AD_CA_ISSUERS);
    Ok(issuers.filter_map(|access| url(access.access_location)).collect())
}

fn crl_urls(value: Input<'_>) -> Result<Vec<String>, ParseError> {
    let points: pkix::CrlDistributionPoints = decode(value, "cRLDistributionPoints")?;
    let names = points.0.into_iter().filter_map(|point| match point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    Ok(names.flatten().filter_map(url).collect())
}

fn url(name: GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(url) => Some(url.as_str().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::x509::element::any;

    fn parse(der: &[u8]) -> (Extensions<'_>, Vec<QuirkKind>) {
        let (_, element) = any("extensions")(Input::new(der)).unwrap();
        let mut quirks = Vec::new();
        let extensions = Extensions::parse(&element, &mut quirks).unwrap();
        (extensions, quirks.iter().map(|quirk| quirk.kind).collect())
    }

    /// `basicConstraints`, not critical, with `contents` inside the OCTET STRING.
    fn basic(critical: &[u8], contents: &[u8]) -> Vec<u8> {
        let value = [&[4, contents.len() as u8], contents].concat();
        let body = [&[6, 3, 0x55, 0x1d, 0x13], critical, &value].concat();
        [&[0x30, body.len() as u8][..], &body].concat()
    }

    fn list(extensions: &[Vec<u8>]) -> Vec<u8> {
        let body = extensions.concat();
        [&[0x30, body.len() as u8][..], &body].concat()
    }

    #[test]
    fn defaults_that_are_written_out_are_quirks() {
        let der = list(&[basic(&[1, 1, 0], &[0x30, 3, 1, 1, 0])]);
        let (extensions, quirks) = parse(&der);
        assert_eq!(quirks, [QuirkKind::EncodedDefault; 2]);
        assert!(!extensions.basic_constraints.unwrap().value.ca);
        let der = list(&[basic(&[1, 1, 0xff], &[0x30, 3, 1, 1, 0xff])]);
        let (extensions, quirks) = parse(&der);
        assert_eq!(quirks, []);
        let known = extensions.basic_constraints.unwrap();
        assert!(known.value.ca && known.critical);
    }

    #[test]
    fn an_extension_that_occurs_twice_is_undecodable() {
        let ca = basic(&[], &[0x30, 3, 1, 1, 0xff]);
        let no_ca = basic(&[], &[0x30, 0]);
        let der = list(&[no_ca, ca]);
        let (extensions, _) = parse(&der);
        assert!(!extensions.basic_constraints.unwrap().value.ca);
        assert_eq!(extensions.undecodable.len(), 1);
    }

    #[test]
    fn a_malformed_value_leaves_the_others_readable() {
        let der = list(&[basic(&[], &[0x30, 1, 0xff])]);
        let (extensions, _) = parse(&der);
        assert!(extensions.basic_constraints.is_none());
        assert_eq!(extensions.undecodable[0].error.field, "basicConstraints");
    }

    #[test]
    fn a_malformed_value_that_only_informs_is_a_quirk_unless_critical() {
        let access = |critical: &[u8]| {
            let id = [6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 1];
            let body = [&id, critical, &[4, 1, 0xff]].concat();
            [&[0x30, body.len() as u8][..], &body].concat()
        };
        let der = list(&[access(&[])]);
        let (extensions, quirks) = parse(&der);
        assert_eq!(
            (extensions.undecodable.len(), quirks),
            (0, vec![QuirkKind::MalformedExtension])
        );
        let der = list(&[access(&[1, 1, 0xff])]);
        let (extensions, quirks) = parse(&der);
        assert_eq!((extensions.undecodable.len(), quirks), (1, vec![]));
        let der = list(&[access(&[]), access(&[])]);
        assert_eq!(parse(&der).0.undecodable.len(), 1);
    }

    #[test]
    fn critical_extensions_without_a_reader_are_listed() {
        let name_constraints = [0x30, 12, 6, 3, 0x55, 0x1d, 0x1e, 1, 1, 0xff, 4, 2, 0x30, 0];
        let der = list(&[name_constraints.to_vec(), basic(&[1, 1, 0xff], &[0x30, 0])]);
        let (extensions, _) = parse(&der);
        let unknown: Vec<_> = extensions.unknown_critical().map(|e| e.oid.to_string()).collect();
        assert_eq!(unknown, [oid::NAME_CONSTRAINTS]);
    }
}
