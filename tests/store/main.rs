//! The store, in SQLite and in PostgreSQL by the same tests.
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

mod audit;
mod capacity;
mod effects;
mod fabric;
mod rules;
mod state;
