//! Reading and converting a driver blocklist of Microsoft, 540 KB of XML, in processor time. The
//! goals are 20 ms from XML to binary and 2 ms to read the binary. Hashing the same bytes is the
//! unit of the comparison: nothing that answers for them can do less.
//!
//! The policy is third-party evidence; without it nothing is measured, and that is said.

#[path = "../appraisal/processor_time.rs"]
mod processor_time;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use portcullis_engine::ci_policy::author::{Choice, author};
use portcullis_engine::ci_policy::order::TieOrder;
use portcullis_engine::ci_policy::{binary, xml};
use portcullis_engine::crypto::{HashAlg, digest};
use portcullis_engine::formats::Input;
use portcullis_tests::corpus::{read, third_party};
use processor_time::ProcessorTime;

fn convert(bytes: &[u8]) -> Vec<u8> {
    let text = xml::decode(bytes).expect("text");
    let choice = Choice { format: Some(8), order: Some(TieOrder::Legacy) };
    author(&xml::read(&text.text).expect("a policy"), choice).expect("a binary").bytes
}

fn main() {
    let Some(folder) = third_party("cipolicies") else { return };
    let text = read(&folder.join("pairs_exact/SiPolicy_Enforced.xml"));
    let policy = read(&folder.join("pairs_exact/SiPolicy_Enforced.p7b"));
    assert!(convert(&text) == policy, "a fast conversion to other bytes is worth nothing");
    let mut criterion = Criterion::default()
        .with_measurement(ProcessorTime)
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for (name, bytes) in [("XML", &text), ("binary", &policy)] {
        let mut group = criterion.benchmark_group(format!("{name}, {} KB", bytes.len() / 1_000));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function("SHA-256", |bencher| {
            bencher.iter(|| digest(HashAlg::Sha256, &[black_box(bytes)]));
        });
        if name == "XML" {
            group.bench_function("to binary", |bencher| bencher.iter(|| convert(black_box(bytes))));
        } else {
            group.bench_function("read", |bencher| {
                bencher.iter(|| binary::read(Input::new(black_box(bytes))).expect("a policy"));
            });
        }
        group.finish();
    }
}
