//! Names, numbers and sizes of the formats that Portcullis reads, and nothing else.
//!
//! Every group of numbers is an *open newtype*: a value that the specification does not name
//! survives unchanged and prints as hexadecimal. Each group names its specification, revision
//! and table.
//!
//! Architecture invariant: this crate has no dependencies, and no code in it reads or writes
//! bytes. The engine and the simulator share it, and share nothing else, so that a misreading of
//! a format cannot hide on both sides.
#![no_std]

mod open;

pub mod alg;
pub mod ci_policy;
pub mod event;
pub mod guid;
pub mod hgs;
pub mod oid;
pub mod sipa;
pub mod tpm;

pub use alg::TpmAlg;
pub use event::EventType;
pub use guid::Guid;
pub use sipa::SipaType;
