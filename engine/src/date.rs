//! A time as text. The engine has no clock: the second comes from a document.

use std::time::Duration;

use der::DateTime;

/// `YYYY-MM-DDThh:mm:ssZ` of a second since 1970-01-01T00:00:00Z; behind the year 9999, which
/// that form cannot write, the second itself.
pub(crate) fn text(unix_s: u64) -> String {
    match DateTime::from_unix_duration(Duration::from_secs(unix_s)) {
        Ok(date) => date.to_string(),
        Err(_) => format!("{unix_s} seconds after 1970-01-01T00:00:00Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_second_is_written_as_its_date_in_utc() {
        for (unix_s, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (1_771_200_000, "2026-02-16T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (u64::MAX, "18446744073709551615 seconds after 1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(text(unix_s), expect);
        }
    }
}
