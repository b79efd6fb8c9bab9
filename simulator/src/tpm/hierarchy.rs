//! Hierarchies and their secrets (TPM 2.0 Library part 1, section 14).

use portcullis_wire::tpm::{Handle, Rc};

use super::error::{Result, fail};
use crate::rng::Rng;

/// Bytes of a primary seed and of a proof.
const SECRET_SIZE_BYTES: usize = 32;

/// A hierarchy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Hierarchy {
    /// The owner's: storage.
    Owner,
    /// The privacy administrator's: endorsement.
    Endorsement,
    /// The firmware's.
    Platform,
    /// Nobody's, until the next reset.
    Null,
}

impl Hierarchy {
    /// The handle, which is also the name of the hierarchy.
    #[must_use]
    pub const fn handle(self) -> Handle {
        match self {
            Self::Owner => Handle::OWNER,
            Self::Endorsement => Handle::ENDORSEMENT,
            Self::Platform => Handle::PLATFORM,
            Self::Null => Handle::NULL,
        }
    }

    /// The hierarchy of a handle.
    ///
    /// # Errors
    /// `TPM_RC_VALUE` for any other handle.
    pub const fn from_handle(handle: Handle) -> Result<Self> {
        match handle {
            Handle::OWNER => Ok(Self::Owner),
            Handle::ENDORSEMENT => Ok(Self::Endorsement),
            Handle::PLATFORM => Ok(Self::Platform),
            Handle::NULL => Ok(Self::Null),
            _ => fail(Rc::VALUE, "is no hierarchy"),
        }
    }
}

/// Secrets of one hierarchy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Secrets {
    /// What primary keys are derived from.
    pub seed: [u8; SECRET_SIZE_BYTES],
    /// What tickets, contexts and obfuscation are keyed with.
    pub proof: [u8; SECRET_SIZE_BYTES],
    /// Authorization value.
    pub auth: Vec<u8>,
    /// How often the seed was replaced: what tells pooled keys of the old and the new seed apart.
    pub generation: u32,
}

impl Secrets {
    fn new(rng: &mut Rng) -> Self {
        Self { seed: rng.array(), proof: rng.array(), auth: Vec::new(), generation: 0 }
    }

    fn replace(&mut self, rng: &mut Rng) {
        let generation = self.generation.wrapping_add(1);
        *self = Self { generation, ..Self::new(rng) };
    }
}

/// All hierarchies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hierarchies {
    owner: Secrets,
    endorsement: Secrets,
    platform: Secrets,
    null: Secrets,
}

impl Hierarchies {
    pub(super) fn manufacture(seed: u64) -> Self {
        let of = |label| Secrets::new(&mut Rng::from_seed(label, seed));
        Self {
            owner: of("storage hierarchy"),
            endorsement: of("endorsement hierarchy"),
            platform: of("platform hierarchy"),
            null: of("null hierarchy"),
        }
    }

    pub(super) const fn get(&self, hierarchy: Hierarchy) -> &Secrets {
        match hierarchy {
            Hierarchy::Owner => &self.owner,
            Hierarchy::Endorsement => &self.endorsement,
            Hierarchy::Platform => &self.platform,
            Hierarchy::Null => &self.null,
        }
    }

    pub(super) const fn get_mut(&mut self, hierarchy: Hierarchy) -> &mut Secrets {
        match hierarchy {
            Hierarchy::Owner => &mut self.owner,
            Hierarchy::Endorsement => &mut self.endorsement,
            Hierarchy::Platform => &mut self.platform,
            Hierarchy::Null => &mut self.null,
        }
    }

    /// A TPM reset: the null hierarchy begins anew, and the platform's authorization is empty.
    pub(super) fn reset(&mut self, rng: &mut Rng) {
        self.null.replace(rng);
        self.platform.auth = Vec::new();
    }

    /// `TPM2_Clear` (part 3, section 24.6): a new storage seed, new proofs, empty authorizations.
    /// The endorsement seed stays, and with it the endorsement keys.
    pub(super) fn clear(&mut self, rng: &mut Rng) {
        self.owner.replace(rng);
        self.endorsement.proof = rng.array();
        self.endorsement.auth = Vec::new();
    }

    /// `TPM2_ChangeEPS`: another endorsement seed, so that no certificate fits any more.
    pub(super) fn change_endorsement_seed(&mut self, rng: &mut Rng) {
        self.endorsement.replace(rng);
    }
}
