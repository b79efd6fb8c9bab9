//! The table at the end: medians of processor time (of elapsed time for a process), and how they
//! stand to ours.

use std::fmt::Write as _;
use std::path::Path;

use portcullis_tests::corpus::read_json;

/// The row that the others are compared with.
pub const REFERENCE: &str = "parse, re-hash, replay";

/// Median of one benchmark in microseconds; `None` when it did not run.
///
/// # Panics
/// When what criterion wrote is not what it writes.
fn median_us(criterion: &Path, log: &str, row: &str) -> Option<f64> {
    // The folder is named as criterion names it.
    let row = row.replace(['/', '"', '?', '*', '<', '>', ':', '|', '^'], "_");
    let file = criterion.join(log).join(row).join("new/estimates.json");
    let estimates = file.is_file().then(|| read_json(&file))?;
    Some(estimates["median"]["point_estimate"].as_f64().expect("a median") / 1_000.0)
}

/// Medians of all rows for all logs, each with its ratio to [`REFERENCE`] for the same log, and
/// how they stand to the goal: 100 microseconds, and half the time of every peer.
#[must_use]
pub fn render(criterion: &Path, logs: &[&str], ours: &[&str], peers: &[&str]) -> String {
    let mut table = format!("\n{:<44}", "median, and ratio to the reference");
    for log in logs {
        let _ = write!(table, "{log:>24}");
    }
    for row in ours.iter().chain(peers) {
        let mark = if *row == REFERENCE { " (reference)" } else { "" };
        let _ = write!(table, "\n{:<44}", format!("{row}{mark}"));
        for log in logs {
            let reference = median_us(criterion, log, REFERENCE);
            let cell = match (median_us(criterion, log, row), reference) {
                (Some(median), Some(reference)) => {
                    format!("{median:.1} us {:>7.2}x", median / reference)
                }
                (Some(median), None) => format!("{median:.1} us"),
                (None, _) => "-".into(),
            };
            let _ = write!(table, "{cell:>24}");
        }
    }
    table.push('\n');
    for log in logs {
        table.push_str(&goal(criterion, log, peers).unwrap_or_default());
    }
    table
}

/// `None` when the reference did not run, or no peer.
fn goal(criterion: &Path, log: &str, peers: &[&str]) -> Option<String> {
    let reference = median_us(criterion, log, REFERENCE)?;
    let fastest = peers.iter().filter_map(|row| median_us(criterion, log, row));
    let ratio = fastest.min_by(f64::total_cmp)? / reference;
    let verdict = if reference <= 100.0 && ratio >= 2.0 { "reached" } else { "MISSED" };
    Some(format!(
        "{log}: {reference:.1} us (goal: 100), the fastest peer takes {ratio:.2} times as long \
         (goal: 2): {verdict}\n"
    ))
}
