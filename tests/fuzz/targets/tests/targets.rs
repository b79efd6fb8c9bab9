//! The targets hold on their seeds and on a fixed set of mutations, memory included.
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

use peak_alloc::PeakAlloc;
use portcullis_fuzz::TARGETS;
use portcullis_fuzz::mutate::{Random, mutated};
use portcullis_fuzz::runner::{Until, run};
use portcullis_tests::corpus::repository;

/// The test below is alone in this program: the counters are those of the whole process.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

#[test]
fn every_target_holds_and_libfuzzer_runs_the_same_ones() {
    let mut files: Vec<String> =
        std::fs::read_dir(repository().join("tests/fuzz/libfuzzer/fuzz_targets"))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
    files.sort();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(files, names);

    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{}", target.name);
        let input = |seed| mutated(&seeds, &mut Random::new(seed));
        assert_eq!(input(1), input(1), "the same seed makes the same input");
        let found = run(target, 1, Until::Runs(100)).err();
        assert!(found.is_none(), "{}: {}", target.name, found.unwrap().reason);
    }
}
