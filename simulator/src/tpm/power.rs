//! Power, startup and shutdown (TPM 2.0 Library part 1, section 12.2; part 3, section 9).

use portcullis_wire::tpm::Rc;

use super::Tpm;
use super::error::{Result, fail};
use super::pcr::StartedBy;

/// `TPM_SU`, of a startup and of a shutdown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Startup {
    /// Registers begin anew.
    Clear,
    /// Registers are kept: sleep and resume.
    State,
}

/// Whether the TPM takes commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Power {
    Off,
    /// Powered, waiting for `TPM2_Startup`.
    Initialized,
    Running,
}

impl Tpm {
    /// Power comes (`_TPM_Init`). Without a shutdown before, that was a power cut.
    pub fn power_on(&mut self) {
        if self.power == Power::Off {
            self.power = Power::Initialized;
            self.clock.start(self.shutdown.is_some());
        }
    }

    /// Power goes, after a shutdown or without one.
    pub fn power_off(&mut self) {
        self.power = Power::Off;
        self.locality = 0;
        self.objects.flush();
    }

    /// `TPM2_Startup`. A clear startup is a *restart* after a shutdown that saved the state, and
    /// a *reset* otherwise; a state startup is a *resume*.
    ///
    /// # Errors
    /// `TPM_RC_INITIALIZE` when the TPM is off or was started already; `TPM_RC_VALUE` for a
    /// resume without a saved state; `TPM_RC_LOCALITY` for a locality other than 0 and 3.
    pub fn startup(&mut self, kind: Startup, started_by: &StartedBy) -> Result<()> {
        if self.power != Power::Initialized {
            return fail(Rc::INITIALIZE, "no startup is due");
        }
        if matches!(started_by, StartedBy::Locality(locality) if !matches!(locality, 0 | 3)) {
            return fail(Rc::LOCALITY, "a TPM is started at locality 0 or 3");
        }
        let saved = self.shutdown == Some(Startup::State);
        match (kind, saved) {
            (Startup::State, false) => return fail(Rc::VALUE, "no state was saved"),
            (Startup::State, true) => {
                self.pcrs.start_resumed();
                self.clock.count_restart();
            }
            (Startup::Clear, true) => {
                self.pcrs.start_clear(started_by);
                self.clock.count_restart();
            }
            (Startup::Clear, false) => {
                self.pcrs.start_reset(started_by);
                self.clock.count_reset();
                self.hierarchies.reset(&mut self.rng);
            }
        }
        self.power = Power::Running;
        self.shutdown = None;
        Ok(())
    }

    /// `TPM2_Shutdown`: writes what must survive. Any change after it makes it void.
    ///
    /// # Errors
    /// `TPM_RC_INITIALIZE`.
    pub fn shutdown(&mut self, kind: Startup) -> Result<()> {
        self.begin()?;
        self.clock.save();
        self.shutdown = Some(kind);
        Ok(())
    }

    /// Power on, and a clear startup.
    ///
    /// # Errors
    /// See [`Self::startup`].
    pub fn boot(&mut self, started_by: &StartedBy) -> Result<()> {
        self.power_on();
        self.startup(Startup::Clear, started_by)
    }

    /// An orderly restart of the machine: shutdown, unless it is off, and a reset.
    ///
    /// # Errors
    /// See [`Self::startup`].
    pub fn reboot(&mut self, started_by: &StartedBy) -> Result<()> {
        if self.power == Power::Running {
            self.shutdown(Startup::Clear)?;
        }
        self.power_off();
        self.boot(started_by)
    }

    /// A power cut, and the boot after it.
    ///
    /// # Errors
    /// See [`Self::startup`].
    pub fn power_cut(&mut self) -> Result<()> {
        self.power_off();
        self.boot(&StartedBy::Locality(0))
    }

    /// Every command passes here: the TPM must be running, and a shutdown before it is void.
    pub(super) fn begin(&mut self) -> Result<()> {
        if self.power != Power::Running {
            return fail(Rc::INITIALIZE, "the TPM was not started");
        }
        self.shutdown = None;
        Ok(())
    }
}
