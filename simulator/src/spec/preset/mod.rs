//! Named hosts: healthy ones of a few classes, and one for each policy that fails.

mod broken;
mod healthy;

use super::HostSpec;

pub use healthy::dell_r740_ws2022;

/// A named host.
#[derive(Clone, Copy)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What a service finds that trusts what `references` says.
    pub expect: Expectation,
    spec: fn() -> HostSpec,
}

/// What an appraisal of a preset must come to.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// The policy that fails, with the reason that HGS gives; `None` for a healthy host.
    pub fails: Option<(&'static str, &'static str)>,
    /// Policies that fail with it, because no log can break the one without the other.
    pub fails_too: &'static [&'static str],
    /// Policies that the service must have switched off, so that the one fails alone.
    pub switched_off: &'static [&'static str],
    /// Policies that are off by default and must be switched on.
    pub switched_on: &'static [&'static str],
    /// The preset whose log the service took as baseline; `None`: the host's own.
    pub baseline: Option<&'static str>,
    /// Labels of the code integrity policies that it trusts.
    pub ci_labels: &'static [&'static str],
    /// Labels of the dump keys that it trusts.
    pub dump_keys: &'static [&'static str],
}

impl Expectation {
    const HEALTHY: Self = Self {
        fails: None,
        fails_too: &[],
        switched_off: &[],
        switched_on: &[],
        baseline: None,
        ci_labels: &["site"],
        dump_keys: &["site"],
    };

    const fn failing(policy: &'static str, reason: &'static str) -> Self {
        Self { fails: Some((policy, reason)), ..Self::HEALTHY }
    }
}

impl Preset {
    /// Its specification.
    #[must_use]
    pub fn spec(&self) -> HostSpec {
        (self.spec)()
    }
}

/// Every preset, healthy ones first.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler: a panic would stop it")]
pub const PRESETS: &[Preset] = &{
    let (healthy, broken) = (healthy::PRESETS, broken::PRESETS);
    let mut all = [healthy[0]; healthy::PRESETS.len() + broken::PRESETS.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] =
            if index < healthy.len() { healthy[index] } else { broken[index - healthy.len()] };
        index += 1;
    }
    all
};

/// A preset by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
