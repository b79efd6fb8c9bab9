//! A TPM 2.0 client: what a host needs of its TPM to prove what it booted.
//!
//! TCG TPM 2.0 Library revision 1.59, parts 2 and 3; all numbers big-endian. It finds the EK and
//! its certificate, makes and loads an AK, opens credentials, quotes registers. Authorizations are
//! empty passwords and the policy of the EK; no secret crosses the bus but the one of a credential,
//! which the verifier made for a single exchange.
//!
//! What it does *not* establish: that the TPM is genuine, or that it is one at all. What it
//! answers is read with the care of a network peer's words, and believed by nobody here: the
//! verifier decides.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unreachable
    )
)]

mod ak;
mod capability;
mod command;
mod ek;
mod error;
mod marshal;
mod nv;
mod pcr;
mod quote;
mod session;
pub mod transport;

pub use ak::{AkBlobs, AkKind};
pub use capability::Properties;
pub use command::Tpm;
pub use ek::{Ek, EkKind};
pub use error::{Error, Result};
pub use pcr::{Bank, PcrSelection};
pub use quote::Quote;
pub use transport::{Address, Transport};
