//! Exact registers, and what changed in one that differs.
//!
//! The register's value decides. The events only explain: they are paired by what they seem to
//! be, and their descriptions are not measured.

use std::collections::BTreeMap;

use portcullis_wire::event::EventType;

use super::compare::HostMeasurements;
use super::{Baseline, EventKind, EventReference};
use crate::crypto::Digest;
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::body::{self, Body};
use crate::replay::MeasuredEvent;

/// The register that levels below `strict` compare event by event.
const SECURE_BOOT_PCR: u8 = 7;

/// Compares the registers. `explained` holds what the other levels found: a register that they
/// explain is not explained again.
pub(super) fn compare(
    baseline: &Baseline,
    host: &HostMeasurements<'_, '_>,
    explained: &[Finding],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (&pcr, expected) in &baseline.pcrs {
        let found = host.registers.get(usize::from(pcr)).copied().flatten();
        if found.as_ref() == Some(expected) {
            continue;
        }
        let subject = Subject::Pcr(baseline.bank, pcr);
        let finding =
            Finding::new(FindingCode::PcrDiffersFromBaseline, subject).expected(*expected);
        findings.push(match found {
            Some(found) => finding.found(found),
            None => finding.found("not quoted"),
        });
        if found.is_some() && (pcr != SECURE_BOOT_PCR || explained.is_empty()) {
            let changes = changed_events(baseline, host, pcr);
            findings.extend(changes.into_iter().filter(|change| {
                // The allow-list names images already, by the same event.
                !explained
                    .iter()
                    .any(|known| known.code == change.code && known.subject == change.subject)
            }));
        }
    }
    findings
}

/// The kinds of things in one register that differ, one finding for each changed thing.
fn changed_events(baseline: &Baseline, host: &HostMeasurements<'_, '_>, pcr: u8) -> Vec<Finding> {
    let measured: Vec<&MeasuredEvent<'_>> = host.events.of_pcr(pcr).collect();
    let expected: Vec<&EventReference> =
        baseline.events.iter().filter(|event| event.pcr == pcr).collect();
    let mut gone = surplus(
        expected.iter().copied(),
        |event| event.digest,
        measured.iter().map(|event| event.digest),
    );
    let new = surplus(
        measured.iter().copied(),
        |event| event.digest,
        expected.iter().map(|event| event.digest),
    );
    let mut findings: Vec<Finding> = new
        .into_iter()
        .map(|event| {
            let reference = event_reference(event);
            let index = event.event.index;
            let finding =
                Finding::new(code_of(reference.kind), Subject::Event { index, pcr: pcr.into() })
                    .found(reference.description.as_str())
                    .at(Place::in_event(index, event.event.span));
            // The first expected event of the same kind is what it replaces.
            let Some(position) = gone.iter().position(|old| old.kind == reference.kind) else {
                return finding.expected("not measured");
            };
            let old = gone.remove(position);
            if old.description != reference.description {
                return finding.expected(old.description.as_str());
            }
            // The same thing with other contents: only the digests tell them apart.
            let with_digest = |event: &EventReference| {
                format!("{} with digest {}", event.description, event.digest)
            };
            finding.expected(with_digest(old)).found(with_digest(&reference))
        })
        .collect();
    findings.extend(gone.into_iter().map(|old| {
        let code = match old.kind {
            EventKind::BootImage => FindingCode::BootImageMissing,
            kind => code_of(kind),
        };
        Finding::new(code, Subject::Pcr(baseline.bank, pcr))
            .expected(old.description.as_str())
            .found("not measured")
    }));
    findings
}

/// The items whose digest occurs more often among them than among `others`, in their order.
fn surplus<T: Copy>(
    items: impl Iterator<Item = T>,
    digest: impl Fn(T) -> Digest,
    others: impl Iterator<Item = Digest>,
) -> Vec<T> {
    let mut left: BTreeMap<Digest, usize> = BTreeMap::new();
    for other in others {
        let count = left.entry(other).or_default();
        *count = count.saturating_add(1);
    }
    items
        .filter(|item| match left.get_mut(&digest(*item)) {
            Some(count) if *count > 0 => {
                *count = count.saturating_sub(1);
                false
            }
            _ => true,
        })
        .collect()
}

const fn code_of(kind: EventKind) -> FindingCode {
    match kind {
        EventKind::KernelCommandLine => FindingCode::KernelCommandLineChanged,
        EventKind::BootVariable => FindingCode::BootVariableChanged,
        EventKind::BootAction => FindingCode::BootActionChanged,
        EventKind::BootImage => FindingCode::BootImageNotAllowed,
        EventKind::BootFile => FindingCode::BootFileChanged,
        EventKind::Other => FindingCode::MeasurementChanged,
    }
}

/// A measured event as a reference for later comparisons.
pub(super) fn event_reference(event: &MeasuredEvent<'_>) -> EventReference {
    let body = body::decode(&event.event);
    EventReference {
        pcr: event.pcr(),
        digest: event.digest,
        kind: kind_of(event, &body),
        description: format!("{} {}", event.event.untrusted_type, body.summary()),
    }
}

fn kind_of(event: &MeasuredEvent<'_>, body: &Body<'_>) -> EventKind {
    let summary = body.summary();
    match (event.pcr(), event.event.untrusted_type) {
        (1 | 5, EventType::EFI_VARIABLE_BOOT | EventType::EFI_VARIABLE_BOOT2) => {
            EventKind::BootVariable
        }
        (4 | 5, EventType::EFI_ACTION | EventType::ACTION) => EventKind::BootAction,
        (4, EventType::EFI_BOOT_SERVICES_APPLICATION) => EventKind::BootImage,
        (8 | 12, _) if summary.contains("kernel_cmdline") => EventKind::KernelCommandLine,
        (9, EventType::EVENT_TAG) if summary.contains("LoadOptions") => {
            EventKind::KernelCommandLine
        }
        (9, EventType::IPL) => EventKind::BootFile,
        _ => EventKind::Other,
    }
}
