//! The administrator's half of the documented walk-through: what is registered, in which version,
//! what is refused and why. Tests are named after the steps (W3 to W26).

mod change;
pub mod fabric;
mod readme;
mod references;
mod registration;
mod reliability;
mod state;
