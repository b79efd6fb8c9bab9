//! The Secure Boot state that PCR 7 tells of: section 3.3.4.8, and UEFI 2.10, section 32.

use super::log::{Log, Reader, Record};
use super::{NO_ACTION, hash};

const SEPARATOR: u32 = 0x0000_0004;
const ACTION: u32 = 0x0000_0005;
const VARIABLE_DRIVER_CONFIG: u32 = 0x8000_0001;
const EFI_ACTION: u32 = 0x8000_0007;
const VARIABLE_AUTHORITY: u32 = 0x8000_00e0;

/// Namespace of `db`, and of shim's `vendor_db`: what stands there has an owner.
const IMAGE_SECURITY_DATABASE: [u8; 16] =
    *b"\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f";

/// What firmware may say in PCR 7.
const ACTIONS: [&[u8]; 3] =
    [b"UEFI Debug Mode", b"DMA Protection Disabled", b"Security Level is Downgraded to 0"];

/// Whether Secure Boot is on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum State {
    /// `SecureBoot` was measured as 01.
    On,
    /// `SecureBoot` was measured as 00, or without contents.
    Off,
    /// `SecureBoot` was not measured, or in a way that breaks the rules.
    #[default]
    Unknown,
}

/// What PCR 7 says.
#[derive(Default)]
pub struct SecureBoot<'a> {
    /// Whether Secure Boot is on.
    pub state: State,
    /// Name and contents of each configuration variable.
    pub variables: Vec<(String, &'a [u8])>,
    /// What approved the images: name of the variable, and the entry without its owner. The
    /// specification wants them behind the separator, but not all firmware puts them there.
    pub authorities: Vec<(String, &'a [u8])>,
    /// What the firmware says.
    pub actions: Vec<&'a [u8]>,
    /// Rules that are broken, in words.
    pub breaches: Vec<String>,
}

/// Reads PCR 7 in one bank.
///
/// # Panics
/// For a bank that cannot be computed.
pub fn secure_boot<'a>(log: &Log<'a>, bank: u16) -> SecureBoot<'a> {
    let mut found = SecureBoot::default();
    let (mut separators, mut errors, mut late) = (0, 0, Vec::new());
    let extended = log.records.iter().filter(|record| record.pcr == 7 && record.kind != NO_ACTION);
    let extended: Vec<_> = extended.filter_map(|it| Some((it, it.digest(bank)?))).collect();
    for (record, digest) in &extended {
        let covered = *digest == hash(bank, record.data);
        // shim logs one byte more than it hashes.
        let shim = || *digest == hash(bank, record.data.split_last().map_or(&[], |(_, it)| it));
        match record.kind {
            SEPARATOR if covered && record.data == [0; 4] => separators += 1,
            // An error in UEFI, the normal separator of a conventional BIOS.
            SEPARATOR if covered && record.data == [0xff; 4] => errors += 1,
            ACTION | EFI_ACTION if covered && ACTIONS.contains(&record.data) => {
                found.actions.push(record.data);
            }
            VARIABLE_DRIVER_CONFIG if covered => {
                let Some((name, contents)) = variable(record) else {
                    found.breaches.push("unknown".into());
                    continue;
                };
                late.extend((separators + errors > 0).then(|| name.clone()));
                found.variables.push((name, contents));
            }
            VARIABLE_AUTHORITY if covered || shim() => {
                let Some((variable, contents)) = variable(record) else {
                    found.breaches.push("unknown".into());
                    continue;
                };
                let owned = record.data.starts_with(&IMAGE_SECURITY_DATABASE);
                let signature = if owned { without_owner(contents) } else { contents };
                found.authorities.push((variable, signature));
            }
            VARIABLE_DRIVER_CONFIG | VARIABLE_AUTHORITY => found.breaches.push("unbound".into()),
            _ => found.breaches.push("unknown".into()),
        }
    }
    if !extended.is_empty() && separators + errors != 1 {
        found.breaches.push(format!("{} separators", separators + errors));
    }
    if errors > 0 && !found.variables.is_empty() {
        found.breaches.push("error separator".into());
    }
    judge(&mut found, &late);
    found
}

/// The rules over all of the variables and authorities. `late`: variables behind a separator.
fn judge(found: &mut SecureBoot<'_>, late: &[String]) {
    let (variables, breaches) = (&found.variables, &mut found.breaches);
    for (position, (name, _)) in variables.iter().enumerate() {
        if variables[..position].iter().any(|(earlier, _)| earlier == name) {
            breaches.push(format!("duplicate {name}"));
        }
    }
    breaches.extend(late.iter().map(|name| format!("late {name}")));

    let all = |wanted: &str| -> Vec<&[u8]> {
        variables.iter().filter(|(name, _)| name == wanted).map(|(_, contents)| *contents).collect()
    };
    found.state = match all("SecureBoot")[..] {
        _ if late.iter().any(|name| name == "SecureBoot") => State::Unknown,
        [[1]] => State::On,
        [[0] | []] => State::Off,
        _ => State::Unknown,
    };
    if found.state != State::On {
        return;
    }
    // Secure Boot has keys, it admitted something, and what it admitted was in `db`.
    for name in ["PK", "KEK", "db"] {
        if all(name).iter().all(|contents| contents.is_empty()) {
            breaches.push(format!("empty {name}"));
        }
    }
    if found.authorities.is_empty() {
        breaches.push("no authority".into());
    }
    let db = signatures(all("db").first().unwrap_or(&&[][..]));
    for (_, signature) in found.authorities.iter().filter(|(variable, _)| variable == "db") {
        if !db.contains(signature) {
            breaches.push("foreign authority".into());
        }
    }
}

/// Name and contents of `UEFI_VARIABLE_DATA`: namespace, two sizes, name in UTF-16, contents.
fn variable<'a>(record: &Record<'a>) -> Option<(String, &'a [u8])> {
    let mut reader = Reader(record.data);
    let _namespace = reader.bytes(16)?;
    let (name_chars, contents_size) = (reader.number(8)?, reader.number(8)?);
    let (name, _) = reader.bytes(name_chars.checked_mul(2)?)?.as_chunks::<2>();
    let name: Vec<u16> = name.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    Some((String::from_utf16_lossy(&name), reader.bytes(contents_size)?))
}

/// `EFI_SIGNATURE_DATA` without the owner in front. shim logs a bare certificate: a DER sequence
/// (`30 82`, two bytes of length) that fills the contents.
fn without_owner(contents: &[u8]) -> &[u8] {
    match contents {
        [0x30, 0x82, a, b, body @ ..] if body.len() == 256 * *a as usize + *b as usize => contents,
        _ => contents.get(16..).unwrap_or(contents),
    }
}

/// The entries of all `EFI_SIGNATURE_LIST`s without their owners, up to a list that breaks.
pub fn signatures(database: &[u8]) -> Vec<&[u8]> {
    let (mut reader, mut found) = (Reader(database), Vec::new());
    while let Some(entries) = signature_list(&mut reader) {
        found.extend(entries);
    }
    found
}

/// One list: type, three sizes, a header, and entries of one size.
fn signature_list<'a>(reader: &mut Reader<'a>) -> Option<Vec<&'a [u8]>> {
    let _type = reader.bytes(16)?;
    let (list_size, header_size) = (reader.number(4)?, reader.number(4)?);
    let entry_size = reader.number(4)?;
    let mut body = Reader(reader.bytes(list_size.checked_sub(28)?)?);
    let (_header, mut entries) = (body.bytes(header_size)?, Vec::new());
    while !body.0.is_empty() {
        entries.push(body.bytes(entry_size)?.get(16..)?);
    }
    Some(entries)
}
