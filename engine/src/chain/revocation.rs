//! What the caller knows to be revoked.
//!
//! Two sources: a list of issuer and serial number, which an administrator writes and which is
//! taken as it stands; and CRLs (RFC 5280, section 5), which count once they verify under the
//! issuer of the certificate in question (6.3.3 (f), (g)). Both can only refuse, and what they
//! refuse is final: no tolerance overrules it. A certificate without any list is not refused:
//! vendors of TPMs publish lists rarely, and a verifier without network has none.
//!
//! What a list names is a certificate and not a key: when an authority was certified twice and one
//! of the two certificates is revoked, a path over the other one holds. A list that another key of
//! the same issuer signed is passed over with a note.

use super::note::{CrlProblem, NoteKind};
use super::signatures::{Exhausted, Signatures};
use crate::formats::x509::crl::{Crl, same_serial};
use crate::formats::x509::{Certificate, Name};

/// Revoked certificates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Revocation<'c> {
    /// Certificates by issuer and serial number.
    pub certificates: &'c [RevokedCertificate<'c>],
    /// Revocation lists, not yet verified.
    pub lists: &'c [Crl<'c>],
}

/// A revoked certificate, named by what identifies it (RFC 5280, 4.1.2.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevokedCertificate<'c> {
    /// The issuer's name.
    pub issuer: Name<'c>,
    /// The serial number: contents of the INTEGER; zero bytes at its start do not count.
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
            revoked.issuer == certificate.issuer && same_serial(revoked.serial, certificate.serial)
        });
        let mut status = Status { revoked: named, notes: Vec::new() };
        let Some(issuer) = issuer else {
            return Ok(status);
        };
        for list in self.lists.iter().filter(|list| list.issuer == certificate.issuer) {
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
