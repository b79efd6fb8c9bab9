//! TPM 2.0 structures: keys, attestations, signatures, register values.
//!
//! Source: TCG TPM 2.0 Library, part 2 "Structures", revision 1.59; all integers big-endian,
//! except in the files of tpm2-tools ([`pcr_values`]), which dump C structures. Every structure
//! is read to its exact end.
//!
//! What comes back is only *claimed* by the bytes. A [`TpmsAttest`] says nothing before the
//! signature over [`TpmsAttest::bytes`] was checked under a key that is bound to an endorsement;
//! a [`TpmtPublic`] says nothing about who holds the key.

pub mod attest;
pub mod creation_data;
pub mod credential;
pub mod name;
pub mod pcr_selection;
pub mod pcr_values;
pub mod public;
pub mod signature;

pub use attest::{AttestBody, TpmsAttest};
pub use creation_data::CreationData;
pub use credential::CredentialFile;
pub use name::Name;
pub use pcr_selection::{PcrSelection, PcrSet};
pub use pcr_values::{PcrValue, PcrValues};
pub use public::TpmtPublic;
pub use signature::TpmtSignature;

use super::input::{Input, Parsed, be_u16, take};

/// Reads a `TPM2B`: a 16-bit size and as many bytes.
pub(crate) fn sized<'a>(field: &'static str) -> impl Fn(Input<'a>) -> Parsed<'a, Input<'a>> {
    move |input| {
        let (input, size) = be_u16(field)(input)?;
        take(field, usize::from(size))(input)
    }
}
