//! Revocation lists (RFC 5280, section 5).

use portcullis_wire::oid;

use super::authority::Authority;
use super::extension::{Extension, authority_key_id};
use crate::encode::der;
use crate::hash::HashAlg;

/// `keyCompromise` (RFC 5280, section 5.3.1).
pub(super) const REASON_KEY_COMPROMISE: u8 = 1;

/// A revoked certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revoked {
    /// Content of the serial number's `INTEGER`.
    pub serial: Vec<u8>,
    /// Since when.
    pub time_unix_s: u64,
    /// `CRLReason`.
    pub reason: u8,
}

impl Revoked {
    fn to_der(&self) -> Vec<u8> {
        let reason = Extension::plain(oid::CRL_REASON, der::enumerated(self.reason));
        der::sequence(&[
            der::integer_as_given(&self.serial),
            der::time(self.time_unix_s),
            der::sequence(&[reason.to_der()]),
        ])
    }
}

/// What a revocation list says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrlSpec {
    /// When it was made.
    pub this_update_unix_s: u64,
    /// When the next one is due.
    pub next_update_unix_s: u64,
    /// `cRLNumber`.
    pub number: u64,
    /// Whom it revokes.
    pub revoked: Vec<Revoked>,
    /// Number of the list that this one only adds to: a delta list.
    pub delta_base: Option<u64>,
    /// Hash of the signature.
    pub hash: HashAlg,
}

impl Authority {
    /// Signs a revocation list.
    #[must_use]
    pub fn issue_crl(&self, spec: &CrlSpec) -> Vec<u8> {
        let mut parts = vec![
            der::integer_u64(1),
            self.algorithm(spec.hash),
            self.name().to_der(),
            der::time(spec.this_update_unix_s),
            der::time(spec.next_update_unix_s),
        ];
        if !spec.revoked.is_empty() {
            let entries: Vec<Vec<u8>> = spec.revoked.iter().map(Revoked::to_der).collect();
            parts.push(der::sequence(&entries));
        }
        let number = Extension::plain(oid::CRL_NUMBER, der::integer_u64(spec.number));
        let mut extensions = vec![authority_key_id(&self.key_id()).to_der(), number.to_der()];
        if let Some(base) = spec.delta_base {
            let delta = Extension::critical(oid::DELTA_CRL_INDICATOR, der::integer_u64(base));
            extensions.push(delta.to_der());
        }
        parts.push(der::context(0, &der::sequence(&extensions)));
        self.sign(&der::sequence(&parts), spec.hash)
    }
}
