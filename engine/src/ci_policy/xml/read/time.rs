//! `xs:dateTime` to and from Windows file times.
//!
//! The proleptic Gregorian calendar without leap seconds, as both sides use it.

use crate::ci_policy::model::FileTime;

const TICKS_PER_SECOND: u32 = 10_000_000;
const SECONDS_PER_DAY: u32 = 86_400;
const SECONDS_PER_MINUTE: u32 = 60;
/// Days from 0000-03-01 to 1601-01-01.
const DAYS_TO_1601: i64 = 584_694;

/// The last time that four digits of a year can write.
pub(in crate::ci_policy) const FILE_TIME_MAX: FileTime = FileTime(2_650_467_743_999_999_999);

/// So many times a size, neither below 0. Unsigned, because compilers of WebAssembly have mistaken
/// the overflow of signed products of 64 bits (`host-embed/build/miscompiled.rs`).
fn times(count: i64, size: u32) -> Option<i64> {
    let product = u64::try_from(count).ok()?.checked_mul(u64::from(size))?;
    i64::try_from(product).ok()
}

/// Days since 1601 of a date; `None` for a date that no calendar has.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1601..=9999).contains(&year) || !(1..=last).contains(&day) {
        return None;
    }
    // Years that begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 {
        (year, month.checked_sub(3)?)
    } else {
        (year.checked_sub(1)?, month.checked_add(9)?)
    };
    let in_years = times(year, 365)?.checked_add(year / 4)?.checked_sub(year / 100)?;
    let in_year = times(month, 153)?.checked_add(2)? / 5;
    in_years
        .checked_add(year / 400)?
        .checked_add(in_year)?
        .checked_add(day.checked_sub(1)?)?
        .checked_sub(DAYS_TO_1601)
}

/// Reads `YYYY-MM-DDThh:mm:ss[.fffffff][Z|+hh:mm|-hh:mm]`. Without a zone the time is taken for
/// UTC; .NET takes it for that of the machine that converts.
pub(super) fn parse(text: &str) -> Option<FileTime> {
    let (date, time) = text.trim().split_once('T')?;
    let (time, offset_seconds) = zone(time)?;
    let mut date = date.split('-');
    let days = days(digits(date.next()?, 4)?, digits(date.next()?, 2)?, digits(date.next()?, 2)?)?;
    let (clock, fraction) =
        time.split_once('.').map_or((time, None), |(clock, rest)| (clock, Some(rest)));
    let mut clock = clock.split(':');
    let (hours, minutes) = (digits(clock.next()?, 2)?, digits(clock.next()?, 2)?);
    let seconds = digits(clock.next()?, 2)?;
    if date.next().is_some() || clock.next().is_some() || hours > 23 || minutes > 59 || seconds > 59
    {
        return None;
    }
    let minutes = times(hours, 60)?.checked_add(minutes)?;
    let seconds = times(days, SECONDS_PER_DAY)?
        .checked_add(times(minutes, SECONDS_PER_MINUTE)?)?
        .checked_add(seconds)?
        .checked_sub(offset_seconds)?;
    let ticks = times(seconds, TICKS_PER_SECOND)?.checked_add(fraction.map_or(Some(0), ticks)?)?;
    (0..=FILE_TIME_MAX.0).contains(&ticks).then_some(FileTime(ticks))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let valid = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if valid { text.parse().ok() } else { None }
}

/// Up to seven digits behind the point.
fn ticks(fraction: &str) -> Option<i64> {
    if fraction.len() > 7 {
        return None;
    }
    digits(&format!("{fraction:0<7}"), 7).filter(|_| !fraction.is_empty())
}

/// The time without its zone, and how many seconds the zone is ahead of UTC.
fn zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some((time, is_ahead, zone)) = time
        .split_once('+')
        .map(|(time, zone)| (time, true, zone))
        .or_else(|| time.split_once('-').map(|(time, zone)| (time, false, zone)))
    else {
        return Some((time, 0));
    };
    let (hours, minutes) = zone.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = times(times(hours, 60)?.checked_add(minutes)?, SECONDS_PER_MINUTE)?;
    Some((time, if is_ahead { seconds } else { seconds.checked_neg()? }))
}

/// Writes a file time in UTC, with seven digits behind the point as .NET does. `None` before 1601
/// and behind [`FILE_TIME_MAX`].
pub(in crate::ci_policy) fn format(time: FileTime) -> Option<String> {
    if !(0..=FILE_TIME_MAX.0).contains(&time.0) {
        return None;
    }
    // Lossless; constants, so that nobody has to believe that they are not zero.
    const SECOND: i64 = TICKS_PER_SECOND as i64;
    const DAY: i64 = SECONDS_PER_DAY as i64;
    let (seconds, ticks) = (time.0 / SECOND, time.0 % SECOND);
    let (days, second) = (seconds / DAY, seconds % DAY);
    let days = days.checked_add(DAYS_TO_1601)?;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days =
        (day_of_era / 1_460).checked_sub(day_of_era / 36_524)?.checked_add(day_of_era / 146_096)?;
    let year_of_era = day_of_era.checked_sub(leap_days)? / 365;
    let before = year_of_era
        .checked_mul(365)?
        .checked_add(year_of_era / 4)?
        .checked_sub(year_of_era / 100)?;
    let day_of_year = day_of_era.checked_sub(before)?;
    let shifted = day_of_year.checked_mul(5)?.checked_add(2)? / 153;
    let first = shifted.checked_mul(153)?.checked_add(2)? / 5;
    let day = day_of_year.checked_sub(first)?.checked_add(1)?;
    let month = if shifted < 10 { shifted.checked_add(3)? } else { shifted.checked_sub(9)? };
    let year =
        year_of_era.checked_add(era.checked_mul(400)?)?.checked_add(i64::from(month <= 2))?;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ticks:07}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from `[datetime]::Parse(..).ToFileTimeUtc()`.
    #[test]
    fn times_have_the_numbers_that_windows_gives_them() {
        for (text, ticks) in [
            ("1601-01-01T00:00:00.0000000Z", 0),
            ("1970-01-01T00:00:00.0000000Z", 116_444_736_000_000_000),
            ("2000-02-29T12:34:56.7890123Z", 125_963_012_967_890_123),
            ("2024-01-02T03:04:05.0000000Z", 133_486_382_450_000_000),
            ("9999-12-31T23:59:59.9999999Z", FILE_TIME_MAX.0),
        ] {
            assert_eq!(parse(text), Some(FileTime(ticks)), "{text}");
            assert_eq!(format(FileTime(ticks)).as_deref(), Some(text));
        }
        assert_eq!(format(FileTime(-1)), None);
        assert_eq!(format(FileTime(FILE_TIME_MAX.0 + 1)), None);
    }

    #[test]
    fn zones_shift_and_fractions_are_filled() {
        let noon = parse("2024-03-01T12:00:00Z");
        for text in
            ["2024-03-01T12:00:00", "2024-03-01T13:30:00.0+01:30", "2024-02-29T22:00:00-14:00"]
        {
            assert_eq!(parse(text), noon, "{text}");
        }
        assert_eq!(parse("1601-01-01T00:00:00.5Z"), Some(FileTime(5_000_000)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2024-01-02",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "1600-12-31T00:00:00Z",
            "24-01-01T00:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.00000000Z",
            "2024-01-01T00:00:00+15:00",
            "2024-01-01T00:00:00ZZ",
            "2024-01-01-01T00:00:00Z",
            "1601-01-01T00:00:00+00:01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
