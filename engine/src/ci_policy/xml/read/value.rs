//! Values of attributes and elements: XML Schema's lexical forms, white space around them
//! allowed.

use portcullis_wire::Guid;

/// `xs:unsignedInt`.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = text.trim();
    let decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if decimal { digits.parse().ok() } else { None }
}

/// `xs:boolean`; .NET's converter writes capitals, too.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

/// `xs:hexBinary`.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.trim().as_bytes().as_chunks::<2>();
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |&[high, low]: &[u8; 2]| Some((digit(high)? << 4) | digit(low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// A GUID, with braces or without.
#[must_use]
pub fn guid(text: &str) -> Option<Guid> {
    let text = text.trim();
    let bare = text.strip_prefix('{').map_or(Some(text), |rest| rest.strip_suffix('}'))?;
    let mut fields = bare.split('-');
    let mut field = |size: usize| {
        let bytes = hex(fields.next()?)?;
        (bytes.len() == size).then_some(bytes)
    };
    let (a, b, c, d, e) = (field(4)?, field(2)?, field(2)?, field(2)?, field(6)?);
    if fields.next().is_some() {
        return None;
    }
    Some(Guid::from_fields(
        u32::from_be_bytes(a.try_into().ok()?),
        u16::from_be_bytes(b.try_into().ok()?),
        u16::from_be_bytes(c.try_into().ok()?),
        [d, e].concat().try_into().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_with_and_without_braces_and_nothing_else() {
        let guid_text = "a244370e-44c9-4c06-b551-f6016e563076";
        for text in [
            guid_text,
            "{A244370E-44C9-4C06-B551-F6016E563076}",
            " {a244370e-44c9-4c06-b551-f6016e563076}\n",
        ] {
            assert_eq!(guid(text).unwrap().to_string(), guid_text, "{text}");
        }
        for text in [
            "",
            "{}",
            "{a244370e-44c9-4c06-b551-f6016e563076",
            "a244370e44c94c06b551f6016e563076",
            "a244370e-44c9-4c06-b551-f6016e563076-00",
            "a244370e-44c9-4c06-b5-51f6016e563076",
        ] {
            assert_eq!(guid(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_have_no_signs_and_hex_no_odd_digits() {
        assert_eq!(number(" 4294967295 "), Some(u32::MAX));
        for text in ["", "-1", "+1", "0x1", "4294967296", "1 2"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(hex("00fF"), Some(vec![0, 255]));
        assert_eq!(hex(""), Some(vec![]));
        for text in ["0", "0g", "0x00", "\u{661}0"] {
            assert_eq!(hex(text), None, "{text}");
        }
    }
}
