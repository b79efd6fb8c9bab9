//! Exported states, and verdicts that are kept.

use portcullis_api::request::{HostRecordDoc, RequestDoc};
use portcullis_api::{BundleDoc, PolicySetDoc};
use portcullis_store::state::{Importer, StateReader, StateWriter, export};
use portcullis_store::{NewResult, Store, StoreError, Version};
use portcullis_tests::corpus::{capture, repository};

use crate::fabric::{Fabric, actor, add, baseline, both, name};

const PASSPHRASE: &str = "correct horse battery";

fn exported(store: &mut Store) -> Vec<u8> {
    let written = store.snapshot(|view| {
        let mut writer = StateWriter::new(Vec::new(), PASSPHRASE)?;
        export(view, &mut writer, &mut |_| {})?;
        writer.finish()
    });
    written.unwrap().1
}

fn imported(
    store: &mut Store,
    state: &[u8],
    passphrase: &str,
) -> Result<portcullis_store::state::Imported, StoreError> {
    let mut reader = StateReader::new(state, passphrase)?;
    store.change(&actor(), |change| Importer::run(change, &mut reader, &mut |_| {}))
}

/// One of everything.
fn filled(fabric: &Fabric) -> Store {
    let mut store = fabric.open();
    (0..700).for_each(|number| add(&mut store, number));
    let root = std::fs::read(capture("ca/root-ca.pem")).unwrap();
    let document = portcullis_store::TrustDoc {
        sha256: portcullis_store::sha256(&root),
        kind: "root".into(),
        subject: "CN=root".into(),
        issuer: "CN=root".into(),
        not_before: 0,
        not_after: 4_000_000_000,
        source: "root-ca.pem".into(),
    };
    store
        .change(&actor(), |change| {
            change.add_trust(&document, &root)?;
            change.add_baseline(&name("Dell R740"), Version::V2, &baseline(), "a.tcglog")?;
            change.add_ci_policy(
                &name("site"),
                Version::V1,
                &"ab".repeat(32),
                "audit",
                b"policy",
            )?;
            change.add_dump_key(&name("ops"), &"cd".repeat(32))?;
            change.set_policy_state("Hgs_IommuEnabled", "Enabled", "Disabled")?;
            change.set_versions("v2")?;
            change.add_host(
                &name("host-000001"),
                &crate::fabric::candidate(1),
                Version::V1,
                false,
            )?;
            Ok(())
        })
        .unwrap();
    store
}

#[test]
fn a_state_moves_from_either_database_into_the_other() {
    both("state", |fabric| {
        let mut store = filled(fabric);
        let state = exported(&mut store);
        assert!(!String::from_utf8_lossy(&state).contains("host-000001"), "it is encrypted");
        both(&format!("state-into-{}", fabric.location.shown().len()), |other| {
            let mut copy = other.open();
            let done = imported(&mut copy, &state, PASSPHRASE).unwrap();
            assert_eq!(done.known_count, 0, "{done:?}");
            let (a, b) = (store_policy_set(fabric), copy.policy_set().unwrap());
            assert_eq!(a.sha256(), b.sha256(), "the same rules");
            let hosts = |store: &mut Store| {
                let mut hosts = store.view().hosts("", 100).unwrap();
                hosts.iter_mut().for_each(|host| host.added_at = 0);
                hosts
            };
            assert_eq!(hosts(&mut fabric.open()), hosts(&mut copy));
            let evidence = copy.view().host_evidence(&name("host-000001")).unwrap();
            assert_eq!(evidence, crate::fabric::candidate(1).evidence);
            let file = copy.view().ci_policy_file(&name("site")).unwrap();
            assert_eq!(file, b"policy");
            let again = imported(&mut copy, &state, PASSPHRASE).unwrap();
            assert_eq!(again.added_count, 0, "what is there already stays: {again:?}");
        });
    });
}

fn store_policy_set(fabric: &Fabric) -> std::sync::Arc<PolicySetDoc> {
    fabric.open().policy_set().unwrap()
}

#[test]
fn a_state_that_contradicts_the_store_changes_nothing() {
    both("state-conflict", |fabric| {
        let state = exported(&mut filled(fabric));
        both(&format!("state-conflict-{}", fabric.location.shown().len()), |other| {
            let mut copy = other.open();
            copy.change(&actor(), |change| {
                change.add_host(
                    &name("host-000002"),
                    &crate::fabric::candidate(9),
                    Version::V2,
                    false,
                )
            })
            .unwrap();
            let error = imported(&mut copy, &state, PASSPHRASE).unwrap_err();
            assert!(error.to_string().contains("host-000002"), "{error}");
            assert_eq!(copy.view().hosts_count().unwrap(), 1);
            assert!(copy.view().baselines().unwrap().is_empty());
        });
    });
}

#[test]
fn a_state_that_was_touched_does_not_open() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("store-touched");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let location = portcullis_store::Location::File(folder.join("store.db"));
    let fabric = Fabric { location, folder };
    let mut store = filled(&fabric);
    let state = exported(&mut store);
    let mut refused = |bytes: &[u8], passphrase: &str| {
        assert!(imported(&mut store, bytes, passphrase).is_err());
    };
    refused(&state, "another passphrase");
    for cut in [1, 17, state.len() / 2, state.len() - 1] {
        refused(&state[..state.len() - cut], PASSPHRASE);
    }
    for at in [0, 40, 100, 200, state.len() / 2, state.len() - 1] {
        let mut changed = state.clone();
        changed[at] ^= 1;
        refused(&changed, PASSPHRASE);
    }
    refused(&[&state[..], b"x"].concat(), PASSPHRASE);
    let short = StateWriter::new(Vec::new(), "short").err().unwrap();
    assert!(short.to_string().contains("passphrase"), "{short}");
}

#[test]
fn the_latest_verdict_and_every_change_are_kept_and_can_be_made_again() {
    both("results", |fabric| {
        let mut store = fabric.open();
        let bundle = repository().join("tests/captures/reboot.bundle.json");
        let bundle = BundleDoc::parse(&std::fs::read(bundle).unwrap()).unwrap();
        let host = name("vm");
        let ek = bundle.host.as_ref().unwrap().registrations[0].ek_sha256.clone();
        let mut record = |outcome: &str, bundle: &BundleDoc| {
            let new = NewResult {
                name: &host,
                bundle,
                kind: "appraisal",
                outcome,
                headline: "X",
                json: "{}",
            };
            store.change(&actor(), |change| change.record_result(&new)).unwrap();
        };
        for outcome in ["Passed", "Passed", "Passed", "TpmError", "TpmError", "Passed", "Passed"] {
            record(outcome, &bundle);
        }
        let kept = store.view().results(&ek).unwrap();
        let kept: Vec<(i64, &str)> = kept.iter().map(|r| (r.id, r.outcome.as_str())).collect();
        assert_eq!(kept, [(7, "Passed"), (6, "Passed"), (4, "TpmError"), (1, "Passed")]);
        let again = store.view().bundle(7).unwrap();
        assert_eq!(again, bundle, "bit for bit what was judged");
        assert_eq!(again.appraise().unwrap().status, "Passed");
        let logs = store.view().results(&ek).unwrap().len();
        assert_eq!(logs, 4);
        // However often a verdict flips, what is kept is bounded.
        for number in 0..100 {
            let new = NewResult {
                name: &host,
                bundle: &bundle,
                kind: "appraisal",
                outcome: if number % 2 == 0 { "Passed" } else { "TpmError" },
                headline: "X",
                json: "{}",
            };
            store.change(&actor(), |change| change.record_result(&new)).unwrap();
        }
        assert!(store.view().results(&ek).unwrap().len() <= 33);
        store.change(&actor(), |change| change.set_results_kept(2)).unwrap();
        let empty = BundleDoc::new(
            PolicySetDoc::default(),
            Some(HostRecordDoc { ..bundle.host.clone().unwrap() }),
            RequestDoc::default(),
        );
        let new = NewResult {
            name: &host,
            bundle: &empty,
            kind: "appraisal",
            outcome: "TpmError",
            headline: "X",
            json: "{}",
        };
        store.change(&actor(), |change| change.record_result(&new)).unwrap();
        assert_eq!(store.view().results(&ek).unwrap().len(), 3);
        assert!(store.view().evidence_of(&ek).unwrap().unwrap().evidence.event_log.is_none());
    });
}
