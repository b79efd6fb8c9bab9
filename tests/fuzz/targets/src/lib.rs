//! Fuzz targets as plain functions: no panic, no span outside the input, bounded memory.
//!
//! Each target is one function over bytes, so that libFuzzer (`tests/fuzz/libfuzzer/fuzz_targets`), the
//! seeded runner (`cargo run -p portcullis-fuzz`) and a plain test run the same checks. A target
//! establishes nothing about *what* is read: for that there are the corpora and the oracle.

pub mod ci_policy;
pub mod event_log;
pub mod identifier;
pub mod key;
pub mod mutate;
pub mod request;
pub mod runner;
pub mod seeds;
pub mod sipa;
mod spans;
pub mod tpm;
pub mod x509;

pub use spans::assert_spans_inside;

/// A target and what the runner needs to know about it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, here and in `tests/fuzz/libfuzzer/fuzz_targets`.
    pub name: &'static str,
    /// Runs it once. Panics when a property does not hold.
    pub fuzz: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The bound of its memory.
    pub memory: MemoryBound,
}

/// Peak of the heap during one run: `constant + factor * size of the input`.
#[derive(Clone, Copy, Debug)]
pub struct MemoryBound {
    /// Bytes that do not depend on the input: precomputed tables, buffers of a fixed size.
    pub constant_bytes: usize,
    /// Bytes for each byte of input.
    pub factor: usize,
}

impl MemoryBound {
    /// The bound for an input of this size.
    #[must_use]
    pub const fn bytes(self, input_size_bytes: usize) -> usize {
        self.constant_bytes.saturating_add(self.factor.saturating_mul(input_size_bytes))
    }
}

const fn bound(factor: usize) -> MemoryBound {
    MemoryBound { constant_bytes: CONSTANT_BYTES, factor }
}

/// Registers, short lists, and the tables of elliptic curves that are made at their first use.
const CONSTANT_BYTES: usize = 64 << 10;

/// All targets, by name. Each bound is some times what the seeds and long runs need: it is there
/// to catch an allocation that follows a number in the input instead of the input's size.
pub const TARGETS: &[Target] = &[
    Target {
        name: "ci_policy",
        fuzz: ci_policy::fuzz,
        seeds: seeds::ci_policies,
        // Two lists of statements, each of which may have 16 MiB whatever the input.
        memory: MemoryBound { constant_bytes: 40 << 20, factor: 64 },
    },
    Target {
        name: "event_log",
        fuzz: event_log::fuzz,
        seeds: seeds::event_logs,
        memory: bound(128),
    },
    Target {
        name: "identifier",
        fuzz: identifier::fuzz,
        seeds: seeds::identifiers,
        memory: bound(32),
    },
    Target { name: "key", fuzz: key::fuzz, seeds: seeds::keys, memory: bound(16) },
    Target { name: "request", fuzz: request::fuzz, seeds: seeds::requests, memory: bound(32) },
    Target { name: "sipa", fuzz: sipa::fuzz, seeds: seeds::sipa, memory: bound(128) },
    Target { name: "tpm", fuzz: tpm::fuzz, seeds: seeds::tpm_structures, memory: bound(16) },
    Target { name: "x509", fuzz: x509::fuzz, seeds: seeds::certificates, memory: bound(32) },
];
