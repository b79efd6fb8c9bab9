//! The property that every span stands inside the input, for any parsed structure.
//!
//! A derived `Debug` prints every field, so the spans are read from there as they are printed:
//! no structure can be forgotten, and nothing is stored.

use std::fmt::{self, Debug, Write as _};

/// Asserts that every [`portcullis_engine::Span`] in `value` lies inside `input`.
///
/// # Panics
/// When one does not.
pub fn assert_spans_inside(value: &impl Debug, input: &[u8]) {
    let mut sink = SpanSink { size_bytes: input.len(), state: State::Outside, offset: 0 };
    let outside = write!(sink, "{value:?}").is_err();
    assert!(!outside, "a span that begins at {} leaves the input of {}", sink.offset, input.len());
}

/// Reads the fragments `Span`, ` { `, `offset`, `: `, `12`, `, `, `size`, `: `, `3`, ` }`, in
/// which the derived `Debug` of a span arrives.
struct SpanSink {
    size_bytes: usize,
    state: State,
    offset: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Outside,
    Named,
    Offset,
    OffsetRead,
    Size,
}

impl fmt::Write for SpanSink {
    fn write_str(&mut self, fragment: &str) -> fmt::Result {
        self.state = match (self.state, fragment) {
            (_, "Span") => State::Named,
            (State::Named, "offset") => State::Offset,
            (State::OffsetRead, "size") => State::Size,
            (State::Offset, ": ") | (State::Size, ": ") => self.state,
            (State::Offset, number) => {
                self.offset = number.parse().map_err(|_| fmt::Error)?;
                State::OffsetRead
            }
            (State::Size, number) => {
                let size: usize = number.parse().map_err(|_| fmt::Error)?;
                let end = self.offset.checked_add(size).ok_or(fmt::Error)?;
                if end > self.size_bytes {
                    return Err(fmt::Error);
                }
                State::Outside
            }
            (state, _) => state,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::assert_spans_inside;
    use portcullis_engine::Span;

    #[test]
    fn spans_inside_are_accepted_wherever_they_stand() {
        assert_spans_inside(&Span::new(0, 4), b"1234");
        assert_spans_inside(&vec![("name", Some(Span::new(4, 0)))], b"1234");
        assert_spans_inside(&"no span", b"");
    }

    #[test]
    #[should_panic(expected = "a span that begins at 2 leaves the input of 4")]
    fn a_span_that_ends_one_byte_behind_the_input_is_found() {
        assert_spans_inside(&[(7, Span::new(1, 1)), (8, Span::new(2, 3))], b"1234");
    }

    #[test]
    #[should_panic(expected = "leaves the input")]
    fn a_span_whose_end_overflows_is_found() {
        assert_spans_inside(&Span::new(1, usize::MAX), b"1234");
    }
}
