//! Platform configuration registers.
//!
//! TPM 2.0 Library part 1, section 17; which locality may do what, and what a register starts
//! as: TCG PC Client Platform TPM Profile, section 4.6 (table of PCR attributes), compared with a
//! reference TPM by the referee tests.

use portcullis_wire::tpm::Rc;

use super::error::{Result, fail};
use crate::encode::be::Writer;
use crate::hash::{Digest, HashAlg, digest};

/// Registers in a bank.
pub const PCRS: u8 = 24;

/// Highest locality. Localities from 32 on cannot reach registers.
pub const LOCALITY_MAX: u8 = 4;

/// Bytes of a bitmap over all registers.
const SELECT_SIZE_BYTES: u8 = 3;

/// What localities may do with a register: bit `n` is locality `n`.
#[derive(Clone, Copy)]
struct Rights {
    reset: u8,
    extend: u8,
    /// The register survives a TPM resume.
    state_save: bool,
    /// Extending it changes the update counter.
    counts: bool,
}

const fn rights(pcr: u8) -> Rights {
    let (reset, extend) = match pcr {
        0..=15 => (0, 0x1f),
        // Locality 4 is the hardware's: it resets by a dynamic launch, not by a command.
        17 | 18 => (0, 0x1c),
        19 => (0, 0x0c),
        20 => (0x04, 0x0e),
        21 | 22 => (0x04, 0x04),
        _ => (0x0f, 0x1f),
    };
    let counts = !matches!(pcr, 16 | 21..=23);
    Rights { reset, extend, state_save: pcr <= 15, counts }
}

const fn allows(localities: u8, locality: u8) -> bool {
    locality <= LOCALITY_MAX && localities & (1 << locality) != 0
}

/// Registers of one or more banks, in the order in which a caller names them
/// (`TPML_PCR_SELECTION`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PcrSelection(Vec<(HashAlg, u32)>);

impl PcrSelection {
    /// Registers of one bank.
    #[must_use]
    pub fn of(bank: HashAlg, pcrs: &[u8]) -> Self {
        Self::default().and(bank, pcrs)
    }

    /// The same and registers of a further bank.
    #[must_use]
    pub fn and(mut self, bank: HashAlg, pcrs: &[u8]) -> Self {
        let bits = pcrs.iter().filter(|pcr| **pcr < PCRS).fold(0, |bits, pcr| bits | (1 << pcr));
        self.0.push((bank, bits));
        self
    }

    /// The registers in the order in which digests cover them.
    pub fn iter(&self) -> impl Iterator<Item = (HashAlg, u8)> {
        self.0.iter().flat_map(|(bank, bits)| {
            (0..PCRS).filter_map(move |pcr| (bits & (1 << pcr) != 0).then_some((*bank, pcr)))
        })
    }

    /// The banks with their bitmaps (bit `n` is register `n`).
    #[must_use]
    pub fn banks(&self) -> &[(HashAlg, u32)] {
        &self.0
    }

    /// `TPML_PCR_SELECTION`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let bank = |writer: Writer, (bank, bits): &(HashAlg, u32)| {
            let [low, middle, high, _] = bits.to_le_bytes();
            writer.u16(bank.tpm_alg().0).u8(SELECT_SIZE_BYTES).bytes(&[low, middle, high])
        };
        self.0.iter().fold(Writer::new().u32(count), bank).finish()
    }
}

/// What starts the first register: by whom the TPM was started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StartedBy {
    /// `TPM2_Startup` at a locality (0 or 3): the last byte of PCR 0.
    Locality(u8),
    /// A hardware core root of trust, which measured this before `TPM2_Startup` at locality 4.
    HardwareRoot(Vec<u8>),
}

/// All banks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pcrs {
    banks: Vec<Bank>,
    update_counter: u32,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Bank {
    alg: HashAlg,
    values: Vec<Digest>,
}

impl Pcrs {
    /// Banks of the given algorithms, each once, in the order of [`HashAlg::ALL`].
    pub(super) fn new(algs: &[HashAlg]) -> Self {
        let banks = HashAlg::ALL.into_iter().filter(|alg| algs.contains(alg));
        let bank = |alg| Bank { alg, values: vec![Digest::filled(alg, 0); usize::from(PCRS)] };
        Self { banks: banks.map(bank).collect(), update_counter: 0 }
    }

    /// The active banks.
    pub fn banks(&self) -> impl Iterator<Item = HashAlg> {
        self.banks.iter().map(|bank| bank.alg)
    }

    /// The value of a register, or `None` when the bank is not active.
    #[must_use]
    pub fn value(&self, bank: HashAlg, pcr: u8) -> Option<Digest> {
        let bank = self.banks.iter().find(|candidate| candidate.alg == bank)?;
        bank.values.get(usize::from(pcr)).copied()
    }

    /// How often registers were changed since the last reset (`pcrUpdateCounter`).
    #[must_use]
    pub const fn update_counter(&self) -> u32 {
        self.update_counter
    }

    /// `TPM2_PCR_Extend`: extends a register with one digest for each bank. Digests of banks that
    /// are not active change nothing.
    pub(super) fn extend(&mut self, locality: u8, pcr: u8, digests: &[Digest]) -> Result<()> {
        check(pcr, |rights| allows(rights.extend, locality))?;
        for value in digests {
            self.extend_unchecked(pcr, value);
        }
        self.count(pcr);
        Ok(())
    }

    /// `TPM2_PCR_Reset`: all banks, to zero.
    pub(super) fn reset(&mut self, locality: u8, pcr: u8) -> Result<()> {
        check(pcr, |rights| allows(rights.reset, locality))?;
        self.fill(pcr, 0);
        self.count(pcr);
        Ok(())
    }

    /// A dynamic launch (`_TPM_Hash_Start` to `_TPM_Hash_End` after startup): the dynamic
    /// registers become zero, and the launched code is measured into PCR 17.
    pub(super) fn dynamic_launch(&mut self, code: &[u8]) {
        (17..=22).for_each(|pcr| self.fill(pcr, 0));
        for alg in self.banks().collect::<Vec<_>>() {
            self.extend_unchecked(17, &digest(alg, &[code]));
        }
        self.count(17);
    }

    /// A TPM reset also begins to count anew.
    pub(super) fn start_reset(&mut self, started_by: &StartedBy) {
        self.update_counter = 0;
        self.start_clear(started_by);
    }

    /// The values after a reset or restart. Starting a register counts as a change, as it does in
    /// the reference implementation.
    pub(super) fn start_clear(&mut self, started_by: &StartedBy) {
        (0..PCRS).for_each(|pcr| self.start(pcr));
        let last_byte = match started_by {
            StartedBy::Locality(locality) => *locality,
            StartedBy::HardwareRoot(_) => LOCALITY_MAX,
        };
        for bank in &mut self.banks {
            let mut value = vec![0; bank.alg.size_bytes()];
            if let Some(last) = value.last_mut() {
                *last = last_byte;
            }
            if let (Some(value), Some(first)) =
                (Digest::new(bank.alg, &value), bank.values.first_mut())
            {
                *first = value;
            }
        }
        if let StartedBy::HardwareRoot(code) = started_by {
            for alg in self.banks().collect::<Vec<_>>() {
                self.extend_unchecked(0, &digest(alg, &[code]));
            }
        }
    }

    /// The values after a resume: those that were saved stay, the others start again.
    pub(super) fn start_resumed(&mut self) {
        (0..PCRS).filter(|pcr| !rights(*pcr).state_save).for_each(|pcr| self.start(pcr));
    }

    fn start(&mut self, pcr: u8) {
        self.fill(pcr, start_value(pcr));
        self.count(pcr);
    }

    /// The digest that a quote signs, and the selection without what this TPM does not have.
    pub(super) fn composite(
        &self,
        selection: &PcrSelection,
        hash: HashAlg,
    ) -> (PcrSelection, Vec<(HashAlg, u8, Digest)>, Digest) {
        let active = |bank: HashAlg| self.banks().any(|candidate| candidate == bank);
        let bits = |(bank, bits): &(HashAlg, u32)| (*bank, if active(*bank) { *bits } else { 0 });
        let selection = PcrSelection(selection.banks().iter().map(bits).collect());
        let values: Vec<(HashAlg, u8, Digest)> = selection
            .iter()
            .filter_map(|(bank, pcr)| Some((bank, pcr, self.value(bank, pcr)?)))
            .collect();
        let parts: Vec<&[u8]> = values.iter().map(|(_, _, value)| value.as_bytes()).collect();
        let composite = digest(hash, &parts);
        (selection, values, composite)
    }

    fn extend_unchecked(&mut self, pcr: u8, value: &Digest) {
        let bank = self.banks.iter_mut().find(|bank| bank.alg == value.alg());
        if let Some(register) = bank.and_then(|bank| bank.values.get_mut(usize::from(pcr))) {
            *register = digest(value.alg(), &[register.as_bytes(), value.as_bytes()]);
        }
    }

    fn fill(&mut self, pcr: u8, byte: u8) {
        for bank in &mut self.banks {
            if let Some(register) = bank.values.get_mut(usize::from(pcr)) {
                *register = Digest::filled(bank.alg, byte);
            }
        }
    }

    fn count(&mut self, pcr: u8) {
        if rights(pcr).counts {
            self.update_counter = self.update_counter.wrapping_add(1);
        }
    }
}

/// Registers of a dynamic launch start as all ones, so that a TPM without a launch cannot be
/// taken for one with an empty one.
const fn start_value(pcr: u8) -> u8 {
    match pcr {
        17..=22 => 0xff,
        _ => 0,
    }
}

fn check(pcr: u8, allowed: impl Fn(Rights) -> bool) -> Result<()> {
    if pcr >= PCRS {
        return fail(Rc::VALUE, "no such register");
    }
    if !allowed(rights(pcr)) {
        return fail(Rc::LOCALITY, "the locality may not do this to the register");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started() -> Pcrs {
        let mut pcrs = Pcrs::new(&HashAlg::ALL);
        pcrs.start_clear(&StartedBy::Locality(0));
        pcrs
    }

    #[test]
    fn registers_start_as_the_profile_says() {
        let pcrs = started();
        for bank in HashAlg::ALL {
            for pcr in 0..PCRS {
                let byte = if (17..=22).contains(&pcr) { 0xff } else { 0 };
                assert_eq!(pcrs.value(bank, pcr), Some(Digest::filled(bank, byte)));
            }
        }
    }

    /// SHA-256 of 64 zero bytes; SHA-1 of 40.
    #[test]
    fn extending_hashes_the_old_value_and_the_digest() {
        let mut pcrs = started();
        let counter = pcrs.update_counter();
        let zeroes: Vec<Digest> = HashAlg::ALL.map(|alg| Digest::filled(alg, 0)).to_vec();
        pcrs.extend(0, 5, &zeroes).unwrap();
        let value = |bank| pcrs.value(bank, 5).unwrap().to_string();
        assert_eq!(
            value(HashAlg::Sha256),
            "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"
        );
        assert_eq!(value(HashAlg::Sha1), "b80de5d138758541c5f05265ad144ab9fa86d1db");
        assert_eq!(pcrs.update_counter(), counter + 1);
    }

    #[test]
    fn startup_locality_and_hardware_root_show_in_the_first_register() {
        let mut pcrs = Pcrs::new(&[HashAlg::Sha256]);
        pcrs.start_clear(&StartedBy::Locality(3));
        let value = pcrs.value(HashAlg::Sha256, 0).unwrap();
        assert_eq!(value.as_bytes()[..31], [0; 31]);
        assert_eq!(value.as_bytes()[31], 3);
        pcrs.start_clear(&StartedBy::HardwareRoot(b"code".to_vec()));
        let mut four = [0; 32];
        four[31] = 4;
        let measured = digest(HashAlg::Sha256, &[b"code"]);
        let expected = digest(HashAlg::Sha256, &[&four, measured.as_bytes()]);
        assert_eq!(pcrs.value(HashAlg::Sha256, 0), Some(expected));
    }

    #[test]
    fn a_resume_keeps_static_registers_and_restarts_the_others() {
        let mut pcrs = started();
        let value = [Digest::filled(HashAlg::Sha256, 1)];
        for pcr in [0, 15, 16, 23] {
            pcrs.extend(0, pcr, &value).unwrap();
        }
        let before = pcrs.clone();
        pcrs.start_resumed();
        for pcr in [0, 15] {
            assert_eq!(pcrs.value(HashAlg::Sha256, pcr), before.value(HashAlg::Sha256, pcr));
        }
        for pcr in [16, 23] {
            assert_eq!(pcrs.value(HashAlg::Sha256, pcr), Some(Digest::filled(HashAlg::Sha256, 0)));
        }
    }

    #[test]
    fn a_digest_for_a_bank_that_is_not_active_changes_nothing() {
        let mut pcrs = Pcrs::new(&[HashAlg::Sha256]);
        pcrs.start_clear(&StartedBy::Locality(0));
        pcrs.extend(0, 0, &[Digest::filled(HashAlg::Sha1, 1)]).unwrap();
        assert_eq!(pcrs.value(HashAlg::Sha256, 0), Some(Digest::filled(HashAlg::Sha256, 0)));
        assert_eq!(pcrs.value(HashAlg::Sha1, 0), None);
    }

    #[test]
    fn nothing_but_a_dynamic_launch_zeroes_the_register_of_the_launch() {
        let mut pcrs = started();
        assert!((0..=LOCALITY_MAX).all(|locality| pcrs.reset(locality, 17).is_err()));
        pcrs.dynamic_launch(b"launched");
        let measured = digest(HashAlg::Sha256, &[b"launched"]);
        let expected = digest(HashAlg::Sha256, &[&[0; 32], measured.as_bytes()]);
        assert_eq!(pcrs.value(HashAlg::Sha256, 17), Some(expected));
        assert_eq!(pcrs.value(HashAlg::Sha256, 18), Some(Digest::filled(HashAlg::Sha256, 0)));
    }

    #[test]
    fn selections_are_bitmaps_of_three_bytes() {
        let selection =
            PcrSelection::of(HashAlg::Sha256, &[0, 7, 8, 23, 24]).and(HashAlg::Sha1, &[]);
        let expected = [0, 0, 0, 2, 0, 0x0b, 3, 0x81, 1, 0x80, 0, 4, 3, 0, 0, 0];
        assert_eq!(selection.to_bytes(), expected);
        let pcrs: Vec<u8> = selection.iter().map(|(_, pcr)| pcr).collect();
        assert_eq!(pcrs, [0, 7, 8, 23]);
    }
}
