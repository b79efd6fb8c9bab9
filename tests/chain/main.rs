//! Path building and path verification over certificates that the tests make.
//!
//! Every world is also put to OpenSSL, which must come to the same verdict; where it does not, the
//! test says why. So neither our writer of certificates nor our reading of RFC 5280 is its own
//! judge. Dates and SHA-1, which are notes here, OpenSSL is told to ignore.
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

mod algorithms;
mod budgets;
mod form;
mod issuers;
mod mutation;
mod paths;
mod profile;
mod revocation;
mod store;
mod time;
mod words;
mod world;
