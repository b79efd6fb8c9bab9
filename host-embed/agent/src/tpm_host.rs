//! A machine with a TPM: keys, quotes and the log that its kernel keeps.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use portcullis_api::exchange::{AttestationQuoteDoc, ChallengeCredentialDoc, ChallengeRequestDoc};
use portcullis_api::text::Blob;
use portcullis_tpm::{AkBlobs, AkKind, Ek, PcrSelection, Tpm};
use portcullis_wire::TpmAlg;
use portcullis_wire::tpm::Rc;

use crate::error::{Error, Result};
use crate::exchange::Host;
use crate::state::State;

/// Where Linux keeps the event log of the first TPM.
pub const EVENT_LOG_PATH: &str = "/sys/kernel/security/tpm0/binary_bios_measurements";

/// Largest event log that a verifier takes.
const EVENT_LOG_SIZE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A machine with a TPM.
#[derive(Debug)]
pub struct TpmHost {
    tpm: Tpm,
    state: State,
    event_log: PathBuf,
    keys: Option<(Ek, AkBlobs)>,
}

impl TpmHost {
    /// A machine whose AK is kept in a folder.
    #[must_use]
    pub const fn new(tpm: Tpm, state: State, event_log: PathBuf) -> Self {
        Self { tpm, state, event_log, keys: None }
    }

    /// The keys; the AK is loaded from the folder, or made and kept there.
    fn keys(&mut self) -> Result<(Ek, AkBlobs)> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let ek = self.tpm.certified_ek()?;
        let kept = match self.state.ak()? {
            Some(ak) if self.loads(&ek, &ak)? => Some(ak),
            _ => None,
        };
        let ak = match kept {
            Some(ak) => ak,
            None => {
                let made = self.tpm.create_ak(ek.kind, AkKind::default())?;
                self.state.keep_ak(&made)?;
                made
            }
        };
        self.keys = Some((ek.clone(), ak.clone()));
        Ok((ek, ak))
    }

    /// False for the key of another TPM, or of this one before it was cleared.
    fn loads(&mut self, ek: &Ek, ak: &AkBlobs) -> Result<bool> {
        match self.tpm.loads(ek.kind, ak) {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.rc(), Some(Rc::INTEGRITY | Rc::VALUE | Rc::SIZE)) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Host for TpmHost {
    fn identity(&mut self) -> Result<ChallengeRequestDoc> {
        let (ek, ak) = self.keys()?;
        Ok(ChallengeRequestDoc {
            ek_public: Blob(ek.public),
            ek_certificate: ek.certificate.map(Blob),
            ek_intermediates: ek.chain.into_iter().map(Blob).collect(),
            ak_public: Blob(ak.public),
        })
    }

    fn activate(&mut self, credential: &ChallengeCredentialDoc) -> Result<Vec<u8>> {
        let (ek, ak) = self.keys()?;
        let (id_object, secret) = (&credential.id_object.0, &credential.encrypted_secret.0);
        Ok(self.tpm.activate_credential(ek.kind, &ak, id_object, secret)?)
    }

    fn quote(&mut self, nonce: &[u8], bank: &str, pcrs: &[u8]) -> Result<AttestationQuoteDoc> {
        let (ek, ak) = self.keys()?;
        let selection = selection(bank, pcrs)?;
        let quote = self.tpm.quote(ek.kind, &ak, nonce, &selection)?;
        Ok(AttestationQuoteDoc { attest: Blob(quote.attest), signature: Blob(quote.signature) })
    }

    fn event_log(&mut self) -> Result<Vec<u8>> {
        let path = &self.event_log;
        let at = |source| Error::File { path: path.clone(), source };
        // Files of the kernel have no size before they are read.
        let mut file = File::open(path).map_err(at)?.take(EVENT_LOG_SIZE_BYTES_MAX);
        let mut log = Vec::new();
        file.read_to_end(&mut log).map_err(at)?;
        Ok(log)
    }
}

fn selection(bank: &str, pcrs: &[u8]) -> Result<PcrSelection> {
    let unknown = || Error::Answer { reason: format!("asks for a bank `{bank}`") };
    let bank = match bank {
        "sha1" => TpmAlg::SHA1,
        "sha256" => TpmAlg::SHA256,
        "sha384" => TpmAlg::SHA384,
        "sha512" => TpmAlg::SHA512,
        _ => return Err(unknown()),
    };
    let mut bitmap = 0u32;
    for pcr in pcrs {
        match 1u32.checked_shl(u32::from(*pcr)) {
            Some(bit) if *pcr < 24 => bitmap |= bit,
            _ => return Err(Error::Answer { reason: format!("asks for register {pcr}") }),
        }
    }
    Ok(PcrSelection::of(bank, bitmap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registers_that_exist_are_quoted() {
        assert_eq!(
            selection("sha256", &[0, 7, 23]).unwrap(),
            PcrSelection::of(TpmAlg::SHA256, 0x0080_0081)
        );
        for (bank, pcrs) in [("md5", &[0][..]), ("sha256", &[24]), ("sha256", &[255])] {
            assert!(matches!(selection(bank, pcrs), Err(Error::Answer { .. })), "{bank} {pcrs:?}");
        }
    }
}
