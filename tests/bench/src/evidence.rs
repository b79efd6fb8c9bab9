//! Evidence around a log: a quote over the registers that it leads to.
//!
//! A log of somebody else's host has no key with it that we know. So the identity and the quote
//! of a capture are taken, with another AK, and another signed digest. The key is made here, the
//! same in every run, and opens nothing.

use std::convert::Infallible;

use portcullis_api::baseline;
use portcullis_api::policy_set::RegisteredBaselineDoc;
use portcullis_api::request::{
    self, EvidenceDoc, HostRecordDoc, QuoteDoc, RegistrationDoc, RequestDoc,
};
use portcullis_api::{BundleDoc, PolicySetDoc};
use portcullis_engine::crypto::HashAlg;
use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_engine::policy::REQUIRED_PCRS;
use portcullis_engine::replay;
use portcullis_tests::corpus::{capture, read};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest as _, Sha256};

const CAPTURE: &str = "j1-four-banks";

/// Time of the appraisal: within the validity of the capture's certificates.
const NOW: u64 = 1_800_000_000;

/// Makes the same numbers in every run: for a key that protects nothing.
struct SameEveryTime(u64);

impl TryRng for SameEveryTime {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        let hash = Sha256::digest(self.0.to_le_bytes());
        Ok(u64::from_le_bytes(hash[..8].try_into().expect("8 bytes")))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let number = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for SameEveryTime {}

/// Attestation keys: one RSA key of 2048 bits.
pub struct Signer(RsaPrivateKey);

impl Default for Signer {
    fn default() -> Self {
        Self(RsaPrivateKey::new(&mut SameEveryTime(0), 2048).expect("a key"))
    }
}

impl Signer {
    /// A bundle whose quote signs the registers of `log`, and whose baseline is derived from it.
    /// It passes.
    ///
    /// # Panics
    /// When the capture or the log cannot be used.
    #[must_use]
    pub fn bundle(&self, log: &[u8]) -> BundleDoc {
        let folder = capture(CAPTURE);
        let file = |name: &str| read(&folder.join(name));
        let ak_public = self.public(&file("ak-rsa.pub"));
        let ak_name = request::ak_name(&ak_public).expect("a name");
        let ek_sha256 = request::ek_sha256(&file("ek-rsa.pub")).expect("an EK");
        let evidence = EvidenceDoc {
            ek_public: Some(file("ek-rsa.pub").into()),
            ek_certificate: Some(file("nv-01c00002.bin").into()),
            ak_public: Some(ak_public.into()),
            quotes: vec![self.quote(&file("quote-rsa-sel.attest"), log)],
            event_log: Some(log.to_vec().into()),
            ..EvidenceDoc::default()
        };
        let host = HostRecordDoc {
            name: "bench".into(),
            registrations: vec![RegistrationDoc { ek_sha256, policy_version: "v2".into() }],
            ak_name: Some(ak_name),
            reset_count: None,
        };
        let nonce = Some(file("nonce.bin").into());
        let request = RequestDoc { now: NOW, nonce, credential: None, evidence };
        BundleDoc::new(policy_set(log), Some(host), request)
    }

    /// The capture's AK with our modulus, which ends the structure.
    fn public(&self, template: &[u8]) -> Vec<u8> {
        let modulus = self.0.n().to_be_bytes();
        let modulus = &modulus[modulus.len() - 256..];
        [&template[..template.len() - 256], modulus].concat()
    }

    /// The capture's quote (SHA-256 bank, PCRs 0-7 and 11-14) with the registers of `log`, whose
    /// digest ends the structure.
    fn quote(&self, template: &[u8], log: &[u8]) -> QuoteDoc {
        let log = eventlog::parse(log, &Limits::default()).expect("a log");
        let bank = replay::replay_bank(&log, HashAlg::Sha256);
        let mut registers = Sha256::new();
        for pcr in (0..24).filter(|pcr| REQUIRED_PCRS & (1 << pcr) != 0) {
            let reset = bank.reset_value(pcr);
            registers.update(bank.register(pcr).map_or(reset, |it| it.value).as_bytes());
        }
        let head = &template[..template.len() - 32];
        let attest = [head, &registers.finalize()].concat();
        let digest = Sha256::digest(&attest);
        let signature = self.0.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).expect("signs");
        // TPMT_SIGNATURE: RSASSA, SHA-256, size.
        let header = [0x00, 0x14, 0x00, 0x0b, 0x01, 0x00];
        let signature = [&header[..], &signature].concat();
        QuoteDoc {
            attest: attest.into(),
            signature: signature.into(),
            pcr_values: None,
            other_ak_public: None,
        }
    }
}

fn policy_set(log: &[u8]) -> PolicySetDoc {
    let ca = |name: &str| read(&capture("ca").join(name)).into();
    let baseline = baseline::derive("bench", &[log], "boot_chain", HashAlg::Sha256, REQUIRED_PCRS);
    PolicySetDoc {
        profile: "linux".into(),
        trust: vec![ca("root-ca.pem"), ca("issuer.pem")],
        baselines: vec![RegisteredBaselineDoc::new("v2", baseline.expect("a baseline"))],
        ..PolicySetDoc::default()
    }
}
