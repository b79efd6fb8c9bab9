//! Where something stands in an artefact.

/// A run of bytes inside one artefact (an event log, a certificate, a quote).
///
/// Offsets count from the first byte of the artefact as it was handed in, so that an
/// administrator finds the place with any hex viewer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub offset: usize,
    /// Number of bytes; may be zero.
    pub size: usize,
}

impl Span {
    /// A span from its offset and size in bytes.
    #[must_use]
    pub const fn new(offset: usize, size: usize) -> Self {
        Self { offset, size }
    }

    /// Offset of the first byte behind the span. Saturates: spans come from bounded input.
    #[must_use]
    pub const fn end(self) -> usize {
        self.offset.saturating_add(self.size)
    }

    /// The bytes of `artefact` that the span names, or `None` when it reaches past the end.
    #[must_use]
    pub fn slice(self, artefact: &[u8]) -> Option<&[u8]> {
        artefact.get(self.offset..self.end())
    }
}
