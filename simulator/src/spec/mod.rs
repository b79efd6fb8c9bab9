//! Declarative hosts: what a machine is, as Rust, as TOML and as `--set key=value`.
//!
//! A specification says what *is*; booting it (`host`) says what that leaves in log and
//! registers. It may describe nonsense, because broken hosts are half of the purpose; only what
//! no log could show at all is refused ([`HostSpec::check`]).

mod error;
mod knob;
pub mod limits;
mod list;
mod machine;
mod other;
pub mod preset;
mod table;
mod text;
mod value;
mod windows;

use crate::hash::HashAlg;
use crate::host::{SecureBootKeys, loader_authority};
use crate::key::RsaPrimes;
use crate::pki::Flaw;
use crate::tpm::EkTemplate;
use limits::CI_POLICIES_MAX;

pub use error::{Problem, SpecError};
pub use knob::Knob;
pub use list::{list_knobs, list_presets};
pub use machine::*;
pub use other::*;
pub use table::{CI_POLICY_KNOBS, HOST_KNOBS};
pub use value::{KnobValue, UpTo, Value};
pub use windows::*;

/// The path of the list of code integrity policies.
const CI_POLICY: &str = "ci.policy";

/// A host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostSpec {
    /// Its name.
    pub name: String,
    /// Its class: firmware, images and keys come from here, so that hosts of a class share them.
    pub class: String,
    /// The hardware.
    pub machine: MachineSpec,
    /// The firmware.
    pub firmware: FirmwareSpec,
    /// Secure Boot.
    pub secure_boot: SecureBootSpec,
    /// The TPM.
    pub tpm: TpmSpec,
    /// How it starts.
    pub boot: BootSpec,
    /// Windows.
    pub windows: WindowsSpec,
    /// Linux.
    pub linux: LinuxSpec,
    /// Code integrity policies.
    pub ci_policies: Vec<CiPolicySpec>,
}

impl Default for HostSpec {
    /// The first preset.
    fn default() -> Self {
        preset::dell_r740_ws2022()
    }
}

impl HostSpec {
    /// Reads a specification in TOML. `preset = "NAME"` names the host to start from.
    ///
    /// # Errors
    /// The first field that is wrong, with its line; [`SpecError::in_file`] adds the file.
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        text::parse(text)
    }

    /// Sets a field as `--set key=value` does: the value in TOML, or bare text.
    ///
    /// # Errors
    /// The field is not known, or the value not allowed.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SpecError> {
        self.set_value(key, &text::parse_value(value))
    }

    /// Sets a field.
    ///
    /// # Errors
    /// The field is not known, or the value not allowed.
    pub fn set_value(&mut self, key: &str, value: &Value) -> Result<(), SpecError> {
        if key == CI_POLICY && *value == Value::List(Vec::new()) {
            self.ci_policies.clear();
            return Ok(());
        }
        match key.strip_prefix(CI_POLICY).and_then(|rest| rest.strip_prefix('.')) {
            Some(rest) => self.set_ci_policy(key, rest, value),
            None => knob::set(HOST_KNOBS, self, key, value),
        }
    }

    fn set_ci_policy(&mut self, key: &str, rest: &str, value: &Value) -> Result<(), SpecError> {
        let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
        let last = self.ci_policies.len().min(CI_POLICIES_MAX.saturating_sub(1));
        let number = index.parse::<usize>().ok().filter(|number| *number <= last);
        let Some(index) = number else {
            let allowed = format!("an index from 0 to {last}");
            let problem = Problem::NotAllowed { found: index.to_owned(), allowed };
            return Err(SpecError::new(key, problem));
        };
        if index == self.ci_policies.len() {
            self.ci_policies.push(CiPolicySpec::default());
        }
        let Some(policy) = self.ci_policies.get_mut(index) else { return Ok(()) };
        knob::set(CI_POLICY_KNOBS, policy, field, value).map_err(|mut error| {
            error.field = key.to_owned();
            error
        })
    }

    /// Empties a list of tables before a specification fills it.
    fn clear_list(&mut self, path: &str) -> Result<(), SpecError> {
        if path != CI_POLICY {
            let known = vec![CI_POLICY];
            return Err(SpecError::new(path, Problem::UnknownField { known }));
        }
        self.ci_policies.clear();
        Ok(())
    }

    /// Every field with its value, in the order of the tables of knobs.
    #[must_use]
    pub fn values(&self) -> Vec<(String, Value)> {
        let host = HOST_KNOBS.iter().map(|knob| (knob.key.to_owned(), (knob.show)(self)));
        let policies = self.ci_policies.iter().enumerate().flat_map(|(index, policy)| {
            let field = move |knob: &Knob<CiPolicySpec>| {
                (format!("{CI_POLICY}.{index}.{}", knob.key), (knob.show)(policy))
            };
            CI_POLICY_KNOBS.iter().map(field)
        });
        host.chain(policies).collect()
    }

    /// Refuses what no log could show.
    ///
    /// # Errors
    /// The field that contradicts another.
    pub fn check(&self) -> Result<(), SpecError> {
        let conflict = |field, what| Err(SpecError::new(field, Problem::Conflict(what)));
        let banks = &self.tpm.banks;
        if banks.is_empty() {
            return conflict("tpm.banks", "is empty: a TPM has at least one active bank");
        }
        if banks.iter().enumerate().any(|(index, bank)| banks.iter().take(index).any(|b| b == bank))
        {
            return conflict("tpm.banks", "names a bank twice");
        }
        if self.firmware.log_style == LogStyle::Sha1 && banks.as_slice() != [HashAlg::Sha1] {
            return conflict(
                "firmware.log_style",
                "a log in the SHA-1 layout needs tpm.banks = [\"sha1\"]",
            );
        }
        if self.windows.dumps == Dumps::Encrypted && self.windows.dump_key.is_empty() {
            return conflict("windows.dump_key", "is empty, but windows.dumps is \"encrypted\"");
        }
        let refused = !SecureBootKeys::of(self).allow(loader_authority(self));
        if self.secure_boot.enabled && refused {
            return conflict(
                "secure_boot.authorities",
                "db does not hold the authority that signed the loader: Secure Boot refuses it",
            );
        }
        let elliptic = matches!(self.tpm.ek, EkTemplate::P256 | EkTemplate::P384);
        if elliptic && self.tpm.ek_flaws.contains(&Flaw::OaepKey) {
            return conflict("tpm.ek_flaws", "\"oaep-key\" needs tpm.ek = \"rsa2048\"");
        }
        if elliptic && self.tpm.rsa_primes != RsaPrimes::Sound {
            return conflict("tpm.rsa_primes", "needs tpm.ek = \"rsa2048\"");
        }
        if self.windows.vsm && !self.windows.hypervisor {
            return conflict("windows.vsm", "VSM needs windows.hypervisor = true");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
