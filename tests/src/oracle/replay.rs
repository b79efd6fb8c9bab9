//! The registers that a log leads to.

use std::collections::BTreeMap;

use sha2::Digest as _;

use super::{Log, NO_ACTION};

/// Registers that have at least one event, with their last value.
pub type Registers = BTreeMap<u32, Vec<u8>>;

/// `EV_EFI_HCRTM_EVENT`.
const HCRTM_EVENT: u32 = 0x8000_0010;

/// Hashes with the function of a bank.
///
/// # Panics
/// For a bank that is not in [`super::HASHES`].
pub fn hash(bank: u16, bytes: &[u8]) -> Vec<u8> {
    match bank {
        0x0004 => sha1::Sha1::digest(bytes).to_vec(),
        0x000b => sha2::Sha256::digest(bytes).to_vec(),
        0x000c => sha2::Sha384::digest(bytes).to_vec(),
        0x000d => sha2::Sha512::digest(bytes).to_vec(),
        _ => panic!("bank {bank:#06x} cannot be computed"),
    }
}

/// Replays one bank.
pub fn replay(log: &Log<'_>, bank: u16) -> Registers {
    let mut registers = Registers::new();
    for record in &log.records {
        // Informational records are extended nowhere, nor are those of registers that no TPM has.
        if record.kind == NO_ACTION || record.pcr >= 24 {
            continue;
        }
        // Windows logs its own records in one bank only.
        let Some(digest) = record.digest(bank) else { continue };
        let register =
            registers.entry(record.pcr).or_insert_with(|| reset_value(log, bank, record.pcr));
        // TPM2_PCR_Extend: the new value is the hash of the old one and the digest.
        *register = hash(bank, &[register.as_slice(), digest].concat());
    }
    registers
}

/// A register after `TPM2_Startup`: all ones in 17 to 22, which only a dynamic launch (DRTM)
/// sets to zero; zero in the others; and the startup locality as last byte of PCR 0.
pub fn reset_value(log: &Log<'_>, bank: u16, pcr: u32) -> Vec<u8> {
    let size = hash(bank, b"").len();
    match pcr {
        0 => [vec![0; size - 1], vec![startup_locality(log)]].concat(),
        17..=22 => vec![0xff; size],
        _ => vec![0; size],
    }
}

/// What the first `StartupLocality` record says; without one, a hardware root of trust (H-CRTM)
/// counts as locality 4 and everything else as 0.
fn startup_locality(log: &Log<'_>) -> u8 {
    let mut records = log.records.iter().filter(|record| record.pcr == 0);
    let locality = records.clone().filter(|record| record.kind == NO_ACTION).find_map(|record| {
        match record.data.strip_prefix(b"StartupLocality\0") {
            Some([locality]) => Some(*locality),
            _ => None,
        }
    });
    let hcrtm = records.any(|record| record.kind == HCRTM_EVENT);
    locality.unwrap_or(if hcrtm { 4 } else { 0 })
}
