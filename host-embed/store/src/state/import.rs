//! From a file to the store: what is there already stays, what contradicts it is refused.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{Record, StateReader};
use crate::error::{Result, StoreError};
use crate::hosts::HostDoc;
use crate::name::{Name, Version};
use crate::references::{StoredBaseline, StoredCiPolicy, StoredDumpKey};
use crate::store::Change;

/// What an import did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Imported {
    /// Records that are new to the store.
    pub added_count: u64,
    /// Records that were there already.
    pub known_count: u64,
}

/// An import that is under way.
pub struct Importer<'c, 's> {
    change: &'c mut Change<'s>,
    done: Imported,
}

impl<'c, 's> Importer<'c, 's> {
    /// Takes everything of a state. The change that it is part of takes all of it back when a
    /// record is refused.
    ///
    /// # Errors
    /// [`StoreError::Refused`] names what contradicts the store.
    pub fn run<R: Read>(
        change: &'c mut Change<'s>,
        reader: &mut StateReader<R>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Imported> {
        let mut importer = Self { change, done: Imported::default() };
        while let Some(record) = reader.next_record()? {
            let added = importer.take(record)?;
            let done = &mut importer.done;
            *if added { &mut done.added_count } else { &mut done.known_count } += 1;
            let count = done.added_count + done.known_count;
            if count.is_multiple_of(1_000) {
                progress(count);
            }
        }
        Ok(importer.done)
    }

    /// True when the record is new to the store.
    fn take(&mut self, record: Record) -> Result<bool> {
        match record {
            Record::Rules { profile, versions } => self.rules(&profile, &versions),
            Record::PolicyState { name, state } => self.policy_state(&name, &state),
            Record::Trust { document, der } => self.change.add_trust(&document, &der.0),
            Record::Baseline { document } => self.baseline(&document),
            Record::CiPolicy { document, file } => self.ci_policy(&document, &file.0),
            Record::DumpKey { document } => self.dump_key(&document),
            Record::Host { document, evidence } => self.change.import_host(&document, &evidence),
            Record::End { .. } => Ok(false),
        }
    }

    fn rules(&mut self, profile: &str, versions: &str) -> Result<bool> {
        let mut added = false;
        if self.change.profile()? != profile {
            self.change.set_profile(profile)?;
            added = true;
        }
        if self.change.versions()?.join(",") != versions {
            self.change.set_versions(versions)?;
            added = true;
        }
        Ok(added)
    }

    fn policy_state(&mut self, name: &str, state: &str) -> Result<bool> {
        let known = self.change.policy_states()?;
        let before = known.iter().find(|(known, _)| known == name).map(|(_, state)| state.clone());
        if before.as_deref() == Some(state) {
            return Ok(false);
        }
        self.change.set_policy_state(name, before.as_deref().unwrap_or("default"), state)?;
        Ok(true)
    }

    fn baseline(&mut self, stored: &StoredBaseline) -> Result<bool> {
        let name = Name::new("baseline", &stored.name)?;
        let version = Version::read(&stored.policy_version)?;
        let known = match self.change.baseline(&name, version) {
            Ok(known) if known.baseline != stored.baseline => {
                return Err(contradicts("baseline", &stored.name, version));
            }
            Ok(known) => Some(known),
            Err(StoreError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        if known.is_none() {
            self.change.add_baseline(&name, version, &stored.baseline, &stored.source)?;
        }
        let mut added = known.is_none();
        for delta in &stored.deltas {
            let is_known = known.as_ref().is_some_and(|known| known.deltas.contains(delta));
            if !is_known {
                self.change.add_delta(&name, version, delta)?;
                added = true;
            }
        }
        Ok(added)
    }

    fn ci_policy(&mut self, stored: &StoredCiPolicy, file: &[u8]) -> Result<bool> {
        let name = Name::new("CI policy", &stored.name)?;
        let version = Version::read(&stored.policy_version)?;
        let known = self.change.ci_policies()?.into_iter().find(|known| {
            known.policy_version == stored.policy_version && known.name == stored.name
        });
        match known {
            Some(known) if known.policy_sha256 == stored.policy_sha256 => Ok(false),
            Some(_) => Err(contradicts("CI policy", &stored.name, version)),
            None => {
                let digest = &stored.policy_sha256;
                self.change.add_ci_policy(&name, version, digest, &stored.mode, file)?;
                Ok(true)
            }
        }
    }

    fn dump_key(&mut self, stored: &StoredDumpKey) -> Result<bool> {
        let known = self.change.dump_keys()?;
        if known.iter().any(|known| known.name == stored.name && known.sha256 == stored.sha256) {
            return Ok(false);
        }
        self.change.add_dump_key(&Name::new("dump key", &stored.name)?, &stored.sha256)?;
        Ok(true)
    }
}

fn contradicts(kind: &'static str, name: &str, version: Version) -> StoreError {
    StoreError::refused(
        "FILE",
        format_args!("{kind} `{name}` ({version}) of the file is another than that of the store"),
        "rename or remove that of the store first, then import again",
    )
}

impl Change<'_> {
    /// Takes a host as another store had it: what was decided at its registration stays decided.
    pub(crate) fn import_host(
        &mut self,
        document: &HostDoc,
        evidence: &portcullis_api::request::EvidenceDoc,
    ) -> Result<bool> {
        let name = Name::new("host", &document.name)?;
        let candidate = crate::candidate::Candidate {
            name: None,
            ek_sha256: document.ek_sha256.clone(),
            state: document.certificate,
            findings: Vec::new(),
            evidence: evidence.clone(),
        };
        let mut added = false;
        for version in &document.policy_versions {
            let version = Version::read(version)?;
            let known = self.host(&name)?.filter(|known| known.ek_sha256 == document.ek_sha256);
            let registered = known
                .is_some_and(|known| known.policy_versions.iter().any(|v| v == version.name()));
            if !registered {
                self.register_host("state.import", &name, &candidate, version, false)?;
                added = true;
            }
        }
        if added && document.ak_name.is_some() {
            self.restore_record(document)?;
        }
        Ok(added)
    }
}
