//! The TPM as `Get-Tpm` and `Initialize-Tpm` show it (walk-through W5).

use serde::Serialize;

use crate::spec::TpmSpec;

/// What `Get-Tpm` shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct TpmReadiness {
    /// `TpmPresent`.
    pub present: bool,
    /// `TpmReady`: present, enabled, activated and owned.
    pub ready: bool,
    /// `TpmEnabled`.
    pub enabled: bool,
    /// `TpmActivated`.
    pub activated: bool,
    /// `TpmOwned`.
    pub owned: bool,
    /// `RestartPending`.
    pub restart_pending: bool,
    /// `AutoProvisioning`.
    pub auto_provisioning: bool,
}

/// What `Initialize-Tpm` answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct InitializedTpm {
    /// `TpmReady`.
    pub ready: bool,
    /// `RestartRequired`.
    pub restart_required: bool,
    /// `PhysicalPresencePromptRequired`: somebody must confirm at the machine.
    pub physical_presence_required: bool,
}

impl TpmReadiness {
    pub(super) fn of(spec: &TpmSpec) -> Self {
        let TpmSpec { present, enabled, activated, owned, auto_provisioning, .. } = *spec;
        let ready = present && enabled && activated && owned;
        Self {
            present,
            ready,
            enabled: present && enabled,
            activated: present && activated,
            owned: present && owned,
            restart_pending: false,
            auto_provisioning,
        }
    }

    /// What a start does by itself.
    pub(super) fn provision(&mut self) {
        if self.present && self.enabled && self.activated {
            self.owned = true;
        }
        self.settle();
    }

    /// A TPM that is switched off is switched on with a restart; one that is on gets its owner.
    pub(super) fn initialize(&mut self) -> InitializedTpm {
        if !self.present {
            let (restart_required, physical_presence_required) = (false, false);
            return InitializedTpm { ready: false, restart_required, physical_presence_required };
        }
        if self.enabled && self.activated {
            self.provision();
        } else {
            (self.enabled, self.activated, self.restart_pending) = (true, true, true);
        }
        InitializedTpm {
            ready: self.ready,
            restart_required: self.restart_pending,
            physical_presence_required: self.restart_pending,
        }
    }

    /// Ready once nothing is pending.
    fn settle(&mut self) {
        self.restart_pending = false;
        self.ready = self.present && self.enabled && self.activated && self.owned;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(present: bool, enabled: bool, owned: bool) -> TpmSpec {
        let mut spec = crate::spec::HostSpec::default().tpm;
        (spec.present, spec.enabled, spec.activated, spec.owned) =
            (present, enabled, enabled, owned);
        spec
    }

    #[test]
    fn initialising_an_enabled_tpm_makes_it_ready() {
        let mut tpm = TpmReadiness::of(&spec(true, true, false));
        assert!(!tpm.ready);
        assert!(tpm.initialize().ready);
        assert!(tpm.ready && tpm.owned);
    }

    #[test]
    fn a_disabled_tpm_needs_a_restart_before_it_is_ready() {
        let mut tpm = TpmReadiness::of(&spec(true, false, false));
        let answer = tpm.initialize();
        assert!(!answer.ready && answer.restart_required);
        tpm.provision();
        assert!(tpm.ready && !tpm.restart_pending);
    }

    #[test]
    fn nothing_makes_a_missing_tpm_ready() {
        let mut tpm = TpmReadiness::of(&spec(false, true, true));
        assert!(!tpm.initialize().ready);
        tpm.provision();
        assert_eq!([tpm.ready, tpm.enabled, tpm.owned], [false; 3]);
    }
}
