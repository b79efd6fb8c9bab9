//! What compiled code depends on: one text for the build script, which compiles the guest, and
//! for the library, which loads it. A difference would be refused when the code is loaded.

use wasmtime::Config;

/// How a call is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meter {
    /// By the wall clock.
    Epoch,
    /// By the count of executed instructions: the same on every machine, for tests.
    Fuel,
}

/// Stack of the compiled code, in bytes. The guest's own stack, in its memory, has 128 KiB; the
/// deepest recursion of the engine (JSON, 128 levels; DER and SIPA, 8) uses a tenth of this.
const STACK_SIZE_BYTES: usize = 512 << 10;

/// The settings of compiled code.
pub fn compiled(meter: Meter) -> Config {
    let mut config = Config::new();
    config.wasm_wide_arithmetic(true);
    // Not deterministic across machines, or of no use to the guest: what is off cannot be wrong.
    config.wasm_relaxed_simd(false);
    config.wasm_multi_memory(false);
    config.wasm_memory64(false);
    config.max_wasm_stack(STACK_SIZE_BYTES);
    config.epoch_interruption(meter == Meter::Epoch);
    config.consume_fuel(meter == Meter::Fuel);
    // Traps are told apart by their code; nobody reads a backtrace of hostile code.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    config
}
