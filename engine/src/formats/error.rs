//! The one error of all format modules: what, in which field, at which byte.

use core::fmt;

use crate::Span;

/// Why bytes do not fit their format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// The field, in the specification's spelling.
    pub field: &'static str,
    /// Where the field stands in the artefact.
    pub span: Span,
}

/// The kinds of [`ParseError`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The input ends before the field does.
    Truncated {
        /// Bytes that the field needs.
        needed: u64,
        /// Bytes that are left.
        left: u64,
    },
    /// A count or size is larger than its limit in [`crate::limits`].
    OverLimit {
        /// The value found.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A number that must have another value.
    Unexpected {
        /// The value found.
        found: u64,
        /// The value that the format demands.
        expected: u64,
    },
    /// A value that is not of this format, in words.
    Invalid(&'static str),
    /// A legal value that this engine does not handle.
    Unsupported(u64),
    /// Bytes are left where the structure should have ended.
    Trailing {
        /// How many.
        size_bytes: u64,
    },
}

impl ParseError {
    /// An error for a field at a span.
    #[must_use]
    pub const fn new(kind: ParseErrorKind, field: &'static str, span: Span) -> Self {
        Self { kind, field, span }
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated { needed, left } => {
                write!(f, "needs {needed} bytes, {left} are left")
            }
            Self::OverLimit { found, limit } => write!(f, "{found} is over the limit of {limit}"),
            Self::Unexpected { found, expected } => {
                write!(f, "is 0x{found:x}, expected 0x{expected:x}")
            }
            Self::Invalid(what) => f.write_str(what),
            Self::Unsupported(value) => write!(f, "value 0x{value:x} is not supported"),
            Self::Trailing { size_bytes } => write!(f, "{size_bytes} bytes follow the structure"),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` at byte {}: {}", self.field, self.span.offset, self.kind)
    }
}

impl core::error::Error for ParseError {}

impl From<nom::Err<Self>> for ParseError {
    fn from(error: nom::Err<Self>) -> Self {
        match error {
            nom::Err::Error(error) | nom::Err::Failure(error) => error,
            // Only streaming parsers return this, and the engine has none.
            nom::Err::Incomplete(_) => Self::new(
                ParseErrorKind::Truncated { needed: 1, left: 0 },
                "input",
                Span::default(),
            ),
        }
    }
}

impl<'a> nom::error::ParseError<super::Input<'a>> for ParseError {
    fn from_error_kind(input: super::Input<'a>, _: nom::error::ErrorKind) -> Self {
        Self::new(ParseErrorKind::Invalid("does not fit the format"), "input", input.span())
    }

    fn append(_: super::Input<'a>, _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}
