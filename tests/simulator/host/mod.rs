//! Simulated hosts: the shape of their logs, and what others make of them.

mod engine;
mod payloads;
mod registers;
mod tools;
mod twins;

use portcullis_simulator::hash::{Digest, HashAlg};
use portcullis_simulator::host::{AllowAll, Host};
use portcullis_simulator::spec::HostSpec;
use portcullis_simulator::tpm::{Tpm, TpmConfig};

/// A host that was started, with its TPM.
pub struct Started {
    pub host: Host,
    pub tpm: Tpm,
}

impl Started {
    pub fn log(&self) -> &[u8] {
        &self.host.last_boot().expect("it started").event_log
    }

    pub fn register(&self, bank: HashAlg, pcr: u8) -> Digest {
        self.tpm.pcrs().value(bank, pcr).expect("an active bank")
    }
}

/// Starts a host.
pub fn start(spec: HostSpec, seed: u64) -> Started {
    let mut host = Host::new(spec, seed).unwrap_or_else(|error| panic!("{error}"));
    let config = TpmConfig { banks: host.banks().to_vec(), ..TpmConfig::default() };
    let mut tpm = Tpm::manufacture(seed, config);
    host.boot(&mut tpm, &AllowAll).expect("everything is allowed");
    Started { host, tpm }
}
