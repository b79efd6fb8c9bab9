//! A fabric of 100 000 hosts.

use std::time::{Duration, Instant};

use portcullis_store::state::{Importer, StateReader, StateWriter, export};
use portcullis_store::{Store, Version};

use crate::fabric::{Fabric, actor, both, candidate, name};

const HOSTS: u64 = 100_000;
const BATCH: u64 = 1_000;
/// What a lookup may take: the median of many, so that one pause of the machine decides nothing.
const LOOKUP: Duration = Duration::from_millis(1);

fn fill(store: &mut Store) {
    for batch in 0..HOSTS / BATCH {
        let done = store.change(&actor(), |change| {
            for number in batch * BATCH..(batch + 1) * BATCH {
                let host = name(&format!("host-{number:06}"));
                change.add_host(&host, &candidate(number), Version::V2, false)?;
            }
            Ok(())
        });
        done.unwrap();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn a_hundred_thousand_hosts_are_found_listed_exported_and_imported() {
    both("capacity", |fabric| {
        let mut store = fabric.open();
        let begin = Instant::now();
        fill(&mut store);
        let filled = begin.elapsed();
        let lookups = (0..1_000_u64).map(|number| {
            let ek = candidate(number * 97).ek_sha256;
            let begin = Instant::now();
            let found = store.view().host_by_ek(&ek).unwrap();
            assert!(found.is_some());
            begin.elapsed()
        });
        let lookup = median(lookups.collect());
        let begin = Instant::now();
        let listed = list(&mut store);
        let (list_time, begin) = (begin.elapsed(), Instant::now());
        let state = exported(&mut store);
        let (export_time, begin) = (begin.elapsed(), Instant::now());
        println!(
            "{}: registered in {filled:?}, lookup {lookup:?}, listed in {list_time:?}, exported \
             in {export_time:?} ({} bytes)",
            fabric.location.shown(),
            state.len()
        );
        assert_eq!(listed, HOSTS);
        assert!(lookup < LOOKUP, "{lookup:?}");
        let folder = fabric.folder.join("copy");
        std::fs::create_dir_all(&folder).unwrap();
        let location = portcullis_store::Location::File(folder.join("store.db"));
        let _ = std::fs::remove_file(folder.join("store.db"));
        let mut copy = Fabric { location, folder }.open();
        let mut reader = StateReader::new(state.as_slice(), PASSPHRASE).unwrap();
        let done = copy.change(&actor(), |change| Importer::run(change, &mut reader, &mut |_| {}));
        assert_eq!(done.unwrap().added_count, HOSTS);
        println!("imported in {:?}", begin.elapsed());
        assert_eq!(copy.view().hosts_count().unwrap(), HOSTS as i64);
    });
}

const PASSPHRASE: &str = "correct horse battery";

/// Pages through all hosts, in order.
fn list(store: &mut Store) -> u64 {
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let page = store.view().hosts(&after, 1_000).unwrap();
        let Some(last) = page.last() else { return count };
        assert!(page.is_sorted_by(|a, b| a.name < b.name) && page[0].name > after);
        after.clone_from(&last.name);
        count += page.len() as u64;
    }
}

fn exported(store: &mut Store) -> Vec<u8> {
    let written = store.snapshot(|view| {
        let mut writer = StateWriter::new(Vec::new(), PASSPHRASE)?;
        export(view, &mut writer, &mut |_| {})?;
        writer.finish()
    });
    written.unwrap().1
}
