//! What real certificates get wrong, each deviation by name.
//!
//! A quirk is something that the reader tolerates because shipped hardware has it. It is never
//! silent: every quirk stands in [`Certificate::quirks`](super::Certificate::quirks) with the
//! bytes that it is about, and becomes a finding. A quirk never changes what a signature is
//! checked over: that is always the raw slice.

use core::fmt;

use crate::Span;

/// A tolerated deviation and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Quirk {
    /// Which deviation.
    pub kind: QuirkKind,
    /// The bytes that it is about.
    pub span: Span,
}

/// The deviations that the reader knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum QuirkKind {
    /// The 7-byte header `10 01 00 LL LL 10 02` of TPM 1.2 NV storage stands before the
    /// certificate (TCG PC Client Specific Implementation Specification 1.21, section 7.3.2).
    NvHeader,
    /// One byte value fills the space behind the certificate: the NV index is larger (0xff on
    /// STM chips).
    TrailingPadding {
        /// The byte.
        byte: u8,
    },
    /// Bytes that are neither padding nor a certificate follow.
    TrailingBytes,
    /// The attributes of a multi-valued name component are not in the order of X.690, 11.6
    /// (Nuvoton, Nationz).
    SetOrder,
    /// A value equal to its DEFAULT is written out, against X.690, 11.5 (Intel PTT: `critical`
    /// and `cA`).
    EncodedDefault,
    /// The key's algorithm is RSAES-OAEP (RFC 4055, section 4), as TPM 1.2 vendors certified
    /// endorsement keys; it is read as an RSA key.
    RsaesOaepKey,
    /// The parameters of a signature algorithm are absent where RFC 4055 asks for NULL, or
    /// NULL where RFC 5758 asks for absence.
    AlgorithmParameters,
    /// A date before 2050 as `GeneralizedTime`, against RFC 5280, 4.1.2.5.
    TimeEncoding,
    /// An extension that only informs does not decode (the TPM specification as IBM's TPM software
    /// writes it).
    MalformedExtension,
    /// The serial number is zero or negative, against RFC 5280, 4.1.2.2.
    SerialNotPositive,
    /// The serial number has more than 20 bytes, against RFC 5280, 4.1.2.2.
    SerialTooLong,
}

impl fmt::Display for QuirkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NvHeader => "a TPM 1.2 NV header stands before the certificate",
            Self::TrailingPadding { byte } => {
                return write!(f, "bytes of value 0x{byte:02x} follow the certificate");
            }
            Self::TrailingBytes => "bytes that are no certificate follow the certificate",
            Self::SetOrder => "the attributes of a multi-valued name component are out of order",
            Self::EncodedDefault => "a default value is written out",
            Self::RsaesOaepKey => "the key is declared as RSAES-OAEP",
            Self::AlgorithmParameters => "the parameters of an algorithm are not as specified",
            Self::TimeEncoding => "a date before 2050 is encoded as `GeneralizedTime`",
            Self::MalformedExtension => "an extension that only informs does not decode",
            Self::SerialNotPositive => "the serial number is not positive",
            Self::SerialTooLong => "the serial number has more than 20 bytes",
        };
        f.write_str(text)
    }
}
