//! What the tests of simulated TPMs share: a provisioned TPM, scratch files, other programs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, LazyLock};

use portcullis_simulator::hash::HashAlg;
use portcullis_simulator::key::{RsaPool, RsaSource, Scheme};
use portcullis_simulator::tpm::{
    EkTemplate, Hierarchy, PcrSelection, StartedBy, Tpm, TpmConfig, template,
};
use portcullis_tests::tools;
use portcullis_wire::tpm::Handle;

/// Where the AK is kept.
pub const AK: Handle = Handle(0x8101_0020);

/// One pool for all tests of this program: RSA keys are slow.
pub static POOL: LazyLock<Arc<RsaPool>> = LazyLock::new(|| RsaPool::new(1, 4));

/// A TPM whose RSA keys come from [`POOL`].
pub fn config(seed: u64) -> TpmConfig {
    TpmConfig {
        banks: HashAlg::ALL.to_vec(),
        rsa: RsaSource::Pool { pool: Arc::clone(&POOL), host: seed },
        ..TpmConfig::default()
    }
}

/// A running TPM with an EK and an AK under it, and something in every register that counts.
pub fn provisioned(seed: u64, ek: EkTemplate, ak: Scheme) -> Tpm {
    let mut tpm = Tpm::manufacture(seed, config(seed));
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    let handle = ek.handle();
    tpm.provision_primary(Hierarchy::Endorsement, &ek.template(), handle).unwrap();
    tpm.provision_key(handle, &template::ak(ak), AK).unwrap();
    for pcr in required_pcrs() {
        tpm.pcr_event(pcr, &[pcr; 5]).unwrap();
    }
    tpm.advance_ms(12_345);
    tpm
}

/// The registers that an appraisal needs.
pub fn required_pcrs() -> Vec<u8> {
    (0..8).chain(11..15).collect()
}

/// [`required_pcrs`] of the SHA-256 bank.
pub fn selection() -> PcrSelection {
    PcrSelection::of(HashAlg::Sha256, &required_pcrs())
}

/// A folder of its own for one test, empty at its start.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> OsString {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.into_os_string()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Runs a program of Debian package `package`; `None` with a note when it is missing.
pub fn run(program: &str, package: &str, arguments: &[&OsStr]) -> Option<Output> {
    tools::run(program, package, arguments)
}

/// Both outputs of a program as text.
pub fn text_of(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}
