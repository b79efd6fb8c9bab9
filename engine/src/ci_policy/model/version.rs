//! Versions of policies and files.

use core::fmt;

/// Four 16-bit numbers in one: major, minor, build, revision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Version(pub u64);

impl Version {
    /// Zero; also what stands for an absent version nearly everywhere.
    pub const ZERO: Self = Self(0);
    /// The largest version; what a deny rule without versions is stored with.
    pub const MAX: Self = Self(u64::MAX);

    /// Reads `a.b.c.d` of decimal numbers up to 65535, with leading zeros as real files have them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('.');
        let version = (0..4).try_fold(0, |version: u64, _| {
            Some(version << 16 | u64::from(number(parts.next()?)?))
        })?;
        parts.next().is_none().then_some(Self(version))
    }

    /// Reads a version of one to four numbers; missing ones are zero.
    #[must_use]
    pub fn parse_short(text: &str) -> Option<Self> {
        let missing = 3_usize.checked_sub(text.matches('.').count())?;
        Self::parse(&format!("{}{}", text.trim(), ".0".repeat(missing)))
    }

    /// The four numbers.
    #[must_use]
    pub const fn parts(self) -> [u16; 4] {
        let [a, b, c, d, e, f, g, h] = self.0.to_be_bytes();
        [
            u16::from_be_bytes([a, b]),
            u16::from_be_bytes([c, d]),
            u16::from_be_bytes([e, f]),
            u16::from_be_bytes([g, h]),
        ]
    }
}

/// `u16::from_str` takes a plus sign, which no version has.
fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, build, revision] = self.parts();
        write!(f, "{major}.{minor}.{build}.{revision}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_numbers_of_sixteen_bits_each_and_nothing_else() {
        assert_eq!(Version::parse("10.0.19500.0000"), Some(Version(0x000a_0000_4c2c_0000)));
        assert_eq!(Version::parse("65535.65535.65535.65535"), Some(Version::MAX));
        for refused in ["", "1.2.3", "1.2.3.4.5", "65536.0.0.0", "1.2.3.", "+1.2.3.4", "1.2.3.x"] {
            assert_eq!(Version::parse(refused), None, "{refused}");
        }
        assert_eq!(Version::parse("10.0.27825.0").unwrap().to_string(), "10.0.27825.0");
    }

    #[test]
    fn short_forms_are_filled_with_zeros() {
        assert_eq!(Version::parse_short("1.0.0"), Version::parse("1.0.0.0"));
        assert_eq!(Version::parse_short("7"), Version::parse("7.0.0.0"));
        assert_eq!(Version::parse_short("1.2.3.4"), Version::parse("1.2.3.4"));
        assert_eq!(Version::parse_short("1.2.3.4.5"), None);
        assert_eq!(Version::parse_short(""), None);
    }
}
