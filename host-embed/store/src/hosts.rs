//! Registered hosts: a name, one EK, and the versions that it is registered in.

use std::collections::BTreeMap;

use portcullis_api::request::{EvidenceDoc, HostRecordDoc, RegistrationDoc};
use portcullis_api::text::Blob;
use serde::{Deserialize, Serialize};

use crate::candidate::{Candidate, CertificateState};
use crate::error::{Result, StoreError};
use crate::name::{Name, Version};
use crate::sql::{Row, Value, params};
use crate::store::{Change, View};

/// A registered host, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HostDoc {
    /// Its name.
    pub name: String,
    /// SHA-256 of its EK's SubjectPublicKeyInfo.
    pub ek_sha256: String,
    /// The versions that it is registered in.
    pub policy_versions: Vec<String>,
    /// `trusted`, `untrusted` or `missing`: its EK certificate, when it was registered.
    pub certificate: CertificateState,
    /// Seconds since 1970.
    pub added_at: i64,
    /// TPM name of the AK that its last attestation proved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ak_name: Option<String>,
    /// The TPM's reset counter at its last attestation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reset_count: Option<i64>,
}

/// What registering did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Added {
    /// A new host.
    Host,
    /// A known host, in another version.
    Version,
}

const COLUMNS: &str = "name, ek_sha256, certificate_state, added_at, ak_name, reset_count";

impl HostDoc {
    /// The engine's form of the registration.
    #[must_use]
    pub fn record(&self) -> HostRecordDoc {
        let registration = |version: &String| RegistrationDoc {
            ek_sha256: self.ek_sha256.clone(),
            policy_version: version.clone(),
        };
        HostRecordDoc {
            name: self.name.clone(),
            registrations: self.policy_versions.iter().map(registration).collect(),
            ak_name: self.ak_name.clone(),
            reset_count: self.reset_count.and_then(|count| u32::try_from(count).ok()),
        }
    }

    pub(crate) fn json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

fn host(row: &Row) -> Result<HostDoc> {
    Ok(HostDoc {
        name: row.text(0)?,
        ek_sha256: row.text(1)?,
        policy_versions: Vec::new(),
        certificate: CertificateState::read(&row.text(2)?)?,
        added_at: row.int(3)?,
        ak_name: row.optional_text(4)?,
        reset_count: row.optional_int(5)?,
    })
}

impl View<'_> {
    /// The host of a name, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read; so for all readers here.
    pub fn host(&mut self, name: &Name) -> Result<Option<HostDoc>> {
        self.host_where("name_key", name.key())
    }

    /// The host of an EK, or `None`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn host_by_ek(&mut self, ek_sha256: &str) -> Result<Option<HostDoc>> {
        self.host_where("ek_sha256", ek_sha256)
    }

    fn host_where(&mut self, column: &str, value: &str) -> Result<Option<HostDoc>> {
        let statement = format!("SELECT {COLUMNS} FROM hosts WHERE {column} = $1");
        let Some(row) = self.sql.first(&statement, params![value])? else { return Ok(None) };
        let mut found = host(&row)?;
        found.policy_versions = self.versions_of(&found.ek_sha256)?;
        Ok(Some(found))
    }

    fn versions_of(&mut self, ek_sha256: &str) -> Result<Vec<String>> {
        // In the order in which they are tried: v2 first.
        let rows = self.sql.query(
            "SELECT policy_version FROM registrations WHERE ek_sha256 = $1
             ORDER BY policy_version DESC LIMIT 2",
            params![ek_sha256],
        )?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// The host of a name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn known_host(&mut self, name: &Name) -> Result<HostDoc> {
        let found = self.host(name)?;
        let remedy = "see `portcullis host list`, or register it with `portcullis host add`";
        found.ok_or_else(|| StoreError::not_found("host", name.as_str(), remedy))
    }

    /// Hosts in the order of their names, after the one of that name, at most `limit` of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn hosts(&mut self, after: &str, limit: usize) -> Result<Vec<HostDoc>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.sql.query(
            &format!("SELECT {COLUMNS} FROM hosts WHERE name_key > $1 ORDER BY name_key LIMIT $2"),
            params![after.to_lowercase(), limit],
        )?;
        let mut hosts = rows.iter().map(host).collect::<Result<Vec<_>>>()?;
        // One query for the page, not one for each host.
        let rows = self.sql.query(
            "SELECT ek_sha256, policy_version FROM registrations WHERE ek_sha256 IN
             (SELECT ek_sha256 FROM hosts WHERE name_key > $1 ORDER BY name_key LIMIT $2)
             ORDER BY policy_version DESC",
            params![after.to_lowercase(), limit],
        )?;
        let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in &rows {
            versions.entry(row.text(0)?).or_default().push(row.text(1)?);
        }
        for host in &mut hosts {
            host.policy_versions = versions.remove(&host.ek_sha256).unwrap_or_default();
        }
        Ok(hosts)
    }

    /// How many hosts are registered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn hosts_count(&mut self) -> Result<i64> {
        let row = self.sql.first("SELECT COUNT(*) FROM hosts", &[])?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// EK, certificate and intermediates of a host, as they were registered.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn host_evidence(&mut self, name: &Name) -> Result<EvidenceDoc> {
        let row = self.sql.first(
            "SELECT platform_identifier, ek_public, ek_certificate, ek_intermediates
             FROM hosts WHERE name_key = $1",
            params![name.key()],
        )?;
        let row = row.ok_or_else(|| StoreError::not_found("host", name.as_str(), ""))?;
        let blob = |column| Ok::<_, StoreError>(row.optional_blob(column)?.map(Blob::from));
        Ok(EvidenceDoc {
            platform_identifier: blob(0)?,
            ek_public: blob(1)?,
            ek_certificate: blob(2)?,
            ek_intermediates: serde_json::from_str(&row.text(3)?).map_err(StoreError::damaged)?,
            ..EvidenceDoc::default()
        })
    }
}

impl Change<'_> {
    /// Registers a host, or a known one in another version. The rules of versions and `--force`
    /// are [`Candidate::admit`]; these are the rules of names and keys: a name has one EK, and an
    /// EK has one name.
    ///
    /// # Errors
    /// [`StoreError::Refused`] shows both sides of a conflict.
    pub fn add_host(
        &mut self,
        name: &Name,
        candidate: &Candidate,
        version: Version,
        force: bool,
    ) -> Result<Added> {
        candidate.admit(version, force)?;
        self.register_host("host.add", name, candidate, version, force)
    }

    /// Registers a host that was admitted.
    pub(crate) fn register_host(
        &mut self,
        action: &'static str,
        name: &Name,
        candidate: &Candidate,
        version: Version,
        force: bool,
    ) -> Result<Added> {
        let before = self.unrivalled(name, &candidate.ek_sha256)?;
        if let Some(known) = &before
            && known.policy_versions.iter().any(|known| known == version.name())
        {
            return Err(StoreError::refused(
                "--name",
                format_args!(
                    "host `{}` is registered as {version} already, with this EK `{}`",
                    known.name, known.ek_sha256
                ),
                "nothing needs to be done; to register it anew, remove it first",
            ));
        }
        match &before {
            None => self.insert_host(name, candidate)?,
            Some(_) => self.update_evidence(name, candidate)?,
        }
        let (now, forced) = (self.now(), i64::from(force));
        self.execute(
            "INSERT INTO registrations (ek_sha256, policy_version, added_at, forced)
             VALUES ($1, $2, $3, $4)",
            params![candidate.ek_sha256.as_str(), version.name(), now, forced],
        )?;
        self.note_host(action, name, before.as_ref())?;
        Ok(if before.is_some() { Added::Version } else { Added::Host })
    }

    /// The host of this name, if it has this EK; an error if either belongs to another.
    fn unrivalled(&mut self, name: &Name, ek_sha256: &str) -> Result<Option<HostDoc>> {
        let of_name = self.host(name)?;
        if let Some(known) = of_name.as_ref().filter(|known| known.ek_sha256 != ek_sha256) {
            return Err(StoreError::refused(
                "--name",
                format_args!(
                    "host `{}` is registered with EK `{}`, and this is EK `{ek_sha256}`",
                    known.name, known.ek_sha256
                ),
                "choose another name; or, if the TPM was cleared or replaced, use \
                 `portcullis host rebind`",
            ));
        }
        if of_name.is_none()
            && let Some(known) = self.host_by_ek(ek_sha256)?
        {
            return Err(StoreError::refused(
                "--name",
                format_args!(
                    "EK `{ek_sha256}` is that of host `{}`, and this would be host `{name}`",
                    known.name
                ),
                "one TPM is one host: use `portcullis host rename`, or capture the identifier on \
                 the right host",
            ));
        }
        Ok(of_name)
    }

    fn insert_host(&mut self, name: &Name, candidate: &Candidate) -> Result<()> {
        let now = self.now();
        self.execute(
            "INSERT INTO hosts (name_key, name, ek_sha256, added_at, record_revision,
             ek_intermediates, certificate_state) VALUES ($1, $2, $3, $4, 0, '[]', 'missing')",
            params![name.key(), name.as_str(), candidate.ek_sha256.as_str(), now],
        )?;
        self.update_evidence(name, candidate)
    }

    fn update_evidence(&mut self, name: &Name, candidate: &Candidate) -> Result<()> {
        let evidence = &candidate.evidence;
        let blob = |blob: &Option<Blob>| Value::from(blob.as_ref().map(|blob| blob.0.as_slice()));
        let chain = serde_json::to_string(&evidence.ek_intermediates);
        self.execute(
            "UPDATE hosts SET platform_identifier = $2, ek_public = $3, ek_certificate = $4,
             ek_intermediates = $5, certificate_state = $6 WHERE name_key = $1",
            &[
                name.key().into(),
                blob(&evidence.platform_identifier),
                blob(&evidence.ek_public),
                blob(&evidence.ek_certificate),
                chain.map_err(StoreError::damaged)?.into(),
                candidate.state.name().into(),
            ],
        )?;
        Ok(())
    }

    fn note_host(
        &mut self,
        action: &'static str,
        name: &Name,
        before: Option<&HostDoc>,
    ) -> Result<()> {
        let after = self.host(name)?.as_ref().and_then(HostDoc::json);
        self.note(action, name.as_str(), before.and_then(HostDoc::json), after);
        Ok(())
    }

    /// Restores what attestations proved about a host in another store.
    pub(crate) fn restore_record(&mut self, document: &HostDoc) -> Result<()> {
        self.execute(
            "UPDATE hosts SET ak_name = $2, reset_count = $3 WHERE ek_sha256 = $1",
            params![document.ek_sha256.as_str(), document.ak_name.clone(), document.reset_count],
        )?;
        Ok(())
    }

    /// Takes a registration back; the host goes with its last one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn remove_host(&mut self, name: &Name, version: Option<Version>) -> Result<HostDoc> {
        let before = self.known_host(name)?;
        let remaining = match version {
            None => Vec::new(),
            Some(version) => {
                let known = &before.policy_versions;
                if !known.iter().any(|known| known == version.name()) {
                    return Err(StoreError::not_found(
                        if version == Version::V2 { "v2 host" } else { "v1 host" },
                        name.as_str(),
                        format_args!("it is registered as {}", known.join(" and ")),
                    ));
                }
                known.iter().filter(|known| *known != version.name()).cloned().collect()
            }
        };
        let ek = before.ek_sha256.as_str();
        match (remaining.is_empty(), version) {
            (false, Some(version)) => self.execute(
                "DELETE FROM registrations WHERE ek_sha256 = $1 AND policy_version = $2",
                params![ek, version.name()],
            )?,
            _ => {
                self.execute("DELETE FROM registrations WHERE ek_sha256 = $1", params![ek])?;
                self.execute("DELETE FROM hosts WHERE name_key = $1", params![name.key()])?
            }
        };
        self.note_host("host.remove", name, Some(&before))?;
        Ok(before)
    }

    /// Gives a host another name.
    ///
    /// # Errors
    /// [`StoreError`]: no such host, or the name is taken.
    pub fn rename_host(&mut self, from: &Name, to: &Name) -> Result<()> {
        let before = self.known_host(from)?;
        if from.key() != to.key()
            && let Some(other) = self.host(to)?
        {
            return Err(StoreError::refused(
                "NEW",
                format_args!(
                    "host `{}` exists, with EK `{}`; `{}` has EK `{}`",
                    other.name, other.ek_sha256, before.name, before.ek_sha256
                ),
                "choose another name, or remove that host first",
            ));
        }
        self.execute(
            "UPDATE hosts SET name_key = $2, name = $3 WHERE name_key = $1",
            params![from.key(), to.key(), to.as_str()],
        )?;
        self.execute(
            "UPDATE results SET name_key = $2 WHERE name_key = $1",
            params![from.key(), to.key()],
        )?;
        self.note_host("host.rename", to, Some(&before))
    }

    /// Gives a host another EK, after its TPM was cleared or replaced, in all of its versions.
    /// What its attestations proved about the old key is forgotten.
    ///
    /// # Errors
    /// [`StoreError`]: no such host, the EK is that of another, or a version does not admit it.
    pub fn rebind_host(
        &mut self,
        name: &Name,
        candidate: &Candidate,
        force: bool,
    ) -> Result<HostDoc> {
        let before = self.known_host(name)?;
        let ek = candidate.ek_sha256.as_str();
        if before.ek_sha256 == ek {
            return Err(StoreError::refused(
                "EK",
                format_args!("host `{}` has this EK `{ek}` already", before.name),
                "nothing needs to be done",
            ));
        }
        if let Some(other) = self.host_by_ek(ek)? {
            return Err(StoreError::refused(
                "EK",
                format_args!("EK `{ek}` is that of host `{}`, not of `{name}`", other.name),
                "capture the identifier on the right host",
            ));
        }
        for version in &before.policy_versions {
            candidate.admit(Version::read(version)?, force)?;
        }
        self.execute(
            "UPDATE registrations SET ek_sha256 = $2 WHERE ek_sha256 = $1",
            params![before.ek_sha256.as_str(), ek],
        )?;
        self.execute(
            "UPDATE hosts SET ek_sha256 = $2, ak_name = NULL, reset_count = NULL,
             record_revision = record_revision + 1 WHERE name_key = $1",
            params![name.key(), ek],
        )?;
        self.update_evidence(name, candidate)?;
        self.note_host("host.rebind", name, Some(&before))?;
        Ok(before)
    }
}
