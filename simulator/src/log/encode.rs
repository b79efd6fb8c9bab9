//! The bytes of an event log.
//!
//! Specification: TCG PC Client Platform Firmware Profile 1.06, section 10.2 (records) and
//! 10.4.5.1 (Spec ID event). Little-endian.

use portcullis_wire::EventType;
use portcullis_wire::event::no_action;

use super::Measurement;
use crate::bytes::{Bytes, size32};
use crate::hash::{Digest, HashAlg};

/// Layout of the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// Spec ID record first, then `TCG_PCR_EVENT2`.
    CryptoAgile,
    /// `TCG_PCClientPCREvent` throughout, SHA-1 alone, no Spec ID record.
    Sha1,
}

/// How a log is laid out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLayout {
    /// Layout of the records.
    pub format: LogFormat,
    /// The active banks, in the order of the Spec ID event.
    pub banks: Vec<HashAlg>,
    /// Platform class of the Spec ID event: 0 client, 1 server.
    pub platform_class: u32,
    /// Errata number of the Spec ID event's specification.
    pub errata: u8,
    /// Bytes of 0xFF behind the last record, as in a dump of the ACPI log area.
    pub padding_bytes: usize,
}

impl Default for LogLayout {
    fn default() -> Self {
        let (format, banks) = (LogFormat::CryptoAgile, vec![HashAlg::Sha256]);
        Self { format, banks, platform_class: 0, errata: 0, padding_bytes: 0 }
    }
}

impl LogLayout {
    /// What stands before the first record of the boot.
    pub(super) fn head(&self) -> Vec<u8> {
        if self.format == LogFormat::Sha1 {
            return Vec::new();
        }
        let algs = self.banks.iter().fold(Bytes::new(), |algs, bank| {
            let size = u16::try_from(bank.size_bytes()).unwrap_or(u16::MAX);
            algs.u16(bank.tpm_alg().0).u16(size)
        });
        // Version 2.0, and natural integers of 64 bits (2). No vendor information.
        let spec_id = Bytes::new()
            .raw(no_action::SPEC_ID_03)
            .u32(self.platform_class)
            .raw(&[0, 2, self.errata, 2])
            .u32(u32::try_from(self.banks.len()).unwrap_or(u32::MAX))
            .raw(&algs.0)
            .u8(0);
        sha1_record(0, EventType::NO_ACTION, &[0; 20], &spec_id.0)
    }

    /// Appends a record.
    pub(super) fn append(&self, log: &mut Vec<u8>, measurement: &Measurement, digests: &[Digest]) {
        let Measurement { pcr, event_type, data, .. } = measurement;
        if self.format == LogFormat::Sha1 {
            let digest = digests.first().map_or(&[0_u8; 20][..], Digest::as_bytes);
            log.extend(sha1_record(*pcr, *event_type, digest, data));
            return;
        }
        let count = u32::try_from(digests.len()).unwrap_or(u32::MAX);
        let record = Bytes::new().u32(*pcr).u32(event_type.0).u32(count);
        let record = digests.iter().fold(record, |record, digest| {
            record.u16(digest.alg().tpm_alg().0).raw(digest.as_bytes())
        });
        log.extend(record.sized32(data).0);
    }

    /// Appends the padding.
    pub(super) fn pad(&self, log: &mut Vec<u8>) {
        log.resize(log.len().saturating_add(self.padding_bytes), 0xff);
    }
}

fn sha1_record(pcr: u32, event_type: EventType, digest: &[u8], data: &[u8]) -> Vec<u8> {
    Bytes::new().u32(pcr).u32(event_type.0).raw(digest).u32(size32(data)).raw(data).0
}

#[cfg(test)]
mod tests {
    use super::super::record;
    use super::*;
    use crate::hash::digest;

    #[test]
    fn a_sha1_log_has_no_header_and_fixed_digests() {
        let layout = LogLayout {
            format: LogFormat::Sha1,
            banks: vec![HashAlg::Sha1],
            padding_bytes: 3,
            ..LogLayout::default()
        };
        let step = Measurement::of_data(4, EventType::SEPARATOR, [0; 4]);
        let mut expect =
            Bytes::new().u32(4).u32(4).raw(digest(HashAlg::Sha1, &[&[0; 4]]).as_bytes());
        expect = expect.u32(4).u32(0).raw(&[0xff; 3]);
        assert_eq!(record(&[step], &layout).event_log, expect.0);
    }

    #[test]
    fn the_spec_id_event_declares_the_banks_in_order() {
        // The first record of a real log of a Lenovo X1 Carbon: SHA-1 and SHA-256, errata 2.
        let layout = LogLayout {
            banks: vec![HashAlg::Sha1, HashAlg::Sha256],
            errata: 2,
            ..LogLayout::default()
        };
        let head = layout.head();
        assert_eq!(head.get(28..32), Some(&[37, 0, 0, 0][..]));
        let data = b"Spec ID Event03\0\0\0\0\0\0\x02\x02\x02\x02\0\0\0\x04\0\x14\0\x0b\0\x20\0\0";
        assert_eq!(head.get(32..), Some(&data[..]));
    }
}
