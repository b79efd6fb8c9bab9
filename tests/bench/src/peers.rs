//! Other programs and crates that read event logs.
//!
//! They do different work, so each row of the table says what: only equal work compares.

use std::path::Path;
use std::process::{Command, Stdio};

/// Row of the program `tpm2_eventlog` (Debian package tpm2-tools): parses, hashes the data of some
/// types, replays all banks, and writes YAML.
pub const TPM2_EVENTLOG: &str = "tpm2_eventlog: a process that writes YAML";

/// Runs it. False when it is missing or fails.
#[must_use]
pub fn tpm2_eventlog(log: &Path) -> bool {
    let mut command = Command::new("tpm2_eventlog");
    let command = command.arg(log).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A crate: its row in the table, and a call that returns the number of records, or `None` when
/// it cannot read the log.
pub type Peer = (&'static str, fn(&[u8]) -> Option<usize>);

/// Row of `uefi-eventlog`: parses records and some bodies, hashes the data of most types, and
/// replays all banks.
pub const UEFI_EVENTLOG: &str = "uefi-eventlog: parse, hash most, replay";

/// Row of `eventlog-rs`: parses records, hashes no data, and replays as if all digests were
/// SHA-384.
pub const EVENTLOG_RS: &str = "eventlog-rs: parse, replay";

/// The crates that this build was made with.
#[must_use]
pub fn crates() -> &'static [Peer] {
    #[cfg(feature = "peers")]
    return &[(UEFI_EVENTLOG, uefi_eventlog), (EVENTLOG_RS, eventlog_rs)];
    #[cfg(not(feature = "peers"))]
    return &[];
}

#[cfg(feature = "peers")]
fn uefi_eventlog(log: &[u8]) -> Option<usize> {
    use fallible_iterator::FallibleIterator as _;

    let mut parser = uefi_eventlog::Parser::new(log);
    let mut count = 0;
    while parser.next().ok()?.is_some() {
        count += 1;
    }
    std::hint::black_box(parser.pcrs());
    Some(count)
}

#[cfg(feature = "peers")]
fn eventlog_rs(log: &[u8]) -> Option<usize> {
    let log = eventlog_rs::Eventlog::try_from(log.to_vec()).ok()?;
    std::hint::black_box(log.replay_measurement_registry());
    Some(log.log.len())
}
