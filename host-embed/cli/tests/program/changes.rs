//! The smallest change of the rules that would accept a host: it is tried, minimal, and never
//! offered where the evidence itself does not hold.

use portcullis_api::change::{OneChangeDoc, Question};
use portcullis_api::{BundleDoc, ChangeDoc};
use portcullis_tests::corpus::{capture, read};

use crate::tools::portcullis;

fn dbx_added() -> BundleDoc {
    BundleDoc::parse(&read(&capture("dbx-added.bundle.json"))).unwrap()
}

fn reboot() -> BundleDoc {
    BundleDoc::parse(&read(&capture("reboot.bundle.json"))).unwrap()
}

fn actions(change: &ChangeDoc) -> Vec<&str> {
    change.changes.iter().map(|change| change.action.as_str()).collect()
}

#[test]
fn a_host_that_passes_needs_no_change() {
    assert_eq!(reboot().smallest_change().unwrap(), None);
}

#[test]
fn a_changed_boot_needs_a_baseline_and_nothing_else() {
    let change = dbx_added().smallest_change().unwrap().unwrap();
    assert!(change.accepts);
    assert_eq!(actions(&change), ["register_baseline"]);
    assert_eq!(change.changes[0].because, "DBX-ENTRIES-ADDED");
}

#[test]
fn secure_boot_off_costs_the_policy_and_a_baseline() {
    let mut bundle = dbx_added();
    let evidence = &mut bundle.request.evidence;
    let file = |name: &str| read(&capture("b3-sb-disabled-by-user").join(name));
    evidence.event_log = Some(file("eventlog.bin").into());
    evidence.recorded_pcrs.clear();
    evidence.quotes.truncate(1);
    evidence.quotes[0].attest = file("quote-rsa-sel.attest").into();
    evidence.quotes[0].signature = file("quote-rsa-sel.sig").into();
    evidence.quotes[0].pcr_values = Some(file("quote-rsa-sel.pcrs").into());
    bundle.request.nonce = Some(file("nonce.bin").into());
    let change = bundle.smallest_change().unwrap().unwrap();
    assert!(change.accepts, "{change:?}");
    assert_eq!(actions(&change), ["disable_policy", "register_baseline"], "{change:?}");
    assert_eq!(change.changes[0].target, "Hgs_SecureBootEnabled");
    assert_eq!(change.changes[0].risk, "high");
}

#[test]
fn an_unknown_host_is_registered() {
    let mut bundle = reboot();
    bundle.host.as_mut().unwrap().registrations.clear();
    let change = bundle.smallest_change().unwrap().unwrap();
    assert!(change.accepts);
    assert_eq!(actions(&change), ["register_host"]);
}

#[test]
fn a_tpm_that_nobody_vouches_for_costs_the_manufacturers_word() {
    let mut bundle = reboot();
    bundle.request.evidence.ek_certificate = None;
    let change = bundle.smallest_change().unwrap().unwrap();
    assert!(change.accepts, "{change:?}");
    assert_eq!(actions(&change), ["accept_v1"]);
    assert_eq!(change.changes[0].risk, "high");
}

/// What is offered can be made, and then the host is accepted; a change alone is not enough where
/// several are needed.
#[test]
fn every_change_that_is_offered_can_be_made() {
    type Break = fn(&mut BundleDoc);
    let cases: [Break; 4] = [
        |bundle| *bundle = dbx_added(),
        |bundle| bundle.request.evidence.ek_certificate = None,
        |bundle| bundle.policy_set.baselines.clear(),
        |bundle| bundle.host = None,
    ];
    for edit in cases {
        let mut bundle = reboot();
        edit(&mut bundle);
        let change = bundle.smallest_change().unwrap().unwrap();
        assert!(change.accepts, "{change:?}");
        let changed = bundle.with_changes(&change.changes).unwrap();
        assert_eq!(changed.appraise().unwrap().status, "Passed", "{change:?}");
    }
    let nonsense = OneChangeDoc {
        action: "disable_policy".into(),
        target: "Hgs_Nothing".into(),
        because: String::new(),
        risk: String::new(),
        cost: String::new(),
    };
    assert!(reboot().with_changes(&[nonsense]).is_err());
}

/// Files alone prove nothing, so no rule makes a verdict of them; but an assessment can be had.
#[test]
fn an_assessment_without_a_quote_can_be_answered_by_rules() {
    let mut bundle = dbx_added();
    bundle.request.evidence.quotes.clear();
    assert!(!bundle.smallest_change().unwrap().unwrap().accepts);
    let change = bundle.smallest_change_for(Question::Assess).unwrap().unwrap();
    assert_eq!(actions(&change), ["register_baseline"], "{change:?}");
    let changed = bundle.with_changes(&change.changes).unwrap();
    assert_eq!(changed.assess().unwrap().outcome, "WouldPass");
}

#[test]
fn no_change_of_the_rules_mends_evidence_that_does_not_hold() {
    type Break = fn(&mut BundleDoc);
    let cases: [(&str, Break); 4] = [
        ("NONCE-MISMATCH", |bundle| bundle.request.nonce = Some(vec![1].into())),
        ("QUOTE-SIGNATURE-INVALID", |bundle| {
            *bundle.request.evidence.quotes[0].signature.0.last_mut().unwrap() ^= 1;
        }),
        ("PCR-REPLAY-MISMATCH", |bundle| {
            let log = read(&capture("c1-cmdline").join("eventlog.bin"));
            bundle.request.evidence.event_log = Some(log.into());
        }),
        ("AK-ACTIVATION-MISMATCH", |bundle| bundle.request.evidence.activated_secret = None),
    ];
    for (code, break_it) in cases {
        let mut bundle = dbx_added();
        if code == "AK-ACTIVATION-MISMATCH" {
            bundle = reboot();
        }
        break_it(&mut bundle);
        let change = bundle.smallest_change().unwrap().unwrap();
        assert!(!change.accepts, "{code}: {change:?}");
        assert_eq!(change.changes, [], "{code}");
        assert!(change.obstacle.is_some(), "{code}");
    }
}

#[test]
fn explain_of_a_bundle_ends_with_the_change() {
    let path = capture("dbx-added.bundle.json");
    let outcome = portcullis(["explain", path.to_str().unwrap()]);
    assert!(outcome.stdout.contains("register a baseline: the boot of this bundle"));
    let path = capture("reboot.bundle.json");
    let outcome = portcullis(["explain", path.to_str().unwrap()]);
    assert!(!outcome.stdout.contains("smallest change"));
}
