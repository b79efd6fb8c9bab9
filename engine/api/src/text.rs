//! Text forms of bytes and numbers.

use base64ct::{Base64, Encoding as _};
use portcullis_engine::crypto::{Digest, HashAlg};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of hexadecimal text of even length; `None` for anything else.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect())
}

/// A digest of a known algorithm from its hexadecimal text.
pub(crate) fn digest(bank: HashAlg, field: &str, text: &str) -> Result<Digest, Error> {
    unhex(text).and_then(|bytes| Digest::new(bank, &bytes)).ok_or_else(|| {
        let digits = bank.size_bytes().saturating_mul(2);
        Error::field(field, format!("is no `{bank}` digest of {digits} hexadecimal digits"))
    })
}

/// A bank by its name.
pub(crate) fn bank(field: &str, name: &str) -> Result<HashAlg, Error> {
    HashAlg::from_name(name).ok_or_else(|| {
        Error::field(field, format!("`{name}` is none of sha1, sha256, sha384, sha512"))
    })
}

/// Bytes that travel as base64 (RFC 4648, section 4, with padding).
#[derive(Clone, PartialEq, Eq, Debug, Default, JsonSchema)]
#[schemars(transparent)]
pub struct Blob(#[schemars(with = "String")] pub Vec<u8>);

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64::encode_string(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Base64::decode_vec(&text).map(Self).map_err(|_| D::Error::custom("is not base64"))
    }
}

/// A 64-bit number that travels as a decimal string, because JSON numbers lose bits beyond 2^53.
pub(crate) mod decimal {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("is not a decimal number in a string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_of_odd_length_or_with_other_characters_is_refused() {
        assert_eq!(unhex("00ff"), Some(vec![0, 255]));
        assert_eq!(unhex("00FF"), Some(vec![0, 255]));
        assert_eq!(unhex("00f"), None);
        assert_eq!(unhex("0x00"), None);
        assert_eq!(unhex("\u{661}0"), None);
    }
}
