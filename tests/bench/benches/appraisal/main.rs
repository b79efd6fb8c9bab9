//! Event logs and whole appraisals, beside other programs.

mod processor_time;

use std::hint::black_box;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;

use criterion::measurement::{Measurement, WallTime};
use criterion::{BenchmarkGroup, Criterion};
use portcullis_api::BundleDoc;
use portcullis_bench::evidence::Signer;
use portcullis_bench::logs::{BenchLog, logs};
use portcullis_bench::peers::{EVENTLOG_RS, TPM2_EVENTLOG, UEFI_EVENTLOG};
use portcullis_bench::{peers, table};
use portcullis_engine::crypto::HashAlg;
use portcullis_engine::formats::eventlog::{self, EventLog};
use portcullis_engine::limits::Limits;
use portcullis_engine::{appraise, replay};
use processor_time::ProcessorTime;

const PARSE: &str = "parse";
const REPLAY: &str = "parse, replay";
const APPRAISE: &str = "appraise a bundle";
const APPRAISE_JSON: &str = "appraise a bundle, JSON to JSON";

const OURS: [&str; 5] = [PARSE, REPLAY, table::REFERENCE, APPRAISE, APPRAISE_JSON];
const PEERS: [&str; 3] = [UEFI_EVENTLOG, EVENTLOG_RS, TPM2_EVENTLOG];

type Group<'c> = BenchmarkGroup<'c, ProcessorTime>;

fn parse(bytes: &[u8]) -> EventLog<'_> {
    eventlog::parse(bytes, &Limits::default()).expect("a log")
}

fn engine(group: &mut Group<'_>, bytes: &[u8]) {
    group.bench_function(PARSE, |bencher| bencher.iter(|| parse(black_box(bytes)).events.len()));
    group.bench_function(REPLAY, |bencher| {
        bencher.iter(|| replay::replay(&parse(black_box(bytes))));
    });
    group.bench_function(table::REFERENCE, |bencher| {
        bencher.iter(|| {
            let log = parse(black_box(bytes));
            let replayed = replay::replay(&log);
            let measured = replay::measure(&log, HashAlg::Sha256, None);
            (replayed, measured.iter().count())
        });
    });
}

/// All stages on evidence that passes: two certificates, an RSA quote, the log, a baseline.
fn appraisal(group: &mut Group<'_>, bundle: &BundleDoc) {
    let trust_files = bundle.policy_set.trust_files().expect("trust");
    let set = bundle.policy_set.to_engine(&trust_files).expect("a policy set");
    let host = bundle.host.as_ref().map(|host| host.to_engine().expect("a host"));
    let parts = bundle.request.parts().expect("a request");
    let request = bundle.request.to_engine(&parts);
    let appraise = || appraise::appraise(&set, host.as_ref(), black_box(&request));
    let found = appraise();
    assert!(found.passed.is_some(), "does not pass: {:#?}", found.report.verdict);
    group.bench_function(APPRAISE, |bencher| bencher.iter(appraise));

    let json = serde_json::to_vec(bundle).expect("JSON");
    group.bench_function(APPRAISE_JSON, |bencher| {
        bencher.iter(|| {
            let bundle = BundleDoc::parse(black_box(&json)).expect("a bundle");
            serde_json::to_vec(&bundle.appraise().expect("a result")).expect("JSON")
        });
    });
}

/// Rows of other crates: only where they can read the log at all.
fn crates(group: &mut Group<'_>, log: &BenchLog) {
    for (row, peer) in peers::crates() {
        // One of them panics on logs that it cannot read.
        match catch_unwind(|| peer(&log.bytes)) {
            Ok(Some(records)) => {
                println!("{row}: {records} records");
                let bytes = log.bytes.as_slice();
                group.bench_function(*row, |bencher| bencher.iter(|| peer(black_box(bytes))));
            }
            _ => println!("{row}: cannot read this log"),
        }
    }
}

/// A process has no thread of ours: elapsed time.
fn process(criterion: &mut Criterion, log: &BenchLog) {
    if !peers::tpm2_eventlog(&log.file) {
        println!("{TPM2_EVENTLOG}: is missing, or cannot read this log");
        return;
    }
    let mut group = criterion.benchmark_group(log.name);
    group.sample_size(20);
    group.bench_function(TPM2_EVENTLOG, |bencher| {
        bencher.iter(|| peers::tpm2_eventlog(black_box(&log.file)));
    });
    group.finish();
}

/// Figures of one run, in `output`.
fn criterion<M: Measurement + 'static>(output: &Path, measurement: M) -> Criterion<M> {
    Criterion::default()
        .with_measurement(measurement)
        .output_directory(output)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args()
}

fn main() {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    // Figures of an earlier run must not stand beside those of this one.
    let _ = std::fs::remove_dir_all(&output);
    let mut in_process = criterion(&output, ProcessorTime);
    let mut processes = criterion(&output, WallTime);
    let (logs, signer) = (logs(), Signer::default());
    for log in &logs {
        println!("{}: {} ({} bytes)", log.name, log.file.display(), log.bytes.len());
        let mut group = in_process.benchmark_group(log.name);
        engine(&mut group, &log.bytes);
        crates(&mut group, log);
        appraisal(&mut group, &signer.bundle(&log.bytes));
        group.finish();
        process(&mut processes, log);
    }
    in_process.final_summary();
    let names: Vec<_> = logs.iter().map(|log| log.name).collect();
    print!("{}", table::render(&output, &names, &OURS, &PEERS));
}
