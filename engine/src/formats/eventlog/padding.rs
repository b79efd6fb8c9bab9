//! What stands behind the last record of a log that was copied out of a firmware area.
//!
//! The area is filled with zero bytes or with `0xff`, and nothing marks the end of the records.
//! Zero bytes read as legal records of the SHA-1 layout (PCR 0, `EV_PREBOOT_CERT`, no data), so
//! padding has to be recognised before a record is read.

use super::Input;
use crate::Span;

/// Bytes behind the last record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Padding {
    /// What they hold.
    pub fill: Fill,
    /// Where they stand: up to the end of the artefact.
    pub span: Span,
}

/// What padding holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    /// Only zero bytes.
    Zeroes,
    /// Only `0xff`.
    Ones,
    /// It begins with eight bytes `0xff` (no record has that PCR index and type), and holds other
    /// bytes behind them, which nothing reads and nothing covers.
    Mixed,
}

/// Offset of the longest tail of `bytes` that holds one value, zero or `0xff`; the size of
/// `bytes` when there is none.
///
/// It is found once for the whole log: looking ahead at every record would take quadratic time
/// on a log made for that.
pub(super) fn uniform_tail(bytes: &[u8]) -> usize {
    match bytes.last() {
        Some(&fill @ (0 | 0xff)) => {
            bytes.iter().rposition(|byte| *byte != fill).map_or(0, |last| last.saturating_add(1))
        }
        _ => bytes.len(),
    }
}

/// The padding that starts at `rest`, given the start of the uniform tail.
pub(super) fn at(rest: Input<'_>, uniform_tail: usize) -> Option<Padding> {
    let first = *rest.bytes().first()?;
    let fill = if rest.offset() >= uniform_tail {
        if first == 0 { Fill::Zeroes } else { Fill::Ones }
    } else if rest.bytes().starts_with(&[0xff; 8]) {
        Fill::Mixed
    } else {
        return None;
    };
    Some(Padding { fill, span: rest.span() })
}
