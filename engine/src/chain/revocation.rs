//! What the caller knows to be revoked.
//!
//! Two sources: a list of issuer and serial number, which an administrator writes and which is
//! taken as it stands; and CRLs (RFC 5280, section 5), which count once they verify under the
//! issuer of the certificate in question (6.3.3 (f), (g)). Both can only refuse. A certificate
//! without any list is not refused: vendors of TPMs publish lists rarely, and a verifier without
//! network has none.

use super::note::{CrlProblem, NoteKind};
use super::signatures::{Exhausted, Signatures};
use crate::formats::x509::Certificate;
use crate::formats::x509::crl::Crl;

/// Revoked certificates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Revocation<'c> {
    /// Certificates by issuer and serial number.
    pub certificates: &'c [RevokedCertificate<'c>],
    /// Revocation lists, not yet verified.
    pub lists: &'c [Crl<'c>],
}

/// A revoked certificate, named by what identifies it (RFC 5280, 4.1.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RevokedCertificate<'c> {
    /// The issuer's name in DER.
    pub issuer: &'c [u8],
    /// The serial number: contents of the INTEGER.
    pub serial: &'c [u8],
}

/// What revocation says about a certificate.
pub(super) struct Status {
    pub(super) revoked: bool,
    pub(super) notes: Vec<NoteKind>,
}

impl<'c> Revocation<'c> {
    /// Looks `certificate` up; `issuer` is its issuer on the path, `None` for the root.
    pub(super) fn status(
        &self,
        certificate: &Certificate<'_>,
        issuer: Option<&'c Certificate<'_>>,
        now_unix_s: u64,
        signatures: &mut Signatures<'c>,
    ) -> Result<Status, Exhausted> {
        let named = self.certificates.iter().any(|revoked| {
            revoked.issuer == certificate.issuer.raw && revoked.serial == certificate.serial
        });
        let mut status = Status { revoked: named, notes: Vec::new() };
        let Some(issuer) = issuer else {
            return Ok(status);
        };
        for list in self.lists.iter().filter(|list| list.issuer.raw == certificate.issuer.raw) {
            if let Some(problem) = problem(list, issuer, signatures)? {
                status.notes.push(NoteKind::UnusableCrl(problem));
                continue;
            }
            status.revoked |= list.entry(certificate.serial).is_some();
            if let Some(next_update_unix_s) = list.next_update_unix_s
                && next_update_unix_s < now_unix_s
            {
                status.notes.push(NoteKind::StaleCrl { next_update_unix_s });
            }
        }
        Ok(status)
    }
}

fn problem<'c>(
    list: &'c Crl<'_>,
    issuer: &'c Certificate<'_>,
    signatures: &mut Signatures<'c>,
) -> Result<Option<CrlProblem>, Exhausted> {
    if let Some(obstacle) = list.obstacle {
        return Ok(Some(CrlProblem::Obstacle(obstacle)));
    }
    if issuer.extensions.key_usage.as_ref().is_some_and(|usage| !usage.value.crl_sign()) {
        return Ok(Some(CrlProblem::IssuerMayNotSignLists));
    }
    let verified = signatures.verify(&list.signed, &issuer.subject_key)?;
    Ok(verified.is_err().then_some(CrlProblem::Signature))
}
