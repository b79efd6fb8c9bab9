//! The rules that the code keeps, each as a test: who may know whom, how long things may get,
//! which documents must agree with the code.
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

mod budgets;
mod catalogue;
mod documents;
mod layers;
mod licences;
mod limits;
mod panic_wall;
mod policies;
mod ratchet;
mod source;
mod text;
mod threats;
