//! A writer of DER (ITU-T X.690), enough for certificates that are wrong in one place.
//!
//! It knows nothing of the engine's readers and shares no code with them: OpenSSL is the referee
//! of what it writes.

/// One element: identifier octet, length, contents.
#[must_use]
pub fn element(identifier: u8, contents: &[u8]) -> Vec<u8> {
    let size = contents.len();
    let mut der = vec![identifier];
    match size {
        0..=0x7f => der.push(size as u8),
        0x80..=0xff => der.extend([0x81, size as u8]),
        _ => der.extend([0x82, (size >> 8) as u8, size as u8]),
    }
    assert!(size <= 0xffff, "no test needs more");
    der.extend(contents);
    der
}

/// SEQUENCE.
#[must_use]
pub fn sequence(members: &[&[u8]]) -> Vec<u8> {
    element(0x30, &members.concat())
}

/// SET of one member, which is in order whatever it holds.
#[must_use]
pub fn set(member: &[u8]) -> Vec<u8> {
    element(0x31, member)
}

/// INTEGER from its contents, two's complement.
#[must_use]
pub fn integer(contents: &[u8]) -> Vec<u8> {
    element(0x02, contents)
}

/// INTEGER from an unsigned big-endian number.
#[must_use]
pub fn unsigned(number: &[u8]) -> Vec<u8> {
    let significant: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    match significant.first() {
        None => integer(&[0]),
        Some(0x80..) => integer(&[&[0][..], &significant].concat()),
        Some(_) => integer(&significant),
    }
}

/// BOOLEAN.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    element(0x01, &[if value { 0xff } else { 0 }])
}

/// NULL.
pub const NULL: &[u8] = &[0x05, 0x00];

/// OCTET STRING.
#[must_use]
pub fn octets(contents: &[u8]) -> Vec<u8> {
    element(0x04, contents)
}

/// BIT STRING without unused bits.
#[must_use]
pub fn bits(contents: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], contents].concat())
}

/// UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    element(0x0c, text.as_bytes())
}

/// PrintableString.
#[must_use]
pub fn printable(text: &str) -> Vec<u8> {
    element(0x13, text.as_bytes())
}

/// Constructed element with a context-specific tag: an EXPLICIT tag.
#[must_use]
pub fn explicit(number: u8, contents: &[u8]) -> Vec<u8> {
    element(0xa0 | number, contents)
}

/// OBJECT IDENTIFIER from dotted text.
///
/// # Panics
/// When the text is no object identifier.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().expect(dotted)).collect();
    let mut contents = Vec::new();
    for arc in [&[arcs[0] * 40 + arcs[1]], &arcs[2..]].concat() {
        for group in (0..5).rev() {
            let rest = arc >> (7 * group);
            if rest > 0 || group == 0 {
                let more = if group > 0 { 0x80 } else { 0 };
                contents.push((rest & 0x7f) as u8 | more);
            }
        }
    }
    element(0x06, &contents)
}

/// `Time` of RFC 5280, 4.1.2.5: UTCTime before 2050, GeneralizedTime from then on.
#[must_use]
pub fn time(unix_s: u64) -> Vec<u8> {
    let (year, month, day) = date(unix_s / 86_400);
    let (hour, minute, second) = (unix_s / 3_600 % 24, unix_s / 60 % 60, unix_s % 60);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    match year {
        ..2050 => element(0x17, format!("{:02}{rest}", year % 100).as_bytes()),
        _ => element(0x18, format!("{year:04}{rest}").as_bytes()),
    }
}

/// Gregorian date of a number of days since 1970-01-01, year by year.
fn date(mut days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for size in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < size {
            break;
        }
        days -= size;
        month += 1;
    }
    (year, month, days + 1)
}

/// The armour of RFC 7468 around a certificate or a CRL.
#[must_use]
pub fn armour(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (index, chunk) in der.chunks(3).enumerate() {
        if index > 0 && index % 16 == 0 {
            text.push('\n');
        }
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for symbol in 0..4 {
            match symbol <= chunk.len() {
                true => text.push(char::from(ALPHABET[(word >> (18 - 6 * symbol) & 63) as usize])),
                false => text.push('='),
            }
        }
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of X.690, 8.19.5 and 11.7, and of RFC 4648, 10.
    #[test]
    fn the_writer_follows_its_specifications() {
        assert_eq!(oid("2.100.3"), [0x06, 0x03, 0x81, 0x34, 0x03]);
        assert_eq!(oid("1.2.840.113549"), [0x06, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
        assert_eq!(time(0), b"\x17\x0d700101000000Z");
        assert_eq!(time(951_782_400), b"\x17\x0d000229000000Z");
        assert_eq!(time(2_524_608_000), b"\x18\x0f20500101000000Z");
        assert_eq!(unsigned(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(element(4, &[0; 300])[..4], [4, 0x82, 1, 44]);
        assert!(armour("X", b"foob").contains("\nZm9vYg==\n"));
    }
}
