//! What the sandbox costs: an instance, and a verdict beside native code. Prints; asserts nothing.
//!
//! Minima and medians of many calls in one process, which take turns, so that a busy machine
//! disturbs all alike. The bundle is `dbx-added` of the captures.

use std::time::{Duration, Instant};

use portcullis_api::call::{Operation, call};
use portcullis_host::{Build, Compiled, Limits, Sandbox};
use portcullis_tests::corpus;

const ROUNDS_COUNT: usize = 200;

struct Row {
    name: String,
    run: Box<dyn Fn()>,
    times: Vec<Duration>,
}

fn row(name: &str, run: impl Fn() + 'static) -> Row {
    Row { name: name.to_owned(), run: Box::new(run), times: Vec::new() }
}

fn main() {
    let bundle = corpus::read(&corpus::capture("dbx-added.bundle.json"));
    println!("bundle: {} bytes", bundle.len());
    for build in Build::ALL {
        println!("guest {}: {} bytes, {}", build.name(), build.wasm().len(), build.sha256());
    }
    let native = bundle.clone();
    let mut rows = vec![
        row("load the module, set up the pool", || {
            drop(Sandbox::new(Limits::interactive()).expect("a sandbox"));
        }),
        row("native verdict", move || {
            call(Operation::Appraise, &native).expect("a verdict");
        }),
    ];
    for build in Build::ALL {
        let sandbox = || {
            Sandbox::with_guest(Compiled::build(build), Limits::interactive()).expect("a sandbox")
        };
        let (name, first, second, bundle) = (build.name(), sandbox(), sandbox(), bundle.clone());
        rows.push(row(&format!("{name}: an instance and a refused call"), move || {
            first.call(Operation::Appraise, b"").expect_err("a refusal");
        }));
        rows.push(row(&format!("{name}: verdict, instance included"), move || {
            second.call(Operation::Appraise, &bundle).expect("a verdict");
        }));
    }
    for _ in 0..ROUNDS_COUNT {
        for row in &mut rows {
            let start = Instant::now();
            (row.run)();
            row.times.push(start.elapsed());
        }
    }
    print(&mut rows);
}

fn print(rows: &mut [Row]) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let native = rows[1].times.iter().min().copied().unwrap_or_default();
    println!("{:<40} {:>10} {:>10} {:>10}", "", "min us", "median us", "to native");
    for row in rows {
        row.times.sort_unstable();
        let (min, median) = (micros(row.times[0]), micros(row.times[row.times.len() / 2]));
        let ratio = min / micros(native);
        println!("{:<40} {min:>10.1} {median:>10.1} {ratio:>10.2}", row.name);
    }
}
