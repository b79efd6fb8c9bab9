//! Validity periods.
//!
//! RFC 5280, 4.1.2.5: `UTCTime` (two-digit years, 1950 to 2049) or `GeneralizedTime`, both in
//! UTC with seconds. The value says what the issuer wrote; the engine has no clock, and
//! [`crate::chain`] judges it against a time that the caller gives.

use der::Tag;
use der::asn1::{GeneralizedTime, UtcTime};

use super::element::{Element, any, only};
use super::quirk::{Quirk, QuirkKind};
use crate::Span;
use crate::formats::input::Input;
use crate::formats::{ParseError, ParseErrorKind};

/// 2050-01-01T00:00:00Z: from here on dates are `GeneralizedTime`.
const YEAR_2050_UNIX_S: u64 = 2_524_608_000;

/// From when to when a certificate is valid, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validity {
    /// First second, since 1970-01-01T00:00:00Z.
    pub not_before_unix_s: u64,
    /// Last second. `99991231235959Z` means that the certificate does not expire (RFC 5280,
    /// 4.1.2.5), and needs no special case.
    pub not_after_unix_s: u64,
    /// The `Validity` element.
    pub span: Span,
}

impl Validity {
    /// Reads the contents of a `Validity` element.
    pub(super) fn parse(
        element: &Element<'_>,
        quirks: &mut Vec<Quirk>,
    ) -> Result<Self, ParseError> {
        let (rest, not_before) = any("notBefore")(element.contents)?;
        let not_after = only(rest, "notAfter")?;
        Ok(Self {
            not_before_unix_s: time(&not_before, "notBefore", quirks)?,
            not_after_unix_s: time(&not_after, "notAfter", quirks)?,
            span: element.whole.span(),
        })
    }

    /// True when `unix_s` lies before the period.
    #[must_use]
    pub const fn starts_after(&self, unix_s: u64) -> bool {
        unix_s < self.not_before_unix_s
    }

    /// True when `unix_s` lies behind the period.
    #[must_use]
    pub const fn ended_before(&self, unix_s: u64) -> bool {
        unix_s > self.not_after_unix_s
    }
}

/// Reads a `Time` into seconds since 1970.
pub(super) fn time(
    element: &Element<'_>,
    field: &'static str,
    quirks: &mut Vec<Quirk>,
) -> Result<u64, ParseError> {
    match element.tag {
        Tag::UtcTime => {
            element.decode::<UtcTime>(field).map(|time| time.to_unix_duration().as_secs())
        }
        Tag::GeneralizedTime => {
            let time = element.decode::<GeneralizedTime>(field)?.to_unix_duration().as_secs();
            if time < YEAR_2050_UNIX_S {
                quirks.push(Quirk { kind: QuirkKind::TimeEncoding, span: element.whole.span() });
            }
            Ok(time)
        }
        _ => {
            let input: Input<'_> = element.whole;
            Err(input.error(ParseErrorKind::Invalid("is not a time"), field, input.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(der: &[u8], expected: Result<u64, &str>, quirks_expected: usize) {
        let (_, element) = any("time")(Input::new(der)).unwrap();
        let mut quirks = Vec::new();
        let found = time(&element, "time", &mut quirks).map_err(|error| error.kind.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
        assert_eq!(quirks.len(), quirks_expected);
    }

    #[test]
    fn both_encodings_give_seconds_since_1970() {
        check(b"\x17\x0d491231235959Z", Ok(2_524_607_999), 0);
        check(b"\x17\x0d700101000000Z", Ok(0), 0);
        check(b"\x18\x0f20500101000000Z", Ok(2_524_608_000), 0);
        check(b"\x18\x0f99991231235959Z", Ok(253_402_300_799), 0);
    }

    #[test]
    fn an_early_generalized_time_is_a_quirk() {
        check(b"\x18\x0f20261124000000Z", Ok(1_795_478_400), 1);
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        check(b"\x17\x0d261331000000Z", Err("is no date and time of the calendar"), 0);
        check(b"\x02\x01\x05", Err("is not a time"), 0);
    }
}
