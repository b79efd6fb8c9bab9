//! Memory returns to where it was. A test program of its own: neighbours would change the level.
#![cfg(target_os = "linux")]

use portcullis_api::call::Operation;
use portcullis_host::{Compiled, Limits, Sandbox};

const CALLS_COUNT: usize = 20;
const MEMORY_SIZE_BYTES_MAX: usize = 64 << 20;

/// What an unused slot of the pool may keep, and what the allocator may hold back.
const REST_SIZE_BYTES_MAX: usize = 16 << 20;

/// Resident memory of this process, in bytes.
fn resident_size_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

#[test]
fn memory_of_hostile_calls_is_returned() {
    let limits = Limits { memory_size_bytes_max: MEMORY_SIZE_BYTES_MAX, ..Limits::interactive() };
    let sandbox = Sandbox::with_guest(Compiled::hostile("growth").unwrap(), limits).unwrap();
    let before = resident_size_bytes();
    for _ in 0..CALLS_COUNT {
        assert!(sandbox.call(Operation::Appraise, b"{}").is_err());
    }
    assert_eq!(sandbox.instances_count(), 0);
    let after = resident_size_bytes();
    assert!(after <= before + REST_SIZE_BYTES_MAX, "{before} bytes became {after}");
}
