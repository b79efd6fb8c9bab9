//! The state of a fabric in one encrypted file: hosts, trusted certificates, references, switches.
//!
//! The file begins with one line of JSON that says how the key is made from the passphrase
//! (Argon2id); the rest is encrypted and authenticated in pieces (XChaCha20-Poly1305 in the
//! STREAM construction), the first line with every piece. A file that was cut, reordered or
//! changed anywhere does not open. Inside is one JSON document per line, so that neither side
//! holds a large fabric in memory. Verdicts and the audit trail are not part of it.

mod export;
mod file;
mod import;
mod record;

pub use export::export;
pub use file::{StateReader, StateWriter};
pub use import::{Imported, Importer};
pub use record::Record;
