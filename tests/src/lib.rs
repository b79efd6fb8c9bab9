//! What all referees share: where the evidence lies, and how to read it.
//!
//! Nothing here is part of the product.

pub mod corpus;
pub mod exceptions;
pub mod oracle;
pub mod tools;
