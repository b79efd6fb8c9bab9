//! The capture cmdlet: `Get-HgsAttestationBaselinePolicy` (walk-through W23 to W26).

use super::Host;
use crate::spec::{Feature, System};

/// Something that the capture complains about (W25).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BaselineDefect {
    /// Secure Boot is off.
    SecureBootOff,
    /// Virtualization-based security does not demand an IOMMU.
    NoIommu,
    /// Virtualization-based security does not run.
    VbsNotRunning,
    /// No code integrity policy is in force.
    NoCiPolicy,
}

/// Why there is no baseline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BaselineRefused {
    /// The cmdlet comes with features that are not installed.
    FeaturesMissing(Vec<Feature>),
    /// The host was never started, or not in full.
    NoFullBoot,
    /// The host would not attest. Skipping the validation gives the same bytes.
    Invalid(Vec<BaselineDefect>),
}

impl Host {
    /// The `.tcglog` of a baseline: the log of the last full boot, as it stands.
    ///
    /// # Errors
    /// What the cmdlet complains about.
    pub fn capture_baseline(&self, skip_validation: bool) -> Result<&[u8], BaselineRefused> {
        let windows = &self.spec.windows;
        if self.spec.boot.system == System::Windows {
            let missing: Vec<_> = [Feature::HyperV, Feature::HostGuardian]
                .into_iter()
                .filter(|feature| !windows.features.contains(feature))
                .collect();
            if !missing.is_empty() {
                return Err(BaselineRefused::FeaturesMissing(missing));
            }
            let defects = self.baseline_defects();
            if !skip_validation && !defects.is_empty() {
                return Err(BaselineRefused::Invalid(defects));
            }
        }
        self.last_full.as_deref().ok_or(BaselineRefused::NoFullBoot)
    }

    fn baseline_defects(&self) -> Vec<BaselineDefect> {
        let windows = &self.spec.windows;
        let checks = [
            (self.spec.secure_boot.enabled, BaselineDefect::SecureBootOff),
            (windows.vbs.iommu_required, BaselineDefect::NoIommu),
            (windows.vsm, BaselineDefect::VbsNotRunning),
            (!self.ci.in_force().is_empty(), BaselineDefect::NoCiPolicy),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, defect)| defect).collect()
    }
}
