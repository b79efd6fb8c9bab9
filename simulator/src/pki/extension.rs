//! Certificate extensions (RFC 5280, section 4.2; TCG EK Credential Profile, section 3.2).

use portcullis_wire::oid;

use super::name::Name;
use crate::encode::der;

/// Bits of `KeyUsage` (RFC 5280, section 4.2.1.3).
pub(super) mod usage {
    pub const DIGITAL_SIGNATURE: u8 = 0;
    pub const KEY_ENCIPHERMENT: u8 = 2;
    pub const KEY_AGREEMENT: u8 = 4;
    pub const KEY_CERT_SIGN: u8 = 5;
    pub const CRL_SIGN: u8 = 6;
}

/// Policy identifier of the test vendors, from the arc for documentation.
const TEST_POLICY: &str = "2.999.1";
/// Qualifier that points to a certification practice statement (RFC 5280, section 4.2.1.4).
const QUALIFIER_CPS: &str = "1.3.6.1.5.5.7.2.1";

/// How an extension says whether it must be understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Criticality {
    /// It must.
    Critical,
    /// It need not; the field is left out, as DER demands.
    NonCritical,
    /// It need not, and says so, as DER forbids and Intel does.
    WrittenOut,
}

/// An extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// Type in dotted text.
    pub oid: &'static str,
    /// Whether it must be understood.
    pub criticality: Criticality,
    /// DER of the value.
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension that must be understood.
    #[must_use]
    pub const fn critical(oid: &'static str, value: Vec<u8>) -> Self {
        Self { oid, criticality: Criticality::Critical, value }
    }

    /// An extension that need not be understood.
    #[must_use]
    pub const fn plain(oid: &'static str, value: Vec<u8>) -> Self {
        Self { oid, criticality: Criticality::NonCritical, value }
    }

    /// `Extension`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let critical = match self.criticality {
            Criticality::Critical => der::boolean(true),
            Criticality::NonCritical => Vec::new(),
            Criticality::WrittenOut => der::explicit_false(),
        };
        der::sequence(&[der::oid(self.oid), critical, der::octet_string(&self.value)])
    }
}

pub(super) fn authority_key_id(key_id: &[u8]) -> Extension {
    let value = der::sequence(&[der::context_primitive(0, key_id)]);
    Extension::plain(oid::AUTHORITY_KEY_IDENTIFIER, value)
}

pub(super) fn subject_key_id(key_id: &[u8]) -> Extension {
    Extension::plain(oid::SUBJECT_KEY_IDENTIFIER, der::octet_string(key_id))
}

pub(super) fn key_usage(bits: &[u8]) -> Extension {
    Extension::critical(oid::KEY_USAGE, der::named_bits(bits))
}

pub(super) fn extended_key_usage(purposes: &[&str]) -> Extension {
    let purposes: Vec<Vec<u8>> = purposes.iter().map(|purpose| der::oid(purpose)).collect();
    Extension::plain(oid::EXTENDED_KEY_USAGE, der::sequence(&purposes))
}

/// Of a certification authority.
pub(super) fn authority(path_length_max: Option<u64>) -> Extension {
    let length = path_length_max.map(der::integer_u64).unwrap_or_default();
    let value = der::sequence(&[der::boolean(true), length]);
    Extension::critical(oid::BASIC_CONSTRAINTS, value)
}

/// Of everything else.
pub(super) fn end_entity() -> Extension {
    Extension::critical(oid::BASIC_CONSTRAINTS, der::sequence(&[]))
}

/// Of everything else, with the default written out.
pub(super) fn end_entity_written_out() -> Extension {
    let value = der::sequence(&[der::explicit_false()]);
    Extension::critical(oid::BASIC_CONSTRAINTS, value)
}

/// A directory name.
pub(super) fn subject_alt_name(name: &Name, criticality: Criticality) -> Extension {
    let value = der::sequence(&[der::context(4, &name.to_der())]);
    Extension { oid: oid::SUBJECT_ALT_NAME, criticality, value }
}

/// Where the issuer's certificate is.
pub(super) fn authority_info_access(uri: &str) -> Extension {
    let location = der::context_primitive(6, uri.as_bytes());
    let access = der::sequence(&[der::oid(oid::AD_CA_ISSUERS), location]);
    Extension::plain(oid::AUTHORITY_INFO_ACCESS, der::sequence(&[access]))
}

/// Where the issuer's revocation list is.
pub(super) fn crl_distribution_point(uri: &str) -> Extension {
    let name = der::context(0, &der::context_primitive(6, uri.as_bytes()));
    let point = der::sequence(&[der::context(0, &name)]);
    Extension::plain(oid::CRL_DISTRIBUTION_POINTS, der::sequence(&[point]))
}

pub(super) fn certificate_policies(cps_uri: &str) -> Extension {
    let qualifier = der::sequence(&[der::oid(QUALIFIER_CPS), der::ia5_string(cps_uri)]);
    let policy = der::sequence(&[der::oid(TEST_POLICY), der::sequence(&[qualifier])]);
    Extension::plain(oid::CERTIFICATE_POLICIES, der::sequence(&[policy]))
}

/// Family, level and revision of the TPM specification.
pub(super) fn tpm_specification(family: &str, level: u64, revision: u64) -> Extension {
    let specification = der::sequence(&[
        der::utf8_string(family),
        der::integer_u64(level),
        der::integer_u64(revision),
    ]);
    let attribute = der::sequence(&[der::oid(oid::TPM_SPECIFICATION), der::set(&[specification])]);
    Extension::plain(oid::SUBJECT_DIRECTORY_ATTRIBUTES, der::sequence(&[attribute]))
}
