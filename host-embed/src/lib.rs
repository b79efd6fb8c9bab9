//! The engine in a sandbox, for programs that judge evidence of hosts.
//!
//! The guest is built and compiled when this crate is built, and embedded in it; a program that
//! uses it needs no file, no compiler and no network. Every call gets a fresh instance without
//! imports, bounded in time, memory and number. What the guest cannot say in these bounds is a
//! [`SandboxError`], never a verdict.
//!
//! ```
//! use portcullis_api::call::Operation;
//! use portcullis_host::{CallError, Limits, Sandbox};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Once: loads the embedded guest, sets up the pool. Share it between threads.
//! let sandbox = Sandbox::new(Limits::default())?;
//!
//! // For every host: a bundle is policy set, registration and evidence in one JSON document.
//! let bundle = br#"{"schema":"portcullis.bundle/1"}"#;
//! match sandbox.call(Operation::Appraise, bundle) {
//!     // A well-formed result, which may well say that the host fails.
//!     Ok(result) => println!("{}", String::from_utf8(result)?),
//!     // The bundle cannot be used: HTTP 400.
//!     Err(CallError::Refused(refusal)) => assert_eq!(refusal.kind, "json"),
//!     // A limit was met: HTTP 503 for a full queue, else 500. Keep `error.input` for a replay.
//!     Err(CallError::Sandbox(error)) => eprintln!("{error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A host in another language loads [`Build::wasm`] and follows the calling convention that
//! `host-embed/guest/src/lib.rs` describes.

mod config;
mod error;
mod gate;
mod guest;
mod limits;
mod sandbox;
mod ticker;

pub use error::{CallError, KEPT_SIZE_BYTES_MAX, Limit, SandboxError};
pub use guest::{Build, Compiled};
pub use limits::Limits;
pub use sandbox::Sandbox;
