//! What the benchmarks measure, and the table that they end with.
//!
//! Run with `cargo bench -p portcullis-bench --features peers`. Compare figures of one run only:
//! they depend on the machine and on what else it does.

pub mod evidence;
pub mod logs;
pub mod peers;
pub mod table;
