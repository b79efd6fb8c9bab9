//! The seeded runner: every seed, then mutations until the time is up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

use crate::Target;
use crate::mutate::{Random, mutated};

/// Reads the counters of the allocator. In a program that does not install it they stand still,
/// and no memory bound is checked.
const HEAP: PeakAlloc = PeakAlloc;

/// When to stop mutating.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After so many mutations.
    Runs(u64),
    /// After so long; at least one mutation runs.
    Elapsed(Duration),
}

/// What a run of a target did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Inputs that were tried.
    pub runs: u64,
    /// Largest peak of the heap: input and peak, both in bytes.
    pub peak: (usize, usize),
    /// Largest share of the bound that was used, in percent.
    pub bound_percent: usize,
}

/// An input for which a property does not hold.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The input.
    pub input: Vec<u8>,
    /// What happened.
    pub reason: String,
}

/// Runs a target over its seeds and their mutations.
///
/// # Errors
/// The first input for which a property does not hold.
pub fn run(target: &Target, seed: u64, until: Until) -> Result<Report, Counterexample> {
    let seeds = (target.seeds)();
    let mut report = Report::default();
    for input in &seeds {
        run_once(target, input, &mut report)?;
    }
    let (mut random, start, mut mutations) = (Random::new(seed), Instant::now(), 0_u64);
    loop {
        let done = match until {
            Until::Runs(runs) => mutations >= runs,
            Until::Elapsed(time) => mutations > 0 && start.elapsed() >= time,
        };
        if done {
            return Ok(report);
        }
        run_once(target, &mutated(&seeds, &mut random), &mut report)?;
        mutations += 1;
    }
}

/// Runs a target on one input.
///
/// # Errors
/// The input, when a property does not hold for it.
pub fn run_once(target: &Target, input: &[u8], report: &mut Report) -> Result<(), Counterexample> {
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.fuzz)(input)));
    let peak = HEAP.peak_usage().saturating_sub(before);
    let counterexample = |reason| Err(Counterexample { input: input.to_vec(), reason });
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        return counterexample(text.unwrap_or("panic").to_owned());
    }
    let bound = target.memory.bytes(input.len());
    if peak > bound {
        return counterexample(format!("needs {peak} bytes of memory, bound {bound}"));
    }
    report.runs += 1;
    report.bound_percent = report.bound_percent.max(peak.saturating_mul(100) / bound.max(1));
    if peak > report.peak.1 {
        report.peak = (input.len(), peak);
    }
    Ok(())
}
