//! The logs that everybody reads.

use std::path::PathBuf;

use portcullis_tests::corpus::{capture, read, third_party};

/// An event log.
pub struct BenchLog {
    /// Its name in the output.
    pub name: &'static str,
    /// Where it lies.
    pub file: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl BenchLog {
    fn new(name: &'static str, file: PathBuf) -> Self {
        Self { name, bytes: read(&file), file }
    }
}

/// The log of a capture, and larger ones where the third-party corpus is.
///
/// # Panics
/// When one cannot be read.
#[must_use]
pub fn logs() -> Vec<BenchLog> {
    let mut logs =
        vec![BenchLog::new("20 KB, 4 banks", capture("j1-four-banks").join("eventlog.bin"))];
    if let Some(corpus) = third_party("eventlogs") {
        let linux = corpus.join("linux/keylime_secureboot.bin");
        let windows = corpus.join("windows/ws2019-dell-bootcounters.tcglog");
        logs.push(BenchLog::new("41 KB, Linux", linux));
        logs.push(BenchLog::new("62 KB, Windows", windows));
    }
    logs
}
