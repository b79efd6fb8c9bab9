//! A host held against a baseline. No difference means a match; there is no other way to match.

use super::derive::references_of;
use super::{Baseline, BaselineLevel, SecureBootKind, SecureBootReference, strict};
use crate::claims::{ClaimSet, SignatureId};
use crate::crypto::{Digest, HashAlg};
use crate::finding::{Difference, Fact, Finding, FindingCode, Place, Subject};
use crate::replay::MeasuredEvents;
use crate::wire::SipaType;

/// What a baseline is compared with.
pub struct HostMeasurements<'m, 'a> {
    /// The events that the registers vouch for.
    pub events: &'m MeasuredEvents<'a>,
    /// The claims drawn from them.
    pub claims: &'m ClaimSet,
    /// Value of each register of the chosen bank, where it is known for certain.
    pub registers: [Option<Digest>; 24],
}

/// Compares a host with a baseline and returns every difference as a finding.
#[must_use]
pub fn compare(baseline: &Baseline, host: &HostMeasurements<'_, '_>) -> Vec<Finding> {
    let bank = host.events.bank();
    if baseline.bank != bank {
        let finding = Finding::new(
            FindingCode::BaselineBankDiffers,
            Subject::Baseline(baseline.name.clone()),
        );
        return vec![finding.expected(bank.to_string()).found(baseline.bank.to_string())];
    }
    let mut findings = secure_boot(baseline, host);
    if baseline.level >= BaselineLevel::BootChain {
        findings.extend(images(baseline, host));
    }
    if baseline.level >= BaselineLevel::Strict {
        let registers = strict::compare(baseline, host, &findings);
        findings.extend(registers);
    }
    findings.into_iter().map(|finding| finding.by_rule(&baseline.name)).collect()
}

fn secure_boot(baseline: &Baseline, host: &HostMeasurements<'_, '_>) -> Vec<Finding> {
    let measured = references_of(host.claims);
    let places = places_of(host.claims);
    let mut findings = Vec::new();
    for (reference, place) in measured.iter().zip(places) {
        if !baseline.secure_boot.iter().any(|known| same(known, reference)) {
            findings.push(unknown_to_baseline(baseline, reference, place));
        }
    }
    for known in baseline.secure_boot.iter().filter(|known| known.required) {
        if !is_there(known, &measured) {
            findings.push(missing_on_host(known, baseline.bank));
        }
    }
    findings
}

/// True when a host measured what is known, or another value of it: a variable with another value
/// is reported as changed, not as missing.
pub(super) fn is_there(known: &SecureBootReference, measured: &[SecureBootReference]) -> bool {
    measured.iter().any(|reference| match known.kind {
        SecureBootKind::Variable | SecureBootKind::ConfigurationPolicy => {
            known.kind == reference.kind && known.label == reference.label
        }
        _ => same(known, reference),
    })
}

pub(super) fn same(a: &SecureBootReference, b: &SecureBootReference) -> bool {
    a.kind == b.kind && a.label == b.label && a.digest == b.digest
}

/// The places of [`references_of`], in the same order.
fn places_of(claims: &ClaimSet) -> Vec<Place> {
    let policy = claims.windows.secure_boot_policy.value();
    let policy = policy.and_then(|_| claims.windows.secure_boot_policy.places().first().copied());
    let claims = &claims.secure_boot;
    let variables = claims.variables.iter().map(|variable| variable.place);
    let authorities = claims.authorities.iter().map(|authority| authority.place);
    let actions = claims.actions.iter().map(|(_, _, place)| *place);
    variables.chain(authorities).chain(actions).chain(policy).collect()
}

fn unknown_to_baseline(
    baseline: &Baseline,
    reference: &SecureBootReference,
    place: Place,
) -> Finding {
    let subject = Subject::Variable(reference.label.clone());
    let expected = baseline
        .secure_boot
        .iter()
        .find(|known| known.kind == reference.kind && known.label == reference.label);
    let finding = match (reference.kind, expected) {
        (SecureBootKind::Variable, Some(known)) => variable_changed(known, reference),
        (SecureBootKind::Variable, None) => {
            Finding::new(FindingCode::SecureBootVariableChanged, subject)
                .expected("not measured")
                .found(reference.digest)
        }
        (SecureBootKind::Authority, _) => Finding::new(FindingCode::LaunchAuthorityAdded, subject)
            .found(authority_fact(reference)),
        (SecureBootKind::ConfigurationPolicy, known) => {
            let subject = Subject::Measurement(SipaType::SBCP_INFO);
            let finding = Finding::new(FindingCode::SecureBootPolicyChanged, subject);
            let finding = match known {
                Some(known) => finding.expected(known.digest),
                None => finding.expected("not measured"),
            };
            finding.found(reference.digest)
        }
        (SecureBootKind::Action, _) => Finding::new(FindingCode::FirmwareActionChanged, subject)
            .expected("not measured")
            .found(reference.label.as_str()),
    };
    finding.at(place)
}

fn variable_changed(known: &SecureBootReference, found: &SecureBootReference) -> Finding {
    let subject = Subject::Variable(found.label.clone());
    let added = only_in(&found.entries, &known.entries);
    let removed = only_in(&known.entries, &found.entries);
    let code = match found.label.as_str() {
        // Losing a revocation is the alarm, whatever was gained beside it.
        "dbx" if !removed.is_empty() => FindingCode::DbxEntriesRemoved,
        "dbx" if !added.is_empty() => FindingCode::DbxEntriesAdded,
        _ => FindingCode::SecureBootVariableChanged,
    };
    if added.is_empty() && removed.is_empty() {
        return Finding::new(code, subject).expected(known.digest).found(found.digest);
    }
    Finding::new(code, subject)
        .expected(entries_count(known.entries.len()))
        .found(entries_count(found.entries.len()))
        .differing(Difference { added, removed })
}

fn entries_count(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn only_in(a: &[SignatureId], b: &[SignatureId]) -> Vec<SignatureId> {
    // A dbx holds some hundred entries and a comparison happens once per mismatch: sort once.
    let mut sorted = b.to_vec();
    sorted.sort_unstable();
    a.iter().filter(|entry| sorted.binary_search(entry).is_err()).copied().collect()
}

fn missing_on_host(known: &SecureBootReference, bank: HashAlg) -> Finding {
    let (code, subject) = match known.kind {
        SecureBootKind::Variable => {
            (FindingCode::SecureBootVariableMissing, Subject::Variable(known.label.clone()))
        }
        SecureBootKind::Authority => {
            (FindingCode::LaunchAuthorityMissing, Subject::Variable(known.label.clone()))
        }
        SecureBootKind::Action => (FindingCode::FirmwareActionChanged, Subject::Pcr(bank, 7)),
        SecureBootKind::ConfigurationPolicy => {
            (FindingCode::SecureBootPolicyChanged, Subject::Measurement(SipaType::SBCP_INFO))
        }
    };
    Finding::new(code, subject).expected(authority_fact(known)).found("not measured")
}

fn authority_fact(reference: &SecureBootReference) -> Fact {
    match (&reference.data_sha256, reference.kind) {
        (Some(digest), SecureBootKind::Authority) => Fact::Digest(*digest),
        (_, SecureBootKind::Action) => Fact::Text(reference.label.clone()),
        _ => Fact::Digest(reference.digest),
    }
}

fn images(baseline: &Baseline, host: &HostMeasurements<'_, '_>) -> Vec<Finding> {
    let images = &host.claims.boot_chain.images;
    if images.is_empty() {
        let subject = Subject::Pcr(baseline.bank, 4);
        return vec![Finding::new(FindingCode::BootImagesMissing, subject)];
    }
    images
        .iter()
        .filter(|image| !baseline.images.iter().any(|known| known.digest == image.digest))
        .map(|image| {
            let index = image.place.event.unwrap_or_default();
            Finding::new(FindingCode::BootImageNotAllowed, Subject::Event { index, pcr: 4 })
                .expected(format!("an image of the baseline; {} in all", baseline.images.len()))
                .found(format!("{} {}", image.digest, image.untrusted_description))
                .at(image.place)
        })
        .collect()
}
