//! Simulated machines before the engine: what they hand over is authenticated, replayed and
//! judged. The simulator shares no code with the engine; the truth that a machine was built from
//! comes from its specification alone.

mod explained;
mod faults;
mod flaws;
mod identifier;
mod monotone;
mod presets;

pub use portcullis_tests::simulated::{
    POOL_MACHINES, in_parallel, of_preset, pool, service, started,
};
