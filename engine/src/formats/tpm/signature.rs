//! `TPMT_SIGNATURE` (Structures, section 11.3.4): RSASSA, RSAPSS and ECDSA.
//!
//! The scheme and hash in this structure are the sender's word. A verifier takes both from the
//! *key* (see [`TpmtSignature::fits`]) so that nobody chooses a weaker pair for it.

use super::{TpmtPublic, sized};
use crate::Span;
use crate::crypto::{HashAlg, Signature};
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, be_u16, complete};
use crate::wire::TpmAlg;

/// `TPMT_SIGNATURE`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TpmtSignature<'a> {
    /// The scheme.
    pub scheme: TpmAlg,
    /// The hash algorithm.
    pub hash: TpmAlg,
    /// Where scheme and hash stand.
    pub scheme_span: Span,
    /// The signature.
    pub value: SignatureValue<'a>,
}

/// `TPMU_SIGNATURE`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureValue<'a> {
    /// One integer as long as the modulus.
    Rsa(Input<'a>),
    /// Two scalars; leading zero bytes may be cut.
    Ecdsa {
        /// The first scalar.
        r: Input<'a>,
        /// The second scalar.
        s: Input<'a>,
    },
}

impl<'a> TpmtSignature<'a> {
    /// Reads a `TPMT_SIGNATURE` that is the whole input.
    ///
    /// # Errors
    /// Another scheme than the three, bytes behind the structure, or the end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "TPMT_SIGNATURE", parse_signature)
    }

    /// The signature in the form that verification needs.
    #[must_use]
    pub const fn to_signature(&self) -> Signature<'a> {
        match self.value {
            SignatureValue::Rsa(bytes) if matches!(self.scheme, TpmAlg::RSAPSS) => {
                Signature::RsaPss(bytes.bytes())
            }
            SignatureValue::Rsa(bytes) => Signature::RsaPkcs1(bytes.bytes()),
            SignatureValue::Ecdsa { r, s } => Signature::Ecdsa { r: r.bytes(), s: s.bytes() },
        }
    }

    /// The hash algorithm, or `None` for one that the engine cannot compute.
    #[must_use]
    pub fn hash_alg(&self) -> Option<HashAlg> {
        HashAlg::from_tpm(self.hash)
    }

    /// True when scheme and hash are those that the key is restricted to. A key without a
    /// scheme fits no signature.
    #[must_use]
    pub fn fits(&self, key: &TpmtPublic<'_>) -> bool {
        key.scheme
            .is_some_and(|scheme| scheme.algorithm == self.scheme && scheme.hash == Some(self.hash))
    }
}

/// Reads a `TPMT_SIGNATURE`.
///
/// # Errors
/// Another scheme than the three, or the end of the input.
pub fn parse_signature(input: Input<'_>) -> Parsed<'_, TpmtSignature<'_>> {
    let (rest, scheme) = be_u16("sigAlg")(input)?;
    let scheme = TpmAlg(scheme);
    if !matches!(scheme, TpmAlg::RSASSA | TpmAlg::RSAPSS | TpmAlg::ECDSA) {
        return input.fail(ParseErrorKind::Unsupported(u64::from(scheme.0)), "sigAlg", 2);
    }
    let (rest, hash) = be_u16("hash")(rest)?;
    let scheme_span = rest.span_since(input);
    let (rest, value) = if scheme == TpmAlg::ECDSA {
        let (rest, r) = sized("signatureR")(rest)?;
        let (rest, s) = sized("signatureS")(rest)?;
        (rest, SignatureValue::Ecdsa { r, s })
    } else {
        let (rest, sig) = sized("sig")(rest)?;
        (rest, SignatureValue::Rsa(sig))
    };
    Ok((rest, TpmtSignature { scheme, hash: TpmAlg(hash), scheme_span, value }))
}
