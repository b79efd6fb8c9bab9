//! From bytes to borrowed views: strict framing, lenient bodies.
//!
//! Nothing that a format module returns is trusted: it says what the bytes *claim*. Every error
//! names the field and the offset of its first byte.

pub mod body;
pub mod encoding;
pub mod error;
pub mod eventlog;
pub mod identifier;
pub mod input;
pub mod key;
mod line;
pub mod pcp;
pub mod sipa;
pub mod tpm;
pub mod x509;

pub use error::{ParseError, ParseErrorKind};
pub use input::{Input, Parsed};
