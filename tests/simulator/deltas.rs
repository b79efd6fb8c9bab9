//! Deltas: a small change of a host is accepted beside the baseline of its class, until a day.

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_api::delta::accept;
use portcullis_api::request::hex;
use portcullis_api::result::FindingDoc;
use portcullis_api::{BaselineDeltaDoc, BundleDoc, Lang, PolicySetDoc, ResultDoc, explain};
use portcullis_simulator::machine::Machine;
use portcullis_simulator::pki::NOW_UNIX_S;
use portcullis_simulator::spec::preset::{self, Expectation};
use portcullis_simulator::tpm::EkTemplate;

use super::machine::service::{Version, challenge};
use super::machine::{of_preset, started};

const CLASS: &str = "dell-r740-ws2022";
const DAY_S: u64 = 86_400;
const EXPIRES: u64 = NOW_UNIX_S + 30 * DAY_S;

/// A host of the class with some fields changed, asked under the baseline of an unchanged one.
fn changed(seed: u64, changes: &[(&str, &str)]) -> (Machine, BundleDoc) {
    let preset = preset::find(CLASS).unwrap();
    let mut spec = preset.spec();
    spec.tpm.ek = EkTemplate::P256;
    for (key, value) in changes {
        spec.set(key, value).unwrap();
    }
    let mut machine = started(spec, seed);
    let expect = Expectation { baseline: Some(CLASS), ..preset.expect };
    let bundle = challenge(&mut machine, &expect, Version::V2);
    (machine, bundle)
}

fn log_of(machine: &Machine) -> &[u8] {
    &machine.host().last_boot().unwrap().event_log
}

/// Accepts the boot of the machine beside the bundle's baseline.
fn accept_boot_of(machine: &Machine, bundle: &mut BundleDoc, name: &str, expires: u64) {
    let registered = &mut bundle.policy_set.baselines[0];
    let delta = accept(&registered.baseline, log_of(machine), name, expires).unwrap();
    registered.deltas.push(delta);
}

fn find<'r>(result: &'r ResultDoc, code: &str) -> Option<&'r FindingDoc> {
    result.report.findings.iter().find(|finding| finding.code == code)
}

fn failures(result: &ResultDoc) -> Vec<&str> {
    let failures = result.report.findings.iter().filter(|finding| finding.tier == "failure");
    failures.map(|finding| finding.code.as_str()).collect()
}

/// Asked at another time; nothing but deltas may depend on it here.
fn at(bundle: &BundleDoc, now: u64) -> ResultDoc {
    let mut bundle = bundle.clone();
    bundle.request.now = now;
    bundle.appraise().unwrap()
}

#[test]
fn an_updated_dbx_passes_until_its_day_and_is_named_by_its_date_from_then_on() {
    let (machine, mut bundle) = changed(1, &[("secure_boot.dbx_entries", "371")]);
    assert_eq!(bundle.appraise().unwrap().report.headline, "DBX-ENTRIES-ADDED");
    accept_boot_of(&machine, &mut bundle, "dbx of September", EXPIRES);

    let last = at(&bundle, EXPIRES - 1);
    assert_eq!(last.status, "Passed", "{:?}", failures(&last));
    let used = find(&last, "BASELINE-DELTA-USED").unwrap();
    let described = format!("delta `dbx of September`, until {}", "2026-10-01T00:00:00Z");
    assert_eq!((used.tier.as_str(), used.found.as_deref()), ("warning", Some(described.as_str())));

    let expired = at(&bundle, EXPIRES);
    assert_eq!(expired.status, "InsecureHostConfiguration");
    assert_eq!(expired.sub_status, "SecureBootSettings");
    assert_eq!(expired.report.headline, "BASELINE-DELTA-EXPIRED");
    assert_eq!(failures(&expired), ["BASELINE-DELTA-EXPIRED", "DBX-ENTRIES-ADDED"]);
    let finding = find(&expired, "BASELINE-DELTA-EXPIRED").unwrap();
    assert_eq!(finding.expected.as_deref(), Some(described.as_str()));
    assert_eq!(finding.found.as_deref(), Some("2026-10-01T00:00:00Z"));
    let japanese = explain::result(&expired, Lang::Ja).text();
    assert!(japanese.contains("差分 `dbx of September` (期限 2026-10-01T00:00:00Z)"), "{japanese}");
}

#[test]
fn an_unchanged_host_is_told_nothing_of_deltas() {
    let (machine, mut bundle) = changed(2, &[("secure_boot.dbx_entries", "371")]);
    accept_boot_of(&machine, &mut bundle, "dbx", EXPIRES);
    let (_, mut unchanged) = changed(3, &[]);
    unchanged.policy_set.baselines = bundle.policy_set.baselines;
    for now in [NOW_UNIX_S, EXPIRES] {
        let result = at(&unchanged, now);
        assert_eq!(result.status, "Passed");
        assert_eq!(find(&result, "BASELINE-DELTA-USED"), None);
        assert_eq!(find(&result, "BASELINE-DELTA-EXPIRED"), None);
    }
}

/// A delta is no wildcard: a third state of the same variable still differs.
#[test]
fn a_delta_admits_one_change_and_no_other() {
    let (accepted, mut bundle) = changed(4, &[("secure_boot.dbx_entries", "371")]);
    accept_boot_of(&accepted, &mut bundle, "dbx", EXPIRES);
    for change in
        [("secure_boot.dbx_entries", "372"), ("secure_boot.authorities", "microsoft-both")]
    {
        let (_, mut other) = changed(5, &[change]);
        other.policy_set.baselines = bundle.policy_set.baselines.clone();
        let result = other.appraise().unwrap();
        assert_ne!(result.status, "Passed", "{change:?}");
        assert_eq!(find(&result, "BASELINE-DELTA-EXPIRED"), None, "{change:?}");
    }
}

#[test]
fn a_new_boot_manager_and_an_authority_that_replaces_another_are_accepted_together() {
    let changes = [
        ("secure_boot.authorities", "microsoft-both"),
        ("secure_boot.boot_manager_authority", "\"2023\""),
        ("windows.patch", "2026-09"),
    ];
    let (machine, mut bundle) = changed(6, &changes);
    let before = bundle.appraise().unwrap();
    for code in ["LAUNCH-AUTHORITY-ADDED", "LAUNCH-AUTHORITY-MISSING", "BOOT-IMAGE-NOT-ALLOWED"] {
        assert!(failures(&before).contains(&code), "{code}: {:?}", failures(&before));
    }
    accept_boot_of(&machine, &mut bundle, "CA 2023", EXPIRES);
    let delta = &bundle.policy_set.baselines[0].deltas[0];
    assert!(!delta.images.is_empty() && !delta.dispensable.is_empty());
    assert!(delta.changes.len() > 3, "{:?}", delta.changes);
    let result = bundle.appraise().unwrap();
    assert_eq!(result.status, "Passed", "{:?}", failures(&result));
}

/// Beside a foreign authority only a list of loaders vouches for Windows' word: what a delta
/// lists is on that list.
#[test]
fn a_loader_of_a_delta_vouches_for_windows_as_one_of_the_baseline_does() {
    let roms = ("firmware.option_roms", "2");
    let (reference, _) = changed(7, &[roms]);
    let baseline = derive("roms", &[log_of(&reference)], "boot_chain", HashAlg::Sha256, 0).unwrap();
    let (machine, mut bundle) = changed(7, &[roms, ("windows.patch", "2026-09")]);
    bundle.policy_set.baselines[0].baseline = baseline;
    assert!(failures(&bundle.appraise().unwrap()).contains(&"WINDOWS-NOT-VOUCHED"));
    accept_boot_of(&machine, &mut bundle, "patch", EXPIRES);
    assert_eq!(bundle.appraise().unwrap().status, "Passed");
    let expired = failures(&at(&bundle, EXPIRES)).join(" ");
    assert!(expired.contains("WINDOWS-NOT-VOUCHED"), "{expired}");
}

#[test]
fn exact_registers_of_a_delta_stand_beside_those_of_a_strict_baseline() {
    let (reference, _) = changed(8, &[]);
    let pcrs = 0x0000_00ff;
    let strict = derive("strict", &[log_of(&reference)], "strict", HashAlg::Sha256, pcrs).unwrap();
    let (machine, mut bundle) = changed(8, &[("secure_boot.dbx_entries", "371")]);
    bundle.policy_set.baselines[0].baseline = strict;
    assert!(failures(&bundle.appraise().unwrap()).contains(&"PCR-DIFFERS-FROM-BASELINE"));
    accept_boot_of(&machine, &mut bundle, "dbx", EXPIRES);
    assert_eq!(bundle.policy_set.baselines[0].deltas[0].pcrs.keys().collect::<Vec<_>>(), [&7]);
    assert_eq!(bundle.appraise().unwrap().status, "Passed");
    // The value of another register is no value of this one.
    let delta = &mut bundle.policy_set.baselines[0].deltas[0];
    let value = delta.pcrs.remove(&7).unwrap();
    delta.pcrs.insert(4, value);
    assert!(failures(&bundle.appraise().unwrap()).contains(&"PCR-DIFFERS-FROM-BASELINE"));
}

#[test]
fn of_two_deltas_the_one_that_lasts_longer_is_named() {
    let (machine, mut bundle) = changed(9, &[("secure_boot.dbx_entries", "371")]);
    accept_boot_of(&machine, &mut bundle, "long", EXPIRES);
    accept_boot_of(&machine, &mut bundle, "short", EXPIRES - DAY_S);
    let found = |result: &ResultDoc| find(result, "BASELINE-DELTA-USED").unwrap().found.clone();
    assert!(found(&bundle.appraise().unwrap()).unwrap().starts_with("delta `long`"));
    let expired = at(&bundle, EXPIRES);
    let named = expired.report.findings.iter().filter(|doc| doc.code == "BASELINE-DELTA-EXPIRED");
    assert_eq!(named.count(), 2);
}

#[test]
fn a_delta_serves_the_version_of_its_baseline_only() {
    let (machine, mut bundle) = changed(10, &[("secure_boot.dbx_entries", "371")]);
    accept_boot_of(&machine, &mut bundle, "dbx", EXPIRES);
    bundle.policy_set.baselines[0].policy_version = "v1".into();
    assert_eq!(bundle.appraise().unwrap().report.headline, "BASELINE-VERSION-MIXED");
    assert_eq!(at(&bundle, EXPIRES).report.headline, "BASELINE-MISSING");
}

#[test]
fn a_third_party_authority_of_a_delta_leaves_the_standing_finding() {
    let (machine, mut bundle) = changed(11, &[("firmware.option_roms", "2")]);
    let (reference, _) = changed(11, &[("firmware.option_roms", "0")]);
    let level = "secure_boot";
    let baseline = derive("no roms", &[log_of(&reference)], level, HashAlg::Sha256, 0).unwrap();
    bundle.policy_set.baselines[0].baseline = baseline;
    accept_boot_of(&machine, &mut bundle, "roms", EXPIRES);
    let result = bundle.appraise().unwrap();
    let report = &result.report;
    let policy = report.policies.iter().find(|doc| doc.name == "Hgs_SecureBootSettings").unwrap();
    assert_eq!(policy.outcome, "satisfied", "{:?}", failures(&result));
    // The simulated authority is not Microsoft's own certificate: the loader is what tells.
    assert!(failures(&result).contains(&"WINDOWS-NOT-VOUCHED"));
}

fn refusal(machine: &Machine, bundle: &BundleDoc) -> String {
    let baseline = &bundle.policy_set.baselines[0].baseline;
    accept(baseline, log_of(machine), "x", EXPIRES).unwrap_err().to_string()
}

#[test]
fn what_is_no_small_change_is_refused() {
    let (machine, bundle) = changed(12, &[("secure_boot.dbx_entries", "100")]);
    let text = refusal(&machine, &bundle);
    assert!(text.contains("lost entries") && text.contains("derive a new baseline"), "{text}");
    let (machine, bundle) = changed(12, &[]);
    assert!(refusal(&machine, &bundle).contains("nothing to accept"));
    let (machine, mut bundle) = changed(12, &[("secure_boot.dbx_entries", "371")]);
    let log = log_of(&machine);
    bundle.policy_set.baselines[0].baseline =
        derive("x", &[log], "boot_chain", HashAlg::Sha256, 0).unwrap();
    bundle.policy_set.baselines[0].baseline.bank = "sha1".into();
    assert!(accept(&bundle.policy_set.baselines[0].baseline, log, "x", EXPIRES).is_err());
    let (_, bundle) = changed(12, &[]);
    let baseline = &bundle.policy_set.baselines[0].baseline;
    assert!(accept(baseline, b"no log", "x", EXPIRES).unwrap_err().to_string().contains("log"));
}

/// What is wrong with a delta is the operator's fault: the policy set is refused.
#[test]
fn a_policy_set_with_an_unusable_delta_is_refused_by_field() {
    let (machine, mut bundle) = changed(13, &[("secure_boot.dbx_entries", "371")]);
    accept_boot_of(&machine, &mut bundle, "dbx", EXPIRES);
    let good = bundle.policy_set.baselines[0].deltas[0].clone();
    let refused = |deltas: Vec<BaselineDeltaDoc>| {
        let mut set: PolicySetDoc = bundle.policy_set.clone();
        set.baselines[0].deltas = deltas;
        let text = set.to_engine(&[]).unwrap_err().to_string();
        assert!(text.contains("deltas"), "{text}");
    };
    refused(vec![good.clone(), good.clone()]);
    let named = |number: u32| BaselineDeltaDoc { name: number.to_string(), ..good.clone() };
    refused((0..17).map(named).collect());
    let mut short = good.clone();
    short.secure_boot[0].digest = hex(&[1; 20]);
    refused(vec![short]);
    let mut register = good.clone();
    register.pcrs.insert(24, hex(&[1; 32]));
    refused(vec![register]);
    let mut json = serde_json::to_value(&good).unwrap();
    json["expires"] = serde_json::json!(1);
    assert!(serde_json::from_value::<BaselineDeltaDoc>(json).is_err(), "a number loses bits");
}

/// Without deltas the document is the one that it was, and so is its digest in results.
#[test]
fn a_policy_set_without_deltas_does_not_mention_them() {
    let mut machine = of_preset(CLASS, EkTemplate::P256, 14);
    let expect = preset::find(CLASS).unwrap().expect;
    let bundle = challenge(&mut machine, &expect, Version::V2);
    let json = serde_json::to_string(&bundle.policy_set).unwrap();
    assert!(!json.contains("deltas"));
    let (machine, mut bundle) = changed(15, &[("secure_boot.dbx_entries", "371")]);
    accept_boot_of(&machine, &mut bundle, "dbx", EXPIRES);
    let json = serde_json::to_vec(&bundle.policy_set).unwrap();
    assert_eq!(PolicySetDoc::parse(&json).unwrap(), bundle.policy_set);
}
