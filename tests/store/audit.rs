//! The audit trail against those who would change it, and writers that meet.

use crate::fabric::{Fabric, actor, add, both, name};

fn verify(fabric: &Fabric, head: Option<&str>) -> portcullis_store::AuditReport {
    let mut store = fabric.open();
    let key = store.audit_fingerprint().to_owned();
    store.view().audit_verify(&[key], head).unwrap()
}

#[test]
fn no_change_of_the_trail_goes_unnoticed() {
    for (number, (change, undo)) in [
        ("UPDATE audit_entries SET who = 'x' WHERE entry = 2", "who = 'test'"),
        ("UPDATE audit_entries SET at = 5 WHERE entry = 2", "at = 1795600000"),
        ("UPDATE audit_entries SET action = 'x' WHERE entry = 2", "action = 'host.add'"),
        ("UPDATE audit_entries SET object = 'x' WHERE entry = 2", "object = 'host-000002'"),
        ("UPDATE audit_entries SET after_json = NULL WHERE entry = 2", ""),
        ("UPDATE audit_entries SET before_json = '' WHERE entry = 2", "before_json = NULL"),
        ("UPDATE audit_entries SET batch = 1 WHERE entry = 2", "batch = 2"),
        ("UPDATE audit_entries SET entry = 9 WHERE entry = 2", ""),
        ("DELETE FROM audit_entries WHERE entry = 2", ""),
        ("DELETE FROM audit_entries WHERE entry = 3", ""),
        ("DELETE FROM audit_batches WHERE batch = 1", ""),
        ("DELETE FROM audit_batches WHERE batch = 3", ""),
        ("UPDATE audit_batches SET head = 'ab' WHERE batch = 3", ""),
        ("UPDATE audit_batches SET signature = '00' WHERE batch = 3", ""),
        ("UPDATE audit_batches SET entries_count = 2 WHERE batch = 1", "entries_count = 1"),
        ("UPDATE audit_batches SET batch = 7 WHERE batch = 3", ""),
        ("DELETE FROM audit_keys", ""),
    ]
    .into_iter()
    .enumerate()
    {
        both(&format!("audit-{number}"), |fabric| {
            let mut store = fabric.open();
            (1..=3).for_each(|number| add(&mut store, number));
            let before = verify(fabric, None);
            assert!(before.intact && before.entries_count == 3, "{before:?}");
            assert_eq!(fabric.behind_its_back(change), 1, "{change}");
            let broken = verify(fabric, None);
            assert!(!broken.intact && broken.broken.is_some(), "{change}: {broken:?}");
            if let Some((table, place)) = change.split_once(" SET ").filter(|_| !undo.is_empty()) {
                let place = place.split_once(" WHERE ").unwrap().1;
                fabric.behind_its_back(&format!("{table} SET {undo} WHERE {place}"));
                assert!(verify(fabric, None).intact, "{undo}");
            }
        });
    }
}

#[test]
fn batches_that_were_cut_off_are_noticed_by_a_noted_head_alone() {
    both("audit-cut", |fabric| {
        let mut store = fabric.open();
        (1..=3).for_each(|number| add(&mut store, number));
        let noted = verify(fabric, None).head;
        assert!(verify(fabric, Some(&noted)).intact);
        fabric.behind_its_back("DELETE FROM audit_entries WHERE entry = 3");
        fabric.behind_its_back("DELETE FROM audit_batches WHERE batch = 3");
        assert!(verify(fabric, None).intact, "nothing inside shows it");
        let cut = verify(fabric, Some(&noted));
        assert!(cut.broken.unwrap().contains("cut off"));
    });
}

#[test]
fn a_trail_that_was_made_anew_with_another_key_is_not_believed() {
    both("audit-forged", |fabric| {
        let mut store = fabric.open();
        add(&mut store, 1);
        let forger = fabric.folder.join("forger-key");
        let missing = portcullis_store::Missing::Create;
        let mut forger = portcullis_store::Store::open(&fabric.location, &forger, missing).unwrap();
        let who = portcullis_store::Actor { who: "somebody else".into(), ..actor() };
        forger.change(&who, |change| change.remove_host(&name("host-000001"), None)).unwrap();
        let report = verify(fabric, None);
        assert!(report.broken.unwrap().contains("no trusted key"));
        let both = [store.audit_fingerprint(), forger.audit_fingerprint()].map(str::to_owned);
        assert!(store.view().audit_verify(&both, None).unwrap().intact, "an administrator's key");
    });
}

#[test]
fn writers_that_meet_stand_in_a_line() {
    both("writers", |fabric| {
        drop(fabric.open());
        std::thread::scope(|scope| {
            for writer in 0..4_u64 {
                scope.spawn(move || {
                    let mut store = fabric.open();
                    (0..25).for_each(|number| add(&mut store, writer * 100 + number));
                });
            }
        });
        assert_eq!(fabric.open().view().hosts_count().unwrap(), 100);
        let report = verify(fabric, None);
        assert!(report.intact, "{report:?}");
        assert_eq!((report.entries_count, report.batches_count), (100, 100));
    });
}

#[test]
fn two_programs_that_open_a_new_store_at_once_make_one() {
    both("opening", |fabric| {
        std::thread::scope(|scope| {
            for number in 0..4 {
                scope.spawn(move || add(&mut fabric.open(), number));
            }
        });
        assert_eq!(fabric.open().view().hosts_count().unwrap(), 4);
        assert!(verify(fabric, None).intact, "one key signed all");
    });
}
