//! The policies that Windows' own measurements answer (PCR 11 to 14).
//!
//! Source: Microsoft, "Manage the Host Guardian Service" for names and purposes; which
//! measurement answers each policy is not published and is inferred from the element's meaning.
//! An absent or contradictory measurement satisfies nothing.

use std::fmt;

use super::evaluate::{Answer, Outcome};
use super::{PolicyName, PolicySet, PolicyState, RegisteredBaseline};
use crate::baseline::{BaselineLevel, HostMeasurements};
use crate::claims::{Claim, ModuleClaim, WindowsClaims};
use crate::finding::{Finding, FindingCode, Subject};
use crate::host::PolicyVersion;
use crate::wire::SipaType;
use crate::wire::sipa::TransferControl;

/// Why nothing that Windows seems to say can be believed; empty when it can.
pub(super) fn doubts(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: &HostMeasurements<'_, '_>,
    now_unix_s: u64,
) -> Vec<Finding> {
    let claims = &host.claims.windows;
    if !claims.present {
        return vec![Finding::new(FindingCode::WindowsNotMeasured, Subject::Host)];
    }
    let bank = host.events.bank();
    let mut findings: Vec<Finding> = claims
        .defects
        .iter()
        .map(|defect| {
            let place = defect.place();
            let event = place.and_then(|place| place.event);
            let subject = match event {
                Some(index) => Subject::Event { index, pcr: pcr_of(host, index) },
                None => Subject::Bank(bank),
            };
            let mut finding = Finding::new(FindingCode::WindowsEventsInvalid, subject);
            finding.because.extend(place);
            finding.found(defect.to_string())
        })
        .collect();
    findings.extend(claims.behind_separator.iter().map(|place| {
        let index = place.event.unwrap_or_default();
        let subject = Subject::Event { index, pcr: pcr_of(host, index) };
        Finding::new(FindingCode::EventsBehindSeparator, subject).at(*place)
    }));
    findings.extend(not_vouched(set, version, host, now_unix_s));
    findings
}

fn pcr_of(host: &HostMeasurements<'_, '_>, index: usize) -> u32 {
    let event = host.events.iter().find(|event| event.event.index == index);
    event.map_or(0, |event| event.event.pcr)
}

/// Windows' registers are empty when the first boot application starts. So a Windows authority
/// must have approved something, and every loader must be either Windows' own (nothing else was
/// approved) or on the allow-list of a baseline.
fn not_vouched(
    set: &PolicySet<'_>,
    version: PolicyVersion,
    host: &HostMeasurements<'_, '_>,
    now_unix_s: u64,
) -> Option<Finding> {
    let is_windows =
        |sha256: &[u8]| set.windows_authorities.iter().any(|known| known.as_slice() == sha256);
    let authorities = &host.claims.secure_boot.authorities;
    let (windows, foreign): (Vec<_>, Vec<_>) = authorities.iter().partition(|authority| {
        authority.variable == "db" && is_windows(authority.data_sha256.as_bytes())
    });
    let finding = Finding::new(FindingCode::WindowsNotVouched, Subject::Pcr(host.events.bank(), 7));
    if windows.is_empty() {
        return Some(finding.expected("an authority of Windows").found("none in PCR 7"));
    }
    let first = foreign.first()?;
    let listing = |registered: &&RegisteredBaseline| {
        registered.version == version && registered.reference.level >= BaselineLevel::BootChain
    };
    let baselines: Vec<_> = set
        .baselines
        .iter()
        .filter(listing)
        .map(|registered| registered.at(now_unix_s, host))
        .collect();
    let listed = |digest| {
        baselines.iter().any(|baseline| baseline.images.iter().any(|image| image.digest == digest))
    };
    let images = &host.claims.boot_chain.images;
    if !images.is_empty() && images.iter().all(|image| listed(image.digest)) {
        return None;
    }
    let found = format!("`{}` approved an image, too", first.variable);
    Some(finding.expected("Windows' authorities alone").found(found).at(first.place))
}

/// Answers one of the policies. `None` for a policy that something else answers.
pub(super) fn answer(
    set: &PolicySet<'_>,
    policy: PolicyName,
    claims: &WindowsClaims,
) -> Option<Answer> {
    use FindingCode as C;
    use PolicyName as P;
    let element = match policy {
        P::HypervisorEnforcedCiPolicy => hypervisor_enforced_ci(claims),
        P::FullBoot => full_boot(claims),
        P::VsmIdkPresent => vsm_identity_key(claims),
        P::PageFileEncryptionEnabled => expect(
            &claims.page_file_encryption,
            &true,
            C::PageFileNotEncrypted,
            SipaType::PAGEFILE_ENCRYPTION_ENABLED,
        ),
        P::BitLockerEnabled => bitlocker(claims),
        P::IommuEnabled => {
            expect(&claims.iommu_required, &true, C::IommuNotRequired, SipaType::VBS_IOMMU_REQUIRED)
        }
        P::NoHibernation => expect(
            &claims.hibernation_disabled,
            &true,
            C::HibernationEnabled,
            SipaType::HIBERNATION_DISABLED,
        ),
        P::NoDumps => {
            expect(&claims.dumps_disabled, &true, C::DumpsEnabled, SipaType::DUMPS_DISABLED)
        }
        P::DumpEncryption => dump_encryption(claims),
        P::DumpEncryptionKey => return Some(dump_key(set, claims)),
        P::SecureBootEnabled | P::UefiDebugDisabled | P::SecureBootSettings | P::CiPolicy => {
            return None;
        }
    };
    Some(Answer::of(element.into_iter().collect()))
}

/// The debuggers that Windows reports; the firmware's own stands in PCR 7.
pub(super) fn debuggers(claims: &WindowsClaims) -> Vec<Finding> {
    let mut findings: Vec<Finding> = [
        (&claims.boot_debugging, FindingCode::BootDebuggingOn, SipaType::BOOTDEBUGGING),
        (&claims.kernel_debugging, FindingCode::KernelDebuggingOn, SipaType::OSKERNELDEBUG),
    ]
    .into_iter()
    .filter_map(|(claim, code, kind)| expect(claim, &false, code, kind))
    .collect();
    // A hypervisor that was not started has no debugger and measures none.
    if !claims.hypervisor_launch.is(&0) {
        let code = FindingCode::HypervisorDebuggingOn;
        let kind = SipaType::HYPERVISOR_DEBUG;
        findings.extend(expect(&claims.hypervisor_debugging, &false, code, kind));
    }
    findings
}

/// What no policy asks for, but an administrator wants to know.
pub(super) fn remarks(claims: &WindowsClaims, reset_count: Option<u32>) -> Vec<Finding> {
    let on = |claim: &Claim<bool>| claim.places().is_empty() || claim.is(&false);
    let mut findings: Vec<Finding> = [
        (&claims.test_signing, FindingCode::TestSigningOn, SipaType::TESTSIGNING),
        (&claims.flight_signing, FindingCode::FlightSigningOn, SipaType::FLIGHTSIGNING),
        (&claims.safe_mode, FindingCode::SafeModeOn, SipaType::SAFEMODE),
        (&claims.windows_pe, FindingCode::WindowsPeRunning, SipaType::WINPE),
    ]
    .into_iter()
    .filter(|(claim, _, _)| !on(claim))
    .filter_map(|(claim, code, kind)| expect(claim, &false, code, kind))
    .collect();
    findings.extend(not_validated(&claims.software.modules));
    if let (Some(resets), Claim::Consistently { value, places }) =
        (reset_count, &claims.boot_counter)
        && u64::from(resets) != *value
    {
        let subject = Subject::Measurement(SipaType::BOOTCOUNTER);
        let mut finding = Finding::new(FindingCode::BootCounterMismatch, subject);
        finding.because.clone_from(places);
        findings.push(finding.expected(u64::from(resets)).found(*value));
    }
    findings
}

/// Images that the loader took although their signatures are not valid.
fn not_validated(modules: &[ModuleClaim]) -> Option<Finding> {
    let refused = || modules.iter().filter(|module| module.validated == Some(false));
    let first = refused().next()?;
    let subject = Subject::Measurement(SipaType::IMAGEVALIDATED);
    let mut finding = Finding::new(FindingCode::ModuleNotValidated, subject);
    finding.because = refused().map(|module| module.place).collect();
    let count = finding.because.len();
    Some(finding.found(format!("{count} images, the first is `{}`", first.path)))
}

fn hypervisor_enforced_ci(claims: &WindowsClaims) -> Option<Finding> {
    let code = FindingCode::HypervisorEnforcedCiOff;
    expect(&claims.hypervisor_enforced_ci, &1, code, SipaType::VBS_HVCI_POLICY).or_else(|| {
        // Without virtual secure mode there is nobody to enforce it.
        let started = claims.vsm_launch.value().is_some_and(|launch| *launch != 0);
        (!started).then(|| differs(&claims.vsm_launch, "not 0", code, SipaType::VSM_LAUNCH_TYPE))
    })
}

fn full_boot(claims: &WindowsClaims) -> Option<Finding> {
    let loader = u64::from(TransferControl::OSLOADER.0);
    let code = FindingCode::NotFullBoot;
    expect(&claims.first_transfer, &loader, code, SipaType::TRANSFER_CONTROL)
}

fn vsm_identity_key(claims: &WindowsClaims) -> Option<Finding> {
    let launch = &claims.vsm_launch;
    if launch.value().is_none_or(|launch| *launch == 0) {
        let kind = SipaType::VSM_LAUNCH_TYPE;
        return Some(differs(launch, "not 0", FindingCode::VsmNotRunning, kind));
    }
    if claims.vsm_identity_key.value().is_some() {
        return None;
    }
    let subject = Subject::Measurement(SipaType::VSM_IDK_INFO);
    let mut finding = Finding::new(FindingCode::VsmIdentityKeyMissing, subject);
    finding.because = claims.vsm_identity_key.places();
    let found = if finding.because.is_empty() { "not measured" } else { "several keys" };
    Some(finding.expected("one key").found(found))
}

/// The boot manager unlocks the volume that it starts from, the loader may find it unlocked: one
/// of them must say so.
fn bitlocker(claims: &WindowsClaims) -> Option<Finding> {
    if claims.bitlocker_unlocks.iter().any(|(flags, _)| *flags != 0) {
        return None;
    }
    let subject = Subject::Measurement(SipaType::BITLOCKER_UNLOCK);
    let mut finding = Finding::new(FindingCode::BitLockerOff, subject).expected("not 0");
    finding.because = claims.bitlocker_unlocks.iter().map(|(_, place)| *place).collect();
    let measured = !finding.because.is_empty();
    Some(finding.found(if measured { "0" } else { "not measured" }))
}

fn dump_encryption(claims: &WindowsClaims) -> Option<Finding> {
    if claims.dumps_disabled.is(&true) {
        return None;
    }
    let code = FindingCode::DumpsNotEncrypted;
    expect(&claims.dump_encryption, &true, code, SipaType::DUMP_ENCRYPTION_ENABLED)
}

/// Without dumps, or without the policy that wants them encrypted, no key is asked for. Dumps
/// that are not encrypted have none; that policy names them.
fn dump_key(set: &PolicySet<'_>, claims: &WindowsClaims) -> Answer {
    let encryption = set.state(PolicyName::DumpEncryption);
    let no_key = claims.dumps_disabled.is(&true) || claims.dump_encryption.is(&false);
    if no_key || encryption == PolicyState::Disabled {
        return Answer { outcome: Outcome::NotApplicable, matched: None, findings: Vec::new() };
    }
    let key = claims.dump_key.value();
    if let Some(known) = set.dump_keys.iter().find(|known| Some(&known.sha256) == key) {
        let matched = Some(known.name.clone());
        return Answer { outcome: Outcome::Satisfied, matched, findings: Vec::new() };
    }
    let expected = format!("a registered key; {} in all", set.dump_keys.len());
    let kind = SipaType::DUMP_ENCRYPTION_KEY_DIGEST;
    let code = FindingCode::DumpKeyNotRegistered;
    Answer::of(vec![differs(&claims.dump_key, &expected, code, kind)])
}

/// `None` when the claim is what is expected, without doubt.
pub(super) fn expect<T: PartialEq + Clone + fmt::Display>(
    claim: &Claim<T>,
    expected: &T,
    code: FindingCode,
    kind: SipaType,
) -> Option<Finding> {
    if claim.is(expected) {
        return None;
    }
    Some(differs(claim, &expected.to_string(), code, kind))
}

fn differs<T: PartialEq + Clone + fmt::Display>(
    claim: &Claim<T>,
    expected: &str,
    code: FindingCode,
    kind: SipaType,
) -> Finding {
    let found = match claim {
        Claim::Unknown => "not measured".to_owned(),
        Claim::Consistently { value, .. } => value.to_string(),
        Claim::Conflicting { values } => {
            let texts: Vec<String> = values.iter().map(|(value, _)| value.to_string()).collect();
            format!("contradictory: {}", texts.join(", "))
        }
    };
    let mut finding = Finding::new(code, Subject::Measurement(kind));
    finding.because = claim.places();
    finding.expected(expected).found(found)
}
