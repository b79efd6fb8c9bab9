//! A second reading of the specification, to hold the engine against: replay and Secure Boot
//! state, written down as the rules are written down, in the order of the rules.
//!
//! Source: TCG PC Client Platform Firmware Profile 1.06, sections 3.3.4 (registers) and 10
//! (event log). It shares no code with the engine, not even the reading of bytes: only the hash
//! functions are the same crates. It is slow, reads everything, and trusts the *type* of a
//! record, as the specification does. The engine must not, so the two meet on honest logs only.
//!
//! What it does not do: find the place of a defect. A log that breaks anywhere is `None`.

mod log;
mod replay;
mod secure_boot;

pub use log::{Log, Record, parse};
pub use replay::{Registers, hash, replay, reset_value};
pub use secure_boot::{SecureBoot, State, secure_boot, signatures};

/// `TPM_ALG_ID` and digest size of the hash functions that both sides compute.
pub const HASHES: [(u16, usize); 4] = [(0x0004, 20), (0x000b, 32), (0x000c, 48), (0x000d, 64)];

/// `EV_NO_ACTION`.
const NO_ACTION: u32 = 0x0000_0003;
