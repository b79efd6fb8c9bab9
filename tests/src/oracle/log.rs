//! The two layouts of a log, section 10.2. All integers are little-endian.

use super::{HASHES, NO_ACTION};

/// A log: what its header declares, and its records.
pub struct Log<'a> {
    /// `(algorithm, digest size)` in the order of the header.
    pub banks: Vec<(u16, usize)>,
    /// The records, the header included.
    pub records: Vec<Record<'a>>,
}

/// One record of either layout.
pub struct Record<'a> {
    /// `pcrIndex`.
    pub pcr: u32,
    /// `eventType`.
    pub kind: u32,
    /// `(algorithm, digest)`.
    pub digests: Vec<(u16, &'a [u8])>,
    /// `event`.
    pub data: &'a [u8],
}

impl<'a> Record<'a> {
    /// The digest of one bank.
    pub fn digest(&self, bank: u16) -> Option<&'a [u8]> {
        self.digests.iter().find(|(alg, _)| *alg == bank).map(|(_, digest)| *digest)
    }
}

/// Reads from the front of a slice; `None` once something does not fit.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn bytes(&mut self, size: u64) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(usize::try_from(size).ok()?)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn number(&mut self, size: u64) -> Option<u64> {
        let bytes = self.bytes(size)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u32(&mut self) -> Option<u32> {
        self.number(4).map(|number| number as u32)
    }

    fn u16(&mut self) -> Option<u16> {
        self.number(2).map(|number| number as u16)
    }
}

/// Reads a log; `None` when it breaks, or holds no record.
pub fn parse(bytes: &[u8]) -> Option<Log<'_>> {
    let mut reader = Reader(bytes);
    if is_padding(bytes) {
        return None;
    }
    // The first record always has the SHA-1 layout. A Spec ID event of the third revision in it
    // says that the others have not.
    let first = record(&mut reader, None)?;
    let banks = match first.data.strip_prefix(b"Spec ID Event03\0") {
        Some(header) if first.kind == NO_ACTION => Some(declared_banks(header)?),
        _ => None,
    };
    let mut records = vec![first];
    while !is_padding(reader.0) {
        records.push(record(&mut reader, banks.as_deref())?);
    }
    Some(Log { banks: banks.unwrap_or(vec![(0x0004, 20)]), records })
}

/// True at the end of the records: nothing follows, or one repeated byte, or a record whose
/// register and type are all ones.
fn is_padding(rest: &[u8]) -> bool {
    let only = |value| rest.iter().all(|byte| *byte == value);
    only(0x00) || only(0xff) || rest.starts_with(&[0xff; 8])
}

/// `TCG_PCR_EVENT2`, or `TCG_PCClientPCREvent` where no banks are declared.
fn record<'a>(reader: &mut Reader<'a>, banks: Option<&[(u16, usize)]>) -> Option<Record<'a>> {
    let (pcr, kind) = (reader.u32()?, reader.u32()?);
    let digests = match banks {
        Some(banks) => digests(reader, banks)?,
        None => vec![(0x0004, reader.bytes(20)?)],
    };
    let size = reader.number(4)?;
    Some(Record { pcr, kind, digests, data: reader.bytes(size)? })
}

/// `TPML_DIGEST_VALUES`: one digest or more, each of another bank that is declared.
fn digests<'a>(reader: &mut Reader<'a>, banks: &[(u16, usize)]) -> Option<Vec<(u16, &'a [u8])>> {
    let mut digests: Vec<(u16, &[u8])> = Vec::new();
    for _ in 0..reader.u32()? {
        let alg = reader.u16()?;
        let (_, size) = banks.iter().find(|(declared, _)| *declared == alg)?;
        if digests.iter().any(|(known, _)| *known == alg) {
            return None;
        }
        digests.push((alg, reader.bytes(*size as u64)?));
    }
    (!digests.is_empty()).then_some(digests)
}

/// The algorithms of `TCG_EfiSpecIDEvent`, behind its signature (section 10.4.5).
fn declared_banks(header: &[u8]) -> Option<Vec<(u16, usize)>> {
    let mut reader = Reader(header);
    let _class_version_and_uintn = reader.bytes(8)?;
    let count = reader.u32().filter(|count| (1..=16).contains(count))?;
    let mut banks = Vec::new();
    for _ in 0..count {
        let (alg, size) = (reader.u16()?, usize::from(reader.u16()?));
        let known = HASHES.iter().find(|(known, _)| *known == alg);
        let wrong_size = size == 0 || known.is_some_and(|(_, known)| *known != size);
        if wrong_size || banks.iter().any(|(declared, _)| *declared == alg) {
            return None;
        }
        banks.push((alg, size));
    }
    let vendor_size = reader.number(1)?;
    reader.bytes(vendor_size)?;
    reader.0.is_empty().then_some(banks)
}
