//! What a change would do to ten thousand hosts.

use std::time::Instant;

use portcullis_api::call::Operation;
use portcullis_api::request::{EvidenceDoc, RequestDoc};
use portcullis_api::{BaselineDoc, BundleDoc};
use portcullis_store::{
    Candidate, CertificateState, Change, Effects, Judge, Native, NewResult, Result, Store, Version,
};
use portcullis_tests::corpus::{capture, repository};
use portcullis_tests::keys::p256_spki;

use crate::fabric::{Fabric, actor, both, name};

const HOSTS: u32 = 10_000;
const BATCH: u32 = 500;
/// Every tenth host is of the other class.
const OTHER_CLASS: u32 = 10;

fn log(folder: &str) -> Vec<u8> {
    std::fs::read(capture(folder).join("eventlog.bin")).unwrap()
}

fn baseline(title: &str, log: &[u8]) -> BaselineDoc {
    let bank = portcullis_api::baseline::HashAlg::from_name("sha256").unwrap();
    portcullis_api::baseline::derive(title, &[log], "boot_chain", bank, 0).unwrap()
}

/// Hosts of two classes, with their evidence: an EK of their own, and the log of their class.
fn fill(store: &mut Store) {
    let logs = [log("a-sb-on-ms"), log("d1-dbx-added")];
    store
        .change(&actor(), |change| {
            change.set_profile("linux")?;
            for (class, log) in ["class a", "class b"].iter().zip(&logs) {
                change.add_baseline(&name(class), Version::V1, &baseline(class, log), "log")?;
            }
            Ok(())
        })
        .unwrap();
    for batch in 0..HOSTS / BATCH {
        let done = store.change(&actor(), |change| {
            let numbers = batch * BATCH..(batch + 1) * BATCH;
            numbers.into_iter().try_for_each(|number| one(change, number, &logs))
        });
        done.unwrap();
    }
}

fn one(change: &mut Change<'_>, number: u32, logs: &[Vec<u8>; 2]) -> Result<()> {
    let host = name(&format!("host-{number:05}"));
    let key = p256_spki(number);
    let candidate = Candidate {
        name: None,
        ek_sha256: portcullis_store::sha256(&key),
        state: CertificateState::Missing,
        findings: Vec::new(),
        evidence: EvidenceDoc { ek_public: Some(key.clone().into()), ..EvidenceDoc::default() },
    };
    change.add_host(&host, &candidate, Version::V1, true)?;
    let class = usize::from(number.is_multiple_of(OTHER_CLASS));
    let evidence = EvidenceDoc {
        ek_public: Some(key.into()),
        event_log: Some(logs[class].clone().into()),
        ..EvidenceDoc::default()
    };
    let request = RequestDoc { now: actor().now, evidence, ..RequestDoc::default() };
    let record = change.known_host(&host)?.record();
    let bundle = BundleDoc::new(portcullis_api::PolicySetDoc::default(), Some(record), request);
    change.record_result(&NewResult {
        name: &host,
        bundle: &bundle,
        kind: "assessment",
        outcome: "WouldPass",
        headline: "ALL-CHECKS-HOLD",
        json: "{}",
    })
}

/// A judge that only answers calls, as a sandbox would.
struct ByCall;

impl Judge for ByCall {
    fn call(&self, operation: Operation, input: &[u8]) -> std::result::Result<Vec<u8>, String> {
        Native.call(operation, input)
    }
}

#[test]
fn rules_that_are_read_once_say_the_same_as_one_call_per_host() {
    let bundle = repository().join("tests/captures/reboot.bundle.json");
    let bundle = BundleDoc::parse(&std::fs::read(bundle).unwrap()).unwrap();
    let other = RequestDoc::default();
    let asked = [
        (bundle.host.as_ref(), &bundle.request),
        (None, &bundle.request),
        (bundle.host.as_ref(), &other),
    ];
    let at_once = Native.assess_many(&bundle.policy_set, &asked).unwrap();
    assert_eq!(at_once, ByCall.assess_many(&bundle.policy_set, &asked).unwrap());
    assert_eq!(at_once[0], bundle.assess().unwrap());
    let outcomes: Vec<&str> = at_once.iter().map(|said| said.outcome.as_str()).collect();
    assert_eq!(outcomes, ["WouldPass", "WouldPass", "WouldFail"]);
}

#[test]
fn removing_a_baseline_is_rehearsed_over_ten_thousand_hosts() {
    both("effects", |fabric| {
        // One database is enough for what is the same in both; the other shows that it works.
        rehearse(fabric);
    });
}

fn rehearse(fabric: &Fabric) {
    let mut store = fabric.open();
    fill(&mut store);
    let begin = Instant::now();
    let mut told = Vec::new();
    let effects = store
        .rehearse(&actor(), |change| {
            let before = change.compile()?;
            change.remove_baseline(&name("class a"), Version::V1)?;
            let (after, records) = (change.compile()?, std::collections::BTreeMap::new());
            Ok(Effects { before, after, records })
        })
        .unwrap();
    let mut progress = |done, total| told.push((done, total));
    let effects = effects.judge(&mut store.view(), &Native, &mut progress).unwrap();
    println!("{}: judged in {:?}", fabric.location.shown(), begin.elapsed());
    let hosts = HOSTS as usize;
    assert_eq!((effects.judged_count, effects.unknown_count), (hosts, 0));
    assert_eq!(effects.unchanged_count, hosts / 10, "the other class");
    let [group] = effects.groups.as_slice() else { panic!("{:?}", effects.groups) };
    assert_eq!(group.hosts_count, hosts - hosts / 10);
    assert_eq!((group.before.as_str(), group.after.as_str()), ("WouldPass", "WouldFail"));
    assert!(!group.because.is_empty());
    assert!(group.hosts.len() <= portcullis_store::HOSTS_NAMED_MAX);
    assert_eq!(group.hosts[0], "host-00001");
    assert!(told.len() > 100 && told.is_sorted(), "it says how far it is");
    assert_eq!(told.last(), Some(&(hosts, hosts)));
    assert_eq!(store.view().baselines().unwrap().len(), 2, "nothing was removed");
}
