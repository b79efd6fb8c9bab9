//! What a boot needs from a TPM, and a stand-in that has nothing but registers.

use portcullis_wire::TpmAlg;
use portcullis_wire::event::PCR_COUNT;

use crate::bank::Bank;

/// What a boot needs from a TPM.
pub trait BootTpm {
    /// A power cycle, then `TPM2_Startup(CLEAR)` from `locality`. Returns the reset count.
    fn start(&mut self, locality: u8) -> u32;

    /// `TPM2_PCR_Extend` with a digest for each bank that is to change.
    fn extend(&mut self, pcr: u8, digests: &[(TpmAlg, Vec<u8>)]);
}

/// Registers without a TPM around them: for hosts that need no quote.
#[derive(Clone, Debug)]
pub struct Registers {
    banks: Vec<(Bank, [Vec<u8>; PCR_COUNT])>,
    reset_count: u32,
}

impl Registers {
    /// The registers of the active banks, before the first start.
    #[must_use]
    pub fn new(banks: &[Bank]) -> Self {
        let banks = banks.iter().map(|bank| (*bank, reset(*bank, 0))).collect();
        Self { banks, reset_count: 0 }
    }

    /// A register, or `None` in a bank that is not active.
    #[must_use]
    pub fn value(&self, bank: Bank, pcr: u8) -> Option<&[u8]> {
        let (_, registers) = self.banks.iter().find(|(active, _)| *active == bank)?;
        registers.get(usize::from(pcr)).map(Vec::as_slice)
    }

    /// The active banks.
    pub fn banks(&self) -> impl Iterator<Item = Bank> {
        self.banks.iter().map(|(bank, _)| *bank)
    }
}

impl BootTpm for Registers {
    fn start(&mut self, locality: u8) -> u32 {
        for (bank, registers) in &mut self.banks {
            *registers = reset(*bank, locality);
        }
        self.reset_count = self.reset_count.saturating_add(1);
        self.reset_count
    }

    fn extend(&mut self, pcr: u8, digests: &[(TpmAlg, Vec<u8>)]) {
        for (bank, registers) in &mut self.banks {
            let digest = digests.iter().find(|(alg, _)| *alg == bank.alg());
            let register = registers.get_mut(usize::from(pcr));
            if let (Some((_, digest)), Some(register)) = (digest, register) {
                *register = bank.digest(&[register, digest]);
            }
        }
    }
}

/// Values after a start: 17 to 22 all ones, the others zero, the locality in PCR 0.
fn reset(bank: Bank, locality: u8) -> [Vec<u8>; PCR_COUNT] {
    std::array::from_fn(|pcr| {
        let fill = if (17..=22).contains(&pcr) { 0xff } else { 0 };
        let mut value = vec![fill; bank.size_bytes()];
        if let (0, Some(last)) = (pcr, value.last_mut()) {
            *last = locality;
        }
        value
    })
}
