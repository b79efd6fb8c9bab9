//! The service as its operators run it, and hosts that attest to it through the agent's code.

mod attacks;
mod exchange;
mod routes;
mod running;
mod swtpm;
