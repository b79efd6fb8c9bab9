//! DER (ITU-T X.690), and the ways in which real certificates miss it.
//!
//! Values are built from the inside out: every function returns one finished element. Nothing
//! checks that the elements make sense together, because broken certificates are half of the
//! purpose; [`set_as_given`] and [`explicit_false`] exist for those.

/// Universal tags.
const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const ENUMERATED: u8 = 0x0a;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const IA5_STRING: u8 = 0x16;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// Class bits of a context-specific tag.
const CONTEXT: u8 = 0x80;
/// The bit that says that an element contains elements.
const CONSTRUCTED: u8 = 0x20;

/// One element: tag, size, content.
#[must_use]
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(size) if size < 0x80 => bytes.push(size),
        _ => {
            let size = content.len().to_be_bytes();
            let significant: Vec<u8> = size.into_iter().skip_while(|byte| *byte == 0).collect();
            bytes.push(u8::try_from(significant.len()).unwrap_or(0) | 0x80);
            bytes.extend(significant);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// `SEQUENCE`.
#[must_use]
pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// `SET OF`, its elements in ascending order (X.690, section 11.6).
#[must_use]
pub fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut sorted = parts.to_vec();
    sorted.sort();
    set_as_given(&sorted)
}

/// `SET OF` without the order that DER demands, as in the names of some Nuvoton chips.
#[must_use]
pub fn set_as_given(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SET, &parts.concat())
}

/// A context-specific element around other elements: `[number] EXPLICIT`, or an implicitly
/// tagged constructed type whose content is `content`.
#[must_use]
pub fn context(number: u8, content: &[u8]) -> Vec<u8> {
    element(CONTEXT | CONSTRUCTED | number, content)
}

/// `[number] IMPLICIT` over a primitive type.
#[must_use]
pub fn context_primitive(number: u8, content: &[u8]) -> Vec<u8> {
    element(CONTEXT | number, content)
}

/// `BOOLEAN`.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    element(BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// A default that is written out, which DER forbids (X.690, section 11.5) and Intel does.
#[must_use]
pub fn explicit_false() -> Vec<u8> {
    boolean(false)
}

/// `INTEGER` of a big-endian unsigned number.
#[must_use]
pub fn integer(unsigned: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = unsigned.iter().copied().skip_while(|byte| *byte == 0).collect();
    if content.first().is_none_or(|byte| byte & 0x80 != 0) {
        content.insert(0, 0);
    }
    element(INTEGER, &content)
}

/// `INTEGER` of a small number.
#[must_use]
pub fn integer_u64(value: u64) -> Vec<u8> {
    integer(&value.to_be_bytes())
}

/// `INTEGER` with the content as given: negative or padded numbers.
#[must_use]
pub fn integer_as_given(content: &[u8]) -> Vec<u8> {
    element(INTEGER, content)
}

/// `ENUMERATED` below 128.
#[must_use]
pub fn enumerated(value: u8) -> Vec<u8> {
    element(ENUMERATED, &[value & 0x7f])
}

/// `NULL`.
#[must_use]
pub fn null() -> Vec<u8> {
    element(NULL, &[])
}

/// `OCTET STRING`.
#[must_use]
pub fn octet_string(content: &[u8]) -> Vec<u8> {
    element(OCTET_STRING, content)
}

/// `BIT STRING` of whole bytes.
#[must_use]
pub fn bit_string(content: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], content].concat())
}

/// `BIT STRING` of named bits, without trailing zero bits (X.690, section 11.2.2). Bit 0 is the
/// first one.
#[must_use]
pub fn named_bits(bits: &[u8]) -> Vec<u8> {
    let Some(last) = bits.iter().max() else {
        return element(BIT_STRING, &[0]);
    };
    let mut content = vec![0; usize::from(last / 8).saturating_add(1)];
    for bit in bits {
        if let Some(byte) = content.get_mut(usize::from(bit / 8)) {
            *byte |= 0x80_u8 >> (bit % 8);
        }
    }
    let unused = 7_u8.saturating_sub(last % 8);
    element(BIT_STRING, &[vec![unused], content].concat())
}

/// `UTF8String`.
#[must_use]
pub fn utf8_string(text: &str) -> Vec<u8> {
    element(UTF8_STRING, text.as_bytes())
}

/// `PrintableString`. The alphabet is the caller's duty.
#[must_use]
pub fn printable_string(text: &str) -> Vec<u8> {
    element(PRINTABLE_STRING, text.as_bytes())
}

/// `IA5String`. The alphabet is the caller's duty.
#[must_use]
pub fn ia5_string(text: &str) -> Vec<u8> {
    element(IA5_STRING, text.as_bytes())
}

/// `OBJECT IDENTIFIER` from dotted text. The identifiers are constants of ours; an arc that is no
/// number counts as zero.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').map(|arc| arc.parse::<u64>().unwrap_or(0));
    let (first, second) = (arcs.next().unwrap_or(0), arcs.next().unwrap_or(0));
    let mut content = base128(first.saturating_mul(40).saturating_add(second));
    arcs.for_each(|arc| content.extend(base128(arc)));
    element(OBJECT_IDENTIFIER, &content)
}

/// Seven bits a byte, the highest first, all but the last marked.
fn base128(mut value: u64) -> Vec<u8> {
    let mut digits = Vec::new();
    // At most ten rounds: 64 bits in sevens.
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        digits.push(if digits.is_empty() { low } else { low | 0x80 });
        value >>= 7;
        if value == 0 {
            break;
        }
    }
    digits.reverse();
    digits
}

/// `UTCTime` to the end of 2049 and `GeneralizedTime` from then on (RFC 5280, section 4.1.2.5).
#[must_use]
pub fn time(unix_s: u64) -> Vec<u8> {
    let [year, month, day, hour, minute, second] = civil(unix_s);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if year < 2050 {
        let short = year.checked_rem(100).unwrap_or(0);
        element(UTC_TIME, format!("{short:02}{rest}").as_bytes())
    } else {
        element(GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes())
    }
}

/// Year, month, day, hour, minute and second of a time (proleptic Gregorian calendar, UTC).
fn civil(unix_s: u64) -> [u64; 6] {
    let (days, second) = (unix_s / 86_400, unix_s % 86_400);
    // Days are counted from 0000-03-01, so that the leap day ends a year; 146 097 days make
    // 400 years.
    let shifted = days.saturating_add(719_468);
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let leaps = (day_of_era / 1_460)
        .saturating_sub(day_of_era / 36_524)
        .saturating_add(day_of_era / 146_096);
    let year_of_era = day_of_era.saturating_sub(leaps) / 365;
    let before = year_of_era
        .saturating_mul(365)
        .saturating_add(year_of_era / 4)
        .saturating_sub(year_of_era / 100);
    let day_of_year = day_of_era.saturating_sub(before);
    let shifted_month = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    let month_start = shifted_month.saturating_mul(153).saturating_add(2) / 5;
    let day = day_of_year.saturating_sub(month_start).saturating_add(1);
    let month = if shifted_month < 10 {
        shifted_month.saturating_add(3)
    } else {
        shifted_month.saturating_sub(9)
    };
    let year =
        era.saturating_mul(400).saturating_add(year_of_era).saturating_add(u64::from(month <= 2));
    [year, month, day, second / 3_600, second / 60 % 60, second % 60]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_take_the_shortest_form() {
        for (size, head) in
            [(0, &[4, 0][..]), (127, &[4, 127]), (128, &[4, 0x81, 128]), (256, &[4, 0x82, 1, 0])]
        {
            let element = octet_string(&vec![0; size]);
            assert!(element.starts_with(head));
            assert_eq!(element.len(), head.len() + size);
        }
    }

    #[test]
    fn numbers_are_positive_and_minimal() {
        for (number, expected) in [
            (&[][..], &[2, 1, 0][..]),
            (&[0, 0, 5], &[2, 1, 5]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[1, 0, 1], &[2, 3, 1, 0, 1]),
        ] {
            assert_eq!(integer(number), expected);
        }
    }

    /// X.690, section 8.19.5: {joint-iso-itu-t(2) 999 3} is 88 37 03.
    #[test]
    fn identifiers_are_those_of_the_standard() {
        assert_eq!(oid("2.999.3"), [6, 3, 0x88, 0x37, 3]);
        assert_eq!(oid("1.2.840.113549"), [6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
    }

    /// RFC 5280, appendix C.1: digitalSignature is 07 80, keyCertSign with cRLSign is 01 06.
    #[test]
    fn named_bits_lose_their_trailing_zeroes() {
        assert_eq!(named_bits(&[0]), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(named_bits(&[]), [3, 1, 0]);
        assert_eq!(named_bits(&[8]), [3, 3, 7, 0, 0x80]);
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (unix_s, expected) in [
            (0, &b"700101000000Z"[..]),
            (951_782_400, b"000229000000Z"),
            (1_700_000_000, b"231114221320Z"),
            (2_524_607_999, b"491231235959Z"),
            (2_524_608_000, b"20500101000000Z"),
            (253_402_300_799, b"99991231235959Z"),
        ] {
            assert_eq!(&time(unix_s)[2..], expected);
        }
    }

    #[test]
    fn sets_are_sorted_unless_told_otherwise() {
        let parts = [integer_u64(2), integer_u64(1)];
        assert_eq!(set(&parts), [0x31, 6, 2, 1, 1, 2, 1, 2]);
        assert_eq!(set_as_given(&parts), [0x31, 6, 2, 1, 2, 2, 1, 1]);
    }
}
