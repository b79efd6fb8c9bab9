//! A start: the TPM is reset, everything is measured, boot drivers are loaded.

use super::{CiEvaluator, Host, Load};
use crate::boot;
use crate::log::{self, LogFormat, LogLayout, Measurement, record};
use crate::spec::{LogStyle, PlatformClass, System};
use crate::tpm::{StartedBy, Tpm, TpmError};

/// What a start left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Boot {
    /// The event log, as the operating system hands it out.
    pub event_log: Vec<u8>,
    /// The steps that led to it.
    pub measurements: Vec<Measurement>,
    /// It resumed from hibernation.
    pub resumed: bool,
    /// The TPM's reset count, which Windows writes as BOOTCOUNTER.
    pub reset_count: u32,
}

/// Why a start did not come to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BootStopped {
    /// A policy refused a boot driver.
    Driver {
        /// The driver.
        path: String,
        /// The policy.
        policy: String,
    },
    /// The TPM refused to start, or to be extended.
    Tpm(TpmError),
}

impl From<TpmError> for BootStopped {
    fn from(error: TpmError) -> Self {
        Self::Tpm(error)
    }
}

impl std::fmt::Display for BootStopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host does not start: ")?;
        match self {
            Self::Driver { path, policy } => {
                write!(f, "code integrity policy `{policy}` refuses boot driver `{path}`")
            }
            Self::Tpm(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for BootStopped {}

impl Host {
    /// Starts it: resets the TPM, measures everything, loads the boot drivers.
    ///
    /// # Errors
    /// A policy that enforces refuses a boot driver: the TPM then holds what was measured before
    /// Windows closed its registers, and there is no new log. Or the TPM's own.
    pub fn boot(
        &mut self,
        tpm: &mut Tpm,
        evaluator: &dyn CiEvaluator,
    ) -> Result<&Boot, BootStopped> {
        self.install_staged_features();
        let locality = self.spec.firmware.startup_locality.locality();
        tpm.reboot(&StartedBy::Locality(locality))?;
        let reset_count = tpm.clock().reset_count;
        self.starts = self.starts.saturating_add(1);
        let windows = self.spec.boot.system == System::Windows;
        let resumed = self.spec.boot.resume && windows;
        if resumed {
            self.ci.resume();
        } else {
            self.ci.start(windows);
        }
        let context = self.context(reset_count, resumed);
        let mut steps = boot::measure(&context);
        let stopped = if windows && !resumed { self.load_drivers(evaluator) } else { None };
        if let Some(stopped) = stopped {
            steps = log::before_windows_closes(steps);
            self.last = None;
            extend(tpm, &record(&steps, &self.layout()).extends)?;
            return Err(stopped);
        }
        let recorded = record(&steps, &self.layout());
        extend(tpm, &recorded.extends)?;
        if !resumed {
            self.last_full = Some(recorded.event_log.clone());
        }
        if self.spec.tpm.auto_provisioning {
            self.tpm.provision();
        }
        let event_log = recorded.event_log;
        let boot = Boot { event_log, measurements: steps, resumed, reset_count };
        Ok(self.last.insert(boot))
    }

    fn load_drivers(&mut self, evaluator: &dyn CiEvaluator) -> Option<BootStopped> {
        for image in self.boot_images() {
            if self.ci.load(&image, evaluator) == Load::Blocked {
                let blocking = self.ci.violations().iter().rev().find(|entry| entry.blocked);
                let policy = blocking.map(|entry| entry.policy.clone()).unwrap_or_default();
                return Some(BootStopped::Driver { path: image.path, policy });
            }
        }
        None
    }

    pub(super) fn layout(&self) -> LogLayout {
        let firmware = &self.spec.firmware;
        LogLayout {
            format: match firmware.log_style {
                LogStyle::CryptoAgile => LogFormat::CryptoAgile,
                LogStyle::Sha1 => LogFormat::Sha1,
            },
            banks: self.banks().to_vec(),
            platform_class: u32::from(firmware.platform_class == PlatformClass::Server),
            errata: 0,
            padding_bytes: usize::try_from(firmware.log_padding_bytes.0).unwrap_or(0),
        }
    }
}

fn extend(tpm: &mut Tpm, extends: &[log::Extend]) -> Result<(), TpmError> {
    extends.iter().try_for_each(|extend| tpm.pcr_extend(extend.pcr, &extend.digests))
}
