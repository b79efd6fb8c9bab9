//! Every binary survives reading and writing, and the way through XML; broken ones are refused.

use portcullis_engine::ci_policy::author::{Choice, author};
use portcullis_engine::ci_policy::{self, binary, xml};
use portcullis_engine::formats::Input;

use super::{binaries, corpus, manifest};

#[test]
fn every_binary_is_written_as_it_was_read() {
    let Some(folder) = corpus() else { return };
    let mut formats = std::collections::BTreeSet::new();
    for (name, bytes) in binaries(&folder) {
        let policy = binary::read(Input::new(&bytes)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let format = policy.format.unwrap();
        assert!(binary::write(&policy, format).unwrap() == bytes, "{name}");
        formats.insert(format);
    }
    assert_eq!(formats.into_iter().collect::<Vec<_>>(), [7, 8, 9]);
}

#[test]
fn every_binary_survives_the_way_through_xml() {
    let Some(folder) = corpus() else { return };
    for (name, bytes) in binaries(&folder) {
        let policy = binary::read(Input::new(&bytes)).unwrap();
        let text = xml::write(&policy).unwrap_or_else(|e| panic!("{name}: {e}"));
        let document = xml::read(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(document.unsupported.is_empty(), "{name}: {:?}", document.unsupported);
        let authored = author(&document, Choice::default()).unwrap();
        assert!(authored.bytes == bytes, "{name} differs behind XML");
    }
}

/// Numbers of elements, version and flags, as another program read them.
#[test]
fn binaries_hold_what_the_manifest_says() {
    let Some(folder) = corpus() else { return };
    let rows = manifest(&folder);
    let mut compared = 0;
    for (name, bytes) in binaries(&folder) {
        let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name}"));
        let policy = ci_policy::read(&bytes).unwrap().policy;
        let counts = [
            policy.ekus.len(),
            policy.file_rules.len(),
            policy.signers.len(),
            policy.scenarios.len(),
        ];
        let counts = counts.map(|count| count.to_string()).join("/");
        let kind = if policy.is_supplemental() { "supplemental" } else { "base" };
        let (version, flags) = (policy.version, policy.flags);
        let expected = format!(
            "{kind}; VersionEx {version}; EKU/file/signer/scen {counts}; flags 0x{flags:08x}"
        );
        assert_eq!(row[4], expected, "{name}");
        assert_eq!((&row[2], &row[3]), (&policy.format.unwrap().to_string(), &"unsigned".into()));
        compared += 1;
    }
    assert!(compared >= 13, "{compared}");
}

/// A naive walk over the base part, written from the layout alone, meets the same offsets: the
/// last element ends where the tag of the first section stands.
#[test]
fn a_naive_walk_finds_the_sections_where_the_reader_does() {
    let Some(folder) = corpus() else { return };
    for (name, bytes) in binaries(&folder) {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let blob = |at: usize| at + 4 + word(at).next_multiple_of(4);
        let text = |at: usize| blob(at) + 4;
        let list = |at: usize| at + 4 + 4 * word(at);
        let references = |at: usize| (0..word(at)).fold(at + 4, |at, _| list(at + 4));
        let [ekus, rules, signers, scenarios] = [0x28, 0x2c, 0x30, 0x34].map(word);
        let mut at = (0..ekus).fold(0x44, |at, _| blob(at));
        at = (0..rules).fold(at, |at, _| blob(text(at + 4) + 8));
        for _ in 0..signers {
            at = if word(at) == 0 { blob(at + 4) } else { at + 8 };
            at = list(text(text(text(list(at)))));
        }
        at = list(list(at));
        for _ in 0..scenarios {
            at = list(at + 4) + 4;
            at = (0..3).fold(at, |at, _| list(references(references(at))));
        }
        let settings = word(at + 4);
        at += 8;
        for _ in 0..settings {
            at = text(text(text(at)));
            at = match word(at) {
                0 | 1 => at + 8,
                2 => blob(at + 4),
                _ => text(at + 4),
            };
        }
        assert_eq!(word(at), 3, "{name}: no section at byte {at}");
        // What the naive walk found, the reader finds, too: other tags are refused there.
        let mut other = bytes.clone();
        other[at] = 99;
        let error = binary::read(Input::new(&other)).unwrap_err();
        assert_eq!((error.field, error.span.offset), ("sectionTag", at), "{name}");
    }
}

#[test]
fn every_prefix_of_a_binary_is_refused() {
    let Some(folder) = corpus() else { return };
    for (name, bytes) in binaries(&folder) {
        let step = (bytes.len() / 500).max(1);
        for size in (0..bytes.len()).step_by(step) {
            let error = binary::read(Input::new(&bytes[..size])).unwrap_err();
            assert!(error.span.end() <= size, "{name} cut at {size}: {error}");
        }
        let longer = [&bytes[..], &[0; 4]].concat();
        assert!(binary::read(Input::new(&longer)).is_err(), "{name} with four bytes more");
    }
}

/// Whatever a flipped bit makes of a binary: it is refused, or it is read for what it is.
#[test]
fn flipped_bits_are_refused_or_written_as_they_were_read() {
    let Some(folder) = corpus() else { return };
    let (mut refused, mut read) = (0, 0);
    for (_, bytes) in binaries(&folder).into_iter().filter(|(_, bytes)| bytes.len() < 2_000) {
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match binary::read(Input::new(&flipped)) {
                Err(_) => refused += 1,
                Ok(policy) => {
                    read += 1;
                    let format = policy.format.unwrap();
                    assert!(binary::write(&policy, format).unwrap() == flipped, "bit {bit}");
                }
            }
        }
    }
    assert!(refused > 10_000 && read > 10_000, "{refused} {read}");
}
