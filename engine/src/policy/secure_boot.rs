//! The policies that PCR 7 answers: `Hgs_SecureBootEnabled`, and the firmware's part of
//! `Hgs_UefiDebugDisabled`.

use portcullis_wire::event::action;

use crate::baseline::HostMeasurements;
use crate::claims::{SecureBootDefect, SecureBootState};
use crate::finding::{Finding, FindingCode, Place, Subject};

/// Secure Boot was measured as on, and PCR 7 keeps to the rules.
pub(super) fn enabled(host: &HostMeasurements<'_, '_>) -> Vec<Finding> {
    let claims = &host.claims.secure_boot;
    let subject = Subject::Variable("SecureBoot".into());
    let place = claims
        .variables
        .iter()
        .find(|variable| variable.name == "SecureBoot")
        .map(|variable| variable.place);
    let mut findings = Vec::new();
    let state = match claims.state {
        SecureBootState::On => None,
        SecureBootState::Off => Some((FindingCode::SecureBootOff, "00")),
        SecureBootState::Unknown => Some((FindingCode::SecureBootUnknown, "not measured")),
    };
    if let Some((code, found)) = state {
        let mut finding = Finding::new(code, subject).expected("01").found(found);
        finding.because.extend(place);
        findings.push(finding);
    }
    findings.extend(claims.defects.iter().map(|defect| describe(defect, host)));
    findings
}

fn describe(defect: &SecureBootDefect, host: &HostMeasurements<'_, '_>) -> Finding {
    let pcr = Subject::Pcr(host.events.bank(), 7);
    let invalid = FindingCode::SecureBootEventsInvalid;
    let at_event = |code, place: &Place, found: &str| {
        let subject = Subject::Event { index: place.event.unwrap_or_default(), pcr: 7 };
        Finding::new(code, subject).found(found).at(*place)
    };
    match defect {
        SecureBootDefect::Unbound(place) => {
            at_event(FindingCode::EventUnbound, place, "data that its digest does not cover")
        }
        SecureBootDefect::Unknown(place) => {
            at_event(invalid, place, "neither a variable, an action nor a separator")
        }
        SecureBootDefect::ForeignAuthority(place) => {
            at_event(invalid, place, "an authority that is not in `db`")
        }
        SecureBootDefect::Duplicate(name, place) => {
            at_event(invalid, place, &format!("variable `{name}` for the second time"))
        }
        SecureBootDefect::Late(name, place) => {
            at_event(invalid, place, &format!("variable `{name}` behind the separator"))
        }
        SecureBootDefect::Separators(count) => Finding::new(invalid, pcr)
            .expected("one separator")
            .found(format!("{count} separators")),
        SecureBootDefect::ErrorSeparator(place) => {
            at_event(invalid, place, "the separator of a firmware that failed")
        }
        SecureBootDefect::NoAuthority => Finding::new(invalid, pcr)
            .expected("an authority, because Secure Boot is on")
            .found("none measured"),
        SecureBootDefect::EmptyVariable(name) => {
            Finding::new(invalid, Subject::Variable((*name).to_owned()))
                .expected("keys, because Secure Boot is on")
                .found("empty or not measured")
        }
    }
}

/// What the firmware says of its own state, which no policy asks for.
pub(super) fn remarks<'h>(
    host: &'h HostMeasurements<'_, '_>,
) -> impl Iterator<Item = Finding> + 'h {
    let remark = |text: &[u8]| {
        let known = |known: &[u8]| text.starts_with(known);
        [
            (action::DMA_PROTECTION_DISABLED, FindingCode::DmaProtectionDisabled),
            (action::SECURITY_LEVEL_DOWNGRADED, FindingCode::SecurityLevelDowngraded),
        ]
        .into_iter()
        .find_map(|(action, code)| known(action).then_some(code))
    };
    host.claims.secure_boot.actions.iter().filter_map(move |(text, _, place)| {
        let subject = Subject::Event { index: place.event.unwrap_or_default(), pcr: 7 };
        let finding = Finding::new(remark(text)?, subject);
        Some(finding.found(text.escape_ascii().to_string()).at(*place))
    })
}

/// The firmware says that a debugger is attached to it.
pub(super) fn firmware_debugger(host: &HostMeasurements<'_, '_>) -> Vec<Finding> {
    let claims = &host.claims.secure_boot;
    claims
        .actions
        .iter()
        .filter(|(text, _, _)| text.starts_with(action::UEFI_DEBUG_MODE))
        .map(|(_, _, place)| {
            let subject = Subject::Event { index: place.event.unwrap_or_default(), pcr: 7 };
            Finding::new(FindingCode::UefiDebugMode, subject).at(*place)
        })
        .collect()
}
