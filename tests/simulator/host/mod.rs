//! Simulated hosts: the shape of their logs, and what others make of them.

mod engine;
mod explained;
mod payloads;
mod registers;
mod tools;
mod twins;

use portcullis_simulator::bank::Bank;
use portcullis_simulator::host::{AllowAll, Host};
use portcullis_simulator::log::Registers;
use portcullis_simulator::spec::HostSpec;

/// A host that was started, with the registers that it left.
pub struct Started {
    pub host: Host,
    pub registers: Registers,
}

impl Started {
    pub fn log(&self) -> &[u8] {
        &self.host.last_boot().expect("it started").event_log
    }

    pub fn register(&self, bank: Bank, pcr: u8) -> &[u8] {
        self.registers.value(bank, pcr).expect("an active bank")
    }
}

/// Starts a host.
pub fn start(spec: HostSpec, seed: u64) -> Started {
    let mut host = Host::new(spec, seed).unwrap_or_else(|error| panic!("{error}"));
    let mut registers = Registers::new(&host.banks().collect::<Vec<_>>());
    host.boot(&mut registers, &AllowAll).expect("everything is allowed");
    Started { host, registers }
}
