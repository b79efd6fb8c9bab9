//! The binary form of a code integrity policy (`SiPolicy.p7b`, `{GUID}.cip`), unsigned.
//!
//! Microsoft publishes no specification. What stands here was found in 33 binaries of Microsoft's
//! tools (formats 3, 5, 7, 8, 9), all of which survive reading and writing byte for byte; what
//! only one public implementation says is marked *one source* in `wire::ci_policy`. Integers are
//! little-endian, every element begins at a multiple of four.
//!
//! [`read()`] and [`write()`] share the model and nothing else. Reading establishes that lengths,
//! counts and indices fit; it does **not** establish that Windows would load the policy.

mod cursor;
mod read;
mod sections;
mod sink;
mod write;

pub use read::{looks_like_policy, read};
pub use write::{Need, needs, write};

#[cfg(test)]
mod tests;
