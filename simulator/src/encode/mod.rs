//! Encoders. Every format that the simulator writes is written here or beside its structures,
//! never by code that also reads it.

pub mod be;
pub mod der;
pub mod pem;
