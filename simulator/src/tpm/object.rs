//! Loaded and persistent objects.

use std::collections::BTreeMap;

use portcullis_wire::tpm::{Handle, Rc};

use super::error::{Result, fail};
use super::hierarchy::Hierarchy;
use super::public::TpmtPublic;
use crate::key::PrivateKey;

/// First transient handle (`TRANSIENT_FIRST`).
const TRANSIENT_FIRST: u32 = 0x8000_0000;
/// First persistent handle (`PERSISTENT_FIRST`), and the first one of the platform.
const PERSISTENT_FIRST: u32 = 0x8100_0000;
const PERSISTENT_LAST: u32 = 0x81ff_ffff;

/// Objects of each kind. Real TPMs hold three; without a resource manager that makes tools fail,
/// so that a simulator is generous.
pub const OBJECTS_MAX: usize = 64;

/// What a TPM keeps secret about a key (`TPMT_SENSITIVE`).
#[derive(Clone, Debug)]
pub struct Sensitive {
    /// The key.
    pub key: PrivateKey,
    /// Authorization value.
    pub auth: Vec<u8>,
    /// What protects children; empty for a key that has none.
    pub seed_value: Vec<u8>,
}

/// An object in the TPM.
#[derive(Clone, Debug)]
pub struct Object {
    /// Public area.
    pub public: TpmtPublic,
    /// Name.
    pub name: Vec<u8>,
    /// Name under its parents.
    pub qualified_name: Vec<u8>,
    /// Hierarchy that it is in.
    pub hierarchy: Hierarchy,
    /// Secret part; `None` for a public key that was loaded from outside.
    pub sensitive: Option<Sensitive>,
}

impl Object {
    pub(super) fn new(
        public: TpmtPublic,
        parent_qualified_name: &[u8],
        hierarchy: Hierarchy,
        sensitive: Sensitive,
    ) -> Self {
        let name = public.name();
        let qualified_name = public.qualified_name(parent_qualified_name);
        Self { public, name, qualified_name, hierarchy, sensitive: Some(sensitive) }
    }

    /// The secret part.
    ///
    /// # Errors
    /// `TPM_RC_KEY` for a public key.
    pub(super) const fn sensitive(&self) -> Result<&Sensitive> {
        match &self.sensitive {
            Some(sensitive) => Ok(sensitive),
            None => fail(Rc::KEY, "only the public part is loaded"),
        }
    }
}

/// The objects of a TPM by handle.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects(BTreeMap<u32, Object>);

impl Objects {
    pub(super) fn get(&self, handle: Handle) -> Result<&Object> {
        match self.0.get(&handle.0) {
            Some(object) => Ok(object),
            None => fail(Rc::HANDLE, "no object has this handle"),
        }
    }

    /// Loads an object under the lowest free transient handle.
    pub(super) fn load(&mut self, object: Object) -> Result<Handle> {
        let slots = (TRANSIENT_FIRST..).take(OBJECTS_MAX);
        let Some(free) = slots.into_iter().find(|handle| !self.0.contains_key(handle)) else {
            return fail(Rc::OBJECT_MEMORY, "too many objects are loaded");
        };
        self.0.insert(free, object);
        Ok(Handle(free))
    }

    pub(super) fn persist(&mut self, handle: Handle, object: Object) -> Result<()> {
        if !is_persistent(handle) {
            return fail(Rc::RANGE, "is no handle of a persistent object");
        }
        if self.0.contains_key(&handle.0) {
            return fail(Rc::NV_DEFINED, "a persistent object has this handle");
        }
        if self.0.keys().filter(|key| is_persistent(Handle(**key))).count() >= OBJECTS_MAX {
            return fail(Rc::NV_SPACE, "too many persistent objects");
        }
        self.0.insert(handle.0, object);
        Ok(())
    }

    pub(super) fn remove(&mut self, handle: Handle) -> Result<Object> {
        match self.0.remove(&handle.0) {
            Some(object) => Ok(object),
            None => fail(Rc::HANDLE, "no object has this handle"),
        }
    }

    /// Handles in ascending order.
    pub(super) fn handles(&self) -> impl Iterator<Item = Handle> {
        self.0.keys().map(|handle| Handle(*handle))
    }

    /// Forgets all transient objects.
    pub(super) fn flush(&mut self) {
        self.0.retain(|handle, _| is_persistent(Handle(*handle)));
    }

    /// Forgets the objects of these hierarchies.
    pub(super) fn forget(&mut self, hierarchies: &[Hierarchy]) {
        self.0.retain(|_, object| !hierarchies.contains(&object.hierarchy));
    }
}

/// True for handles that survive a power cycle.
#[must_use]
pub const fn is_persistent(handle: Handle) -> bool {
    handle.0 >= PERSISTENT_FIRST && handle.0 <= PERSISTENT_LAST
}
