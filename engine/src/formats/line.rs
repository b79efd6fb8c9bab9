//! One line for a human out of hostile data: escaped, and of bounded length.

use std::fmt::{self, Write};

use super::body::text::is_visible;
use crate::limits::SUMMARY_CHARS_MAX;

/// Bytes of unknown data that a summary shows.
const HEX_BYTES_MAX: usize = 16;

/// A line that escapes what is written to it, and ends at its limit.
pub(super) struct Line {
    text: String,
    chars_left: usize,
}

impl Line {
    /// What `write` says, in at most [`SUMMARY_CHARS_MAX`] characters and an ellipsis.
    pub(super) fn of(write: impl FnOnce(&mut Self) -> fmt::Result) -> String {
        let mut line = Self { text: String::new(), chars_left: SUMMARY_CHARS_MAX };
        // The only error is that the line is full.
        if write(&mut line).is_err() {
            line.text.push('…');
        }
        line.text
    }

    /// Writes the first bytes of data without structure.
    pub(super) fn write_bytes(&mut self, data: &[u8]) -> fmt::Result {
        match data.get(..HEX_BYTES_MAX) {
            Some(head) if data.len() > HEX_BYTES_MAX => {
                write!(self, "{}… ({} bytes)", Hex(head), data.len())
            }
            _ => write!(self, "{}", Hex(data)),
        }
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| self.write_char(c))
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        let cost = if is_visible(c) { 1 } else { c.escape_debug().len() };
        self.chars_left = self.chars_left.checked_sub(cost).ok_or(fmt::Error)?;
        if cost == 1 {
            self.text.push(c);
        } else {
            self.text.extend(c.escape_debug());
        }
        Ok(())
    }
}

/// Bytes as lower-case hexadecimal.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A number of things, in English.
pub(super) struct Count(pub(super) usize, pub(super) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = *self;
        match (count, noun.strip_suffix('y')) {
            (1, _) => write!(f, "{count} {noun}"),
            (_, Some(stem)) => write!(f, "{count} {stem}ies"),
            (_, None) => write!(f, "{count} {noun}s"),
        }
    }
}
