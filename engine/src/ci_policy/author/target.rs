//! Which format for which Windows Server, and what that system does not look at.
//!
//! Systems read the sections that they know and skip the later ones (real files: Microsoft's
//! blocklist "for Server 2016" has format 8). Which system knows which section is inferred from
//! when the features came.

use portcullis_wire::ci_policy::{OptionFlag, section};

use crate::ci_policy::model::CiPolicy;
use crate::ci_policy::{Evidence, binary};

/// A system to convert for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Windows Server 2016.
    Ws2016,
    /// Windows Server 2019.
    Ws2019,
    /// Windows Server 2022.
    Ws2022,
    /// Windows Server 2025.
    Ws2025,
}

/// Something in a policy that a system does not look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ignored {
    /// What, as the XML names it.
    pub what: &'static str,
    /// How many rules or signers have it; zero for what the policy has once.
    pub count: usize,
    /// What speaks for it.
    pub evidence: Evidence,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ws2016, Self::Ws2019, Self::Ws2022, Self::Ws2025];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ws2016 => "ws2016",
            Self::Ws2019 => "ws2019",
            Self::Ws2022 => "ws2022",
            Self::Ws2025 => "ws2025",
        }
    }

    /// The target of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// The newest section that it knows. Inferred.
    #[must_use]
    pub const fn reads_up_to(self) -> u32 {
        match self {
            Self::Ws2016 => 2,
            Self::Ws2019 => section::PACKAGES,
            Self::Ws2022 => section::FILE_PATHS,
            Self::Ws2025 => section::HOTPATCHES,
        }
    }

    /// The format to write for it: the oldest one that is written, where it would do.
    #[must_use]
    pub const fn format(self) -> u32 {
        match self {
            Self::Ws2016 | Self::Ws2019 | Self::Ws2022 => super::FORMAT_DEFAULT,
            Self::Ws2025 => section::HOTPATCHES,
        }
    }

    /// What in a policy this system does not look at, in the order of the formats, options last.
    #[must_use]
    pub fn ignores(self, policy: &CiPolicy) -> Vec<Ignored> {
        let mut found: Vec<Ignored> = Vec::new();
        for need in binary::needs(policy).iter().filter(|need| need.format > self.reads_up_to()) {
            let more = usize::from(need.index.is_some());
            match found.iter_mut().find(|known| known.what == need.what) {
                Some(known) => known.count = known.count.saturating_add(more),
                None => {
                    let evidence = Evidence::Inferred;
                    found.push(Ignored { what: need.what, count: more, evidence });
                }
            }
        }
        let options = self.unknown_options().iter().copied().filter(|option| policy.has(*option));
        found.extend(options.map(|option| Ignored {
            what: option.name().unwrap_or_default(),
            count: 0,
            evidence: Evidence::Documented,
        }));
        found
    }

    const fn unknown_options(self) -> &'static [OptionFlag] {
        match self {
            Self::Ws2016 => &[
                OptionFlag::NO_SCRIPT_ENFORCEMENT,
                OptionFlag::UPDATE_NO_REBOOT,
                OptionFlag::ALLOW_SUPPLEMENTAL,
                OptionFlag::NO_FILE_PATH_PROTECTION,
            ],
            Self::Ws2019 => &[OptionFlag::ALLOW_SUPPLEMENTAL, OptionFlag::NO_FILE_PATH_PROTECTION],
            Self::Ws2022 | Self::Ws2025 => &[],
        }
    }
}
