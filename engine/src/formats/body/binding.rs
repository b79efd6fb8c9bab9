//! How a record's digest relates to its data: what of the data is *true* once the digest is.
//!
//! A digest counts when the replay reaches a quoted register. The specification leaves to each
//! event type, and practice to each vendor, what was hashed: the data, a part of it, or something
//! that is not in the log at all. So the relation is found by trying, hash against digest; it is
//! never concluded from the record's type. The type only limits what is tried.
//!
//! What a binding does **not** establish: that the digest itself is in a register, and what the
//! covered bytes mean. Whatever [`Binding::Part`] leaves out (a variable's name, GRUB's prefix)
//! may have been changed by anybody who could write the log.

use std::fmt;

use portcullis_wire::EventType;

use super::text::{Encoding, Text};
use super::{ipl, variable};
use crate::Span;
use crate::crypto::{self, Digest, HashAlg};
use crate::formats::Input;
use crate::formats::eventlog::Event;

/// How the digest of one bank relates to the data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// The digest is that of the whole data.
    WholeData,
    /// The digest determines these bytes of the data, and no others.
    Part {
        /// Where the bytes stand.
        span: Span,
        /// What was hashed.
        rule: PartRule,
    },
    /// The digest is of something else: an image, a file, a table. The data only describes.
    DigestOnly,
    /// The record is extended nowhere, or has no digest in this bank: nothing covers it.
    Unbound,
}

/// What was hashed when it was not the whole data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PartRule {
    /// The contents of a variable, without its namespace and name: most vendors' `Boot####`, and
    /// Secure Boot variables in the firmware of the TPM 1.2 era. A name that is not covered can be
    /// exchanged, and short contents occur elsewhere: honest logs hold records with the digest of
    /// the one byte `01`.
    VariableData,
    /// The data without its last byte: shim logs its structure's padding and hashes one byte
    /// less.
    WithoutLastByte,
    /// The text behind GRUB's prefix, without the final NUL.
    BehindPrefix,
    /// The text behind GRUB's prefix, with the final NUL (RHEL 8).
    BehindPrefixWithNul,
    /// The data without its final NUL.
    WithoutNul,
    /// The data and one more NUL byte.
    WithAddedNul,
    /// The ASCII form, with a final NUL, of the UTF-16 text in the data: systemd-stub's names of
    /// sections. The forms determine each other.
    AsciiOfUtf16,
}

impl PartRule {
    /// The rule in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VariableData => "contents of the variable, without its name",
            Self::WithoutLastByte => "data without the last byte",
            Self::BehindPrefix => "text behind the prefix, without NUL",
            Self::BehindPrefixWithNul => "text behind the prefix, with NUL",
            Self::WithoutNul => "data without the final NUL",
            Self::WithAddedNul => "data and one NUL",
            Self::AsciiOfUtf16 => "ASCII form of the text, with NUL",
        }
    }
}

impl fmt::Display for PartRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Finds how a record's digest in one bank relates to its data.
///
/// Costs one hash over the data, and up to four over parts of it when the type of the record
/// makes a part plausible. The order of the attempts only saves time: a digest is that of one
/// message.
#[must_use]
pub fn binding(event: &Event<'_>, alg: HashAlg) -> Binding {
    let Some(digest) = event.digest(alg).filter(|_| event.is_extended()) else {
        return Binding::Unbound;
    };
    let whole = || is_digest_of(&digest, &[event.data]).then_some(Binding::WholeData);
    let part = |part: Part| part.map(|(span, rule)| Binding::Part { span, rule });
    let found = match event.untrusted_type {
        // Most vendors hash the contents of boot variables, and GRUB what stands behind a prefix.
        EventType::EFI_VARIABLE_BOOT | EventType::EFI_VARIABLE_BOOT2 => {
            part(variable_data(event, &digest)).or_else(whole)
        }
        EventType::IPL => part(ipl(event, &digest)).or_else(whole),
        EventType::EFI_VARIABLE_DRIVER_CONFIG => {
            whole().or_else(|| part(variable_data(event, &digest)))
        }
        EventType::EFI_VARIABLE_AUTHORITY => {
            whole().or_else(|| part(without_last_byte(event, &digest)))
        }
        _ => whole(),
    };
    found.unwrap_or(Binding::DigestOnly)
}

type Part = Option<(Span, PartRule)>;

fn variable_data(event: &Event<'_>, digest: &Digest) -> Part {
    let input = Input::at(event.data, event.data_span.offset);
    let variable = variable::parse(input).ok()?;
    is_digest_of(digest, &[variable.data]).then_some((variable.data_span, PartRule::VariableData))
}

fn without_last_byte(event: &Event<'_>, digest: &Digest) -> Part {
    let (_, head) = event.data.split_last()?;
    let span = Span::new(event.data_span.offset, head.len());
    is_digest_of(digest, &[head]).then_some((span, PartRule::WithoutLastByte))
}

fn ipl(event: &Event<'_>, digest: &Digest) -> Part {
    let (data, span) = (event.data, event.data_span);
    if let Some(behind) = ipl::behind_prefix(data, span) {
        let text = data.get(data.len().saturating_sub(behind.size)..)?;
        if let Some((0, head)) = text.split_last()
            && is_digest_of(digest, &[head])
        {
            return Some((Span::new(behind.offset, head.len()), PartRule::BehindPrefix));
        }
        return is_digest_of(digest, &[text]).then_some((
            behind,
            if text.ends_with(&[0]) {
                PartRule::BehindPrefixWithNul
            } else {
                PartRule::BehindPrefix
            },
        ));
    }
    if let Some((0, head)) = data.split_last()
        && is_digest_of(digest, &[head])
    {
        return Some((Span::new(span.offset, head.len()), PartRule::WithoutNul));
    }
    if is_digest_of(digest, &[data, &[0]]) {
        return Some((span, PartRule::WithAddedNul));
    }
    let text = Text::recognise(Input::at(data, span.offset))?;
    let ascii = text.encoding == Encoding::Utf16 && text.text.is_ascii();
    (ascii && is_digest_of(digest, &[text.text.as_bytes(), &[0]]))
        .then_some((text.span, PartRule::AsciiOfUtf16))
}

fn is_digest_of(digest: &Digest, parts: &[&[u8]]) -> bool {
    *digest == crypto::digest(digest.alg(), parts)
}

#[cfg(test)]
mod tests {
    use portcullis_wire::guid::GLOBAL_VARIABLE;

    use super::*;
    use crate::formats::eventlog::EventDigest;

    const ALG: HashAlg = HashAlg::Sha256;

    /// Checks the binding of a record in PCR 1 whose digest is that of `hashed`.
    fn check(
        untrusted_type: EventType,
        data: &[u8],
        hashed: &[u8],
        expect: Option<(&[u8], PartRule)>,
    ) {
        let digest = crypto::digest(ALG, &[hashed]);
        let event = event(1, untrusted_type, data, &digest);
        let found = match binding(&event, ALG) {
            Binding::Part { span, rule } => {
                let start = span.offset - event.data_span.offset;
                Some((&data[start..start + span.size], rule))
            }
            Binding::DigestOnly => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expect, "{untrusted_type}");
    }

    fn event<'a>(
        pcr: u32,
        untrusted_type: EventType,
        data: &'a [u8],
        digest: &'a Digest,
    ) -> Event<'a> {
        let value =
            EventDigest { alg: ALG.tpm_alg(), value: digest.as_bytes(), span: Span::new(14, 32) };
        Event {
            index: 0,
            pcr,
            untrusted_type,
            digests: vec![value],
            data,
            span: Span::new(0, 50 + data.len()),
            data_span: Span::new(50, data.len()),
        }
    }

    #[test]
    fn the_whole_data_is_tried_first_for_every_type() {
        let digest = crypto::digest(ALG, &[b"data"]);
        for untrusted_type in EventType::NAMED.iter().filter(|kind| **kind != EventType::NO_ACTION)
        {
            let found = binding(&event(1, *untrusted_type, b"data", &digest), ALG);
            assert_eq!(found, Binding::WholeData, "{untrusted_type}");
        }
    }

    #[test]
    fn a_record_that_is_not_extended_is_unbound() {
        let digest = crypto::digest(ALG, &[b"data"]);
        let no_action = event(1, EventType::NO_ACTION, b"data", &digest);
        assert_eq!(binding(&no_action, ALG), Binding::Unbound);
        let trust_point = event(u32::MAX, EventType::NO_ACTION, b"data", &digest);
        assert_eq!(binding(&trust_point, ALG), Binding::Unbound);
        let other_bank = event(1, EventType::ACTION, b"data", &digest);
        assert_eq!(binding(&other_bank, HashAlg::Sha1), Binding::Unbound);
    }

    #[test]
    fn a_part_holds_only_what_was_hashed() {
        let variable = [
            &GLOBAL_VARIABLE.0[..],
            &[2, 0, 0, 0, 0, 0, 0, 0],
            &[3, 0, 0, 0, 0, 0, 0, 0],
            b"P\0K\0",
            b"abc",
        ]
        .concat();
        let contents = Some((&b"abc"[..], PartRule::VariableData));
        check(EventType::EFI_VARIABLE_BOOT, &variable, b"abc", contents);
        check(EventType::EFI_VARIABLE_DRIVER_CONFIG, &variable, b"abc", contents);
        check(EventType::EFI_VARIABLE_BOOT, &variable, b"ab", None);

        let head = &variable[..variable.len() - 1];
        let expect = Some((head, PartRule::WithoutLastByte));
        check(EventType::EFI_VARIABLE_AUTHORITY, &variable, head, expect);
        check(EventType::EFI_VARIABLE_DRIVER_CONFIG, &variable, head, None);

        let grub = b"grub_cmd: ls\0";
        let ls = Some((&b"ls"[..], PartRule::BehindPrefix));
        check(EventType::IPL, grub, b"ls", ls);
        check(EventType::IPL, b"grub_cmd: ls", b"ls", ls);
        check(EventType::IPL, b"module_cmdline: ls\0", b"ls", ls);
        let with_nul = Some((&b"ls\0"[..], PartRule::BehindPrefixWithNul));
        check(EventType::IPL, b"grub_cmd ls\0", b"ls\0", with_nul);
        check(EventType::IPL, grub, b"grub_cmd: ls", None);
        check(EventType::ACTION, grub, b"ls", None);

        let file = b"/vmlinuz\0";
        check(EventType::IPL, file, b"/vmlinuz", Some((&file[..8], PartRule::WithoutNul)));
        check(EventType::IPL, file, b"/vmlinuz\0\0", Some((file, PartRule::WithAddedNul)));
        check(EventType::IPL, file, b"the file", None);

        let section = b".\0i\0\0\0";
        let expect = Some((&section[..4], PartRule::AsciiOfUtf16));
        check(EventType::IPL, section, b".i\0", expect);
        check(EventType::IPL, section, b".i", None);
    }

    #[test]
    fn image_records_are_bound_by_their_digest_only() {
        check(EventType::EFI_BOOT_SERVICES_APPLICATION, b"descr\0", b"descr", None);
    }
}
