//! The search for a path: depth first, the likeliest issuer first.
//!
//! # What bounds it
//!
//! A path has at most [`CHAIN_DEPTH_MAX`] certificates and never the same name with the same key
//! twice. [`super::signatures`] bounds the signatures that are computed, and at most
//! [`CHAIN_STEPS_MAX`] certificates are tried as an issuer: remembered signatures cost nothing, and
//! a mesh of certificates that share keys could be walked for long without computing a new one.

use super::failure::{ChainFailure, FailureReason};
use super::issuer::{check_issuer, check_leaf};
use super::note::{KeyIdMatch, Note, key_id_match, notes_of};
use super::signatures::{Exhausted, Signatures};
use super::{ChainPolicy, Issuers, PathStep, Source, VerifiedChain};
use crate::formats::x509::Certificate;
use crate::limits::{CHAIN_DEPTH_MAX, CHAIN_STEPS_MAX, HOST_INTERMEDIATES_MAX};

/// A certificate on the path, with where it came from.
#[derive(Clone, Copy)]
struct Step<'c, 'a> {
    certificate: &'c Certificate<'a>,
    source: Source,
}

/// The attempt that got furthest so far.
struct Best {
    reason: FailureReason,
    path: Vec<PathStep>,
}

/// One search: what it works with, and what it learnt.
pub(super) struct Search<'c, 'a, 'p> {
    issuers: Issuers<'c, 'a>,
    now_unix_s: u64,
    policy: &'p ChainPolicy<'c>,
    signatures: Signatures<'c>,
    steps: usize,
    best: Option<Best>,
}

impl<'c, 'a, 'p> Search<'c, 'a, 'p> {
    pub(super) fn new(
        issuers: Issuers<'c, 'a>,
        now_unix_s: u64,
        policy: &'p ChainPolicy<'c>,
    ) -> Self {
        let signatures = Signatures::default();
        Self { issuers, now_unix_s, policy, signatures, steps: 0, best: None }
    }

    pub(super) fn run(
        mut self,
        leaf: &'c Certificate<'a>,
    ) -> Result<VerifiedChain, Box<ChainFailure>> {
        let mut path = vec![Step { certificate: leaf, source: Source::Leaf }];
        let found = match self.refusal(leaf) {
            Some(reason) => {
                self.fail(&path, reason);
                None
            }
            None => self.extend(&mut path).unwrap_or_else(|exhausted| {
                self.fail(&path, exhausted.into());
                None
            }),
        };
        match (found, &leaf.subject_key.key) {
            (Some(notes), Ok(key)) => Ok(VerifiedChain {
                path: path.iter().map(describe).collect(),
                notes,
                leaf_sha256: leaf.sha256(),
                leaf_key: key.clone(),
                signatures_checked: self.signatures.computed(),
            }),
            _ => Err(Box::new(self.failure(leaf))),
        }
    }

    /// What forbids to search at all.
    fn refusal(&self, leaf: &Certificate<'_>) -> Option<FailureReason> {
        let (found, limit) = (self.issuers.from_host.len(), HOST_INTERMEDIATES_MAX);
        if found > limit {
            return Some(FailureReason::TooManyHostIntermediates { found, limit });
        }
        let is_root = self.issuers.roots.iter().any(|root| {
            root.subject == leaf.subject && root.subject_key.raw == leaf.subject_key.raw
        });
        if is_root {
            return Some(FailureReason::LeafIsRoot);
        }
        check_leaf(leaf).err().map(FailureReason::UnfitLeaf)
    }

    /// Extends `path` to a root, if it can; returns the notes of the finished path. Calls itself
    /// at most [`CHAIN_DEPTH_MAX`] deep.
    fn extend(&mut self, path: &mut Vec<Step<'c, 'a>>) -> Result<Option<Vec<Note>>, Exhausted> {
        let Some(child) = path.last().copied() else {
            return Ok(None);
        };
        let candidates = self.candidates(child.certificate);
        if candidates.is_empty() {
            self.fail(path, missing_issuer(child.certificate));
            return Ok(None);
        }
        if path.len() == CHAIN_DEPTH_MAX {
            self.fail(path, FailureReason::TooDeep { limit: CHAIN_DEPTH_MAX });
            return Ok(None);
        }
        for candidate in candidates {
            if self.steps == CHAIN_STEPS_MAX {
                return Err(Exhausted::Steps);
            }
            self.steps = self.steps.saturating_add(1);
            if let Some(reason) = self.objection(path, child.certificate, candidate)? {
                self.fail(path, reason);
                continue;
            }
            path.push(candidate);
            let found = if candidate.source == Source::Root {
                self.judge(path)?
            } else {
                self.extend(path)?
            };
            if found.is_some() {
                return Ok(found);
            }
            path.pop();
        }
        Ok(None)
    }

    /// Certificates with the name of the issuer of `child`, the likeliest first.
    fn candidates(&self, child: &Certificate<'_>) -> Vec<Step<'c, 'a>> {
        let stores = [
            (Source::Root, self.issuers.roots),
            (Source::Intermediate, self.issuers.intermediates),
            (Source::Host, self.issuers.from_host),
        ];
        let mut found: Vec<Step<'c, 'a>> = Vec::new();
        for (source, store) in stores {
            for certificate in store.iter().filter(|issuer| issuer.subject == child.issuer) {
                // A second copy can only repeat what the first one did.
                if !found.iter().any(|step| step.certificate.der == certificate.der) {
                    found.push(Step { certificate, source });
                }
            }
        }
        found.sort_by_cached_key(|step| -> (KeyIdMatch, bool, Source) {
            // Among renewed certificates of one issuer the valid one spares a note.
            let validity = &step.certificate.validity;
            let outdated =
                validity.ended_before(self.now_unix_s) || validity.starts_after(self.now_unix_s);
            (key_id_match(child, step.certificate), outdated, step.source)
        });
        found
    }

    /// What speaks against `candidate` as the issuer of `child`, the last certificate of `path`.
    fn objection(
        &mut self,
        path: &[Step<'c, 'a>],
        child: &'c Certificate<'a>,
        candidate: Step<'c, 'a>,
    ) -> Result<Option<FailureReason>, Exhausted> {
        let issuer = candidate.certificate;
        let on_path = path.iter().any(|step| {
            step.certificate.subject == issuer.subject
                && step.certificate.subject_key.raw == issuer.subject_key.raw
        });
        if on_path {
            let reason = if child.is_self_issued() {
                FailureReason::UntrustedRoot
            } else {
                FailureReason::Loop
            };
            return Ok(Some(reason));
        }
        // RFC 5280, 6.1.4 (l): self-issued certificates do not count.
        let above_leaf = path.iter().skip(1);
        let below = above_leaf.filter(|step| !step.certificate.is_self_issued()).count();
        if let Err(flaw) = check_issuer(issuer, below, candidate.source == Source::Root) {
            return Ok(Some(FailureReason::UnfitIssuer { issuer: issuer.subject.text(), flaw }));
        }
        let verified = self.signatures.verify(&child.signed, &issuer.subject_key)?;
        Ok(verified.err().map(|error| FailureReason::Signature {
            issuer: issuer.subject.text(),
            error,
            span: child.signed.signature_span,
        }))
    }

    /// Judges a path that has reached a root: time, strength, revocation.
    fn judge(&mut self, path: &[Step<'c, 'a>]) -> Result<Option<Vec<Note>>, Exhausted> {
        let mut notes = Vec::new();
        for (index, step) in path.iter().enumerate() {
            let certificate = step.certificate;
            let issuer = path.get(index.saturating_add(1)).map(|step| step.certificate);
            let mut kinds = notes_of(certificate, issuer, self.now_unix_s);
            let revocation = self.policy.revocation;
            let status =
                revocation.status(certificate, issuer, self.now_unix_s, &mut self.signatures)?;
            if status.revoked {
                self.fail(path, FailureReason::Revoked { index });
                return Ok(None);
            }
            kinds.extend(status.notes);
            if let Some(what) = kinds.iter().find(|kind| kind.is_refused_by(self.policy)) {
                self.fail(path, FailureReason::Refused { index, what: what.clone() });
                return Ok(None);
            }
            notes.extend(kinds.into_iter().map(|kind| Note { index, kind }));
        }
        Ok(Some(notes))
    }

    /// Remembers how an attempt ended, when it got further than the others or tells more.
    fn fail(&mut self, path: &[Step<'c, 'a>], reason: FailureReason) {
        let weight =
            |reason: &FailureReason, depth: usize| (reason.ends_the_search(), depth, reason.rank());
        let better = self
            .best
            .as_ref()
            .is_none_or(|best| weight(&reason, path.len()) > weight(&best.reason, best.path.len()));
        if better {
            self.best = Some(Best { reason, path: path.iter().map(describe).collect() });
        }
    }

    fn failure(self, leaf: &Certificate<'_>) -> ChainFailure {
        let signatures_checked = self.signatures.computed();
        match self.best {
            Some(Best { reason, path }) => ChainFailure { reason, path, signatures_checked },
            // Every way to end without a path is recorded; this is for the type.
            None => {
                ChainFailure { reason: missing_issuer(leaf), path: Vec::new(), signatures_checked }
            }
        }
    }
}

fn missing_issuer(certificate: &Certificate<'_>) -> FailureReason {
    if certificate.is_self_issued() {
        return FailureReason::UntrustedRoot;
    }
    let id = certificate.extensions.authority_key_id.as_ref();
    FailureReason::MissingIssuer {
        issuer: certificate.issuer.text(),
        authority_key_id: id.map(|id| id.value.clone()),
    }
}

fn describe(step: &Step<'_, '_>) -> PathStep {
    PathStep {
        subject: step.certificate.subject_text(),
        serial: step.certificate.serial_text(),
        sha256: step.certificate.sha256(),
        span: step.certificate.span,
        source: step.source,
        quirks: step.certificate.quirks.clone(),
    }
}
