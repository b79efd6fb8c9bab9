//! Reference values: TPM baselines, code integrity policies, keys of memory dumps.

use portcullis_api::text::hex;
use portcullis_api::{BaselineDeltaDoc, BaselineDoc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Result, StoreError};
use crate::name::{Name, Version};
use crate::sql::{Row, params};
use crate::store::{Change, View};

/// Baselines, policies and keys of a store, each. A fabric has tens of hardware classes; every
/// verdict compares with all of them.
pub const REFERENCES_MAX: usize = 1_024;

/// A registered baseline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredBaseline {
    /// Its name.
    pub name: String,
    /// `v1` or `v2`.
    pub policy_version: String,
    /// What it was made from: file names.
    pub source: String,
    /// Seconds since 1970.
    pub added_at: i64,
    /// The reference values.
    pub baseline: BaselineDoc,
    /// Small changes that are accepted beside it, each until its day.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub deltas: Vec<BaselineDeltaDoc>,
}

/// A registered code integrity policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredCiPolicy {
    /// Its name.
    pub name: String,
    /// `v1` or `v2`.
    pub policy_version: String,
    /// SHA-256 of the policy without signature: what a host measures.
    pub policy_sha256: String,
    /// `enforced` or `audit`.
    pub mode: String,
    /// SHA-256 of the file, by which the store keeps it.
    pub file_sha256: String,
    /// Seconds since 1970.
    pub added_at: i64,
}

/// A registered key of memory dumps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredDumpKey {
    /// Its name.
    pub name: String,
    /// SHA-256 of the public key.
    pub sha256: String,
    /// Seconds since 1970.
    pub added_at: i64,
}

fn limit() -> i64 {
    i64::try_from(REFERENCES_MAX).unwrap_or(i64::MAX)
}

fn json(document: &impl Serialize) -> Result<String> {
    serde_json::to_string(document).map_err(StoreError::damaged)
}

const BASELINE: &str = "name, policy_version, source, added_at, document";
const CI_POLICY: &str = "name, policy_version, policy_sha256, mode, file_sha256, added_at";

fn baseline(row: &Row) -> Result<StoredBaseline> {
    Ok(StoredBaseline {
        name: row.text(0)?,
        policy_version: row.text(1)?,
        source: row.text(2)?,
        added_at: row.int(3)?,
        baseline: serde_json::from_str(&row.text(4)?).map_err(StoreError::damaged)?,
        deltas: Vec::new(),
    })
}

fn ci_policy(row: &Row) -> Result<StoredCiPolicy> {
    Ok(StoredCiPolicy {
        name: row.text(0)?,
        policy_version: row.text(1)?,
        policy_sha256: row.text(2)?,
        mode: row.text(3)?,
        file_sha256: row.text(4)?,
        added_at: row.int(5)?,
    })
}

impl View<'_> {
    /// All baselines, by name.
    ///
    /// # Errors
    /// [`StoreError`]; so for all readers here.
    pub fn baselines(&mut self) -> Result<Vec<StoredBaseline>> {
        let rows = self.sql.query(
            &format!("SELECT {BASELINE} FROM baselines ORDER BY name_key, policy_version LIMIT $1"),
            params![limit()],
        )?;
        let mut baselines = rows.iter().map(baseline).collect::<Result<Vec<_>>>()?;
        for stored in &mut baselines {
            stored.deltas = self.deltas(&stored.name.to_lowercase(), &stored.policy_version)?;
        }
        Ok(baselines)
    }

    fn deltas(&mut self, name_key: &str, version: &str) -> Result<Vec<BaselineDeltaDoc>> {
        let rows = self.sql.query(
            "SELECT document FROM baseline_deltas WHERE name_key = $1 AND policy_version = $2
             ORDER BY delta_key LIMIT $3",
            params![name_key, version, limit()],
        )?;
        let delta = |row: &Row| serde_json::from_str(&row.text(0)?).map_err(StoreError::damaged);
        rows.iter().map(delta).collect()
    }

    /// A baseline.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn baseline(&mut self, name: &Name, version: Version) -> Result<StoredBaseline> {
        let row = self.sql.first(
            &format!(
                "SELECT {BASELINE} FROM baselines WHERE name_key = $1 AND policy_version = $2"
            ),
            params![name.key(), version.name()],
        )?;
        let row = row.ok_or_else(|| missing("baseline", name, version))?;
        let mut stored = baseline(&row)?;
        stored.deltas = self.deltas(name.key(), version.name())?;
        Ok(stored)
    }

    /// All code integrity policies, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ci_policies(&mut self) -> Result<Vec<StoredCiPolicy>> {
        let rows = self.sql.query(
            &format!(
                "SELECT {CI_POLICY} FROM ci_policies ORDER BY name_key, policy_version LIMIT $1"
            ),
            params![limit()],
        )?;
        rows.iter().map(ci_policy).collect()
    }

    /// The file of a registered policy.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn ci_policy_file(&mut self, name: &Name) -> Result<Vec<u8>> {
        let row = self.sql.first(
            "SELECT blobs.content FROM ci_policies
             JOIN blobs ON blobs.sha256 = ci_policies.file_sha256
             WHERE name_key = $1 ORDER BY policy_version DESC LIMIT 1",
            params![name.key()],
        )?;
        let remedy = "give a file, or a name of `portcullis ci-policy list`";
        row.ok_or_else(|| {
            StoreError::not_found("file or registered policy", name.as_str(), remedy)
        })?
        .blob(0)
    }

    /// Bytes by their digest.
    pub(crate) fn blob(&mut self, sha256: &str) -> Result<Vec<u8>> {
        let row = self.sql.first("SELECT content FROM blobs WHERE sha256 = $1", params![sha256])?;
        row.ok_or_else(|| StoreError::damaged(format_args!("no content `{sha256}`")))?.blob(0)
    }

    /// All keys of memory dumps, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn dump_keys(&mut self) -> Result<Vec<StoredDumpKey>> {
        let rows = self.sql.query(
            "SELECT name, sha256, added_at FROM dump_keys ORDER BY name_key LIMIT $1",
            params![limit()],
        )?;
        let key = |row: &Row| {
            Ok(StoredDumpKey { name: row.text(0)?, sha256: row.text(1)?, added_at: row.int(2)? })
        };
        rows.iter().map(key).collect()
    }

    fn room(&mut self, table: &str) -> Result<()> {
        let row = self.sql.first(&format!("SELECT COUNT(*) FROM {table}"), &[])?;
        if row.map_or(Ok(0), |row| row.int(0))? < limit() {
            return Ok(());
        }
        let reason = format!("{REFERENCES_MAX} are registered already");
        Err(StoreError::refused("--name", reason, "remove some that no host needs"))
    }
}

fn missing(kind: &'static str, name: &Name, version: Version) -> StoreError {
    let list = match kind {
        "baseline" => "baseline",
        _ => "ci-policy",
    };
    let remedy = format!(
        "see `portcullis {list} list`; for the other version, add `--policy-version {}`",
        version.other()
    );
    StoreError::not_found(kind, &format!("{name} ({version})"), remedy)
}

fn taken(kind: &str, name: &Name, version: Version) -> StoreError {
    StoreError::refused(
        "--name",
        format_args!("{kind} `{name}` is registered as {version} already"),
        "choose another name, or remove that one first",
    )
}

impl Change<'_> {
    /// Registers a baseline.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the name is taken in this version.
    pub fn add_baseline(
        &mut self,
        name: &Name,
        version: Version,
        document: &BaselineDoc,
        source: &str,
    ) -> Result<()> {
        self.room("baselines")?;
        let document = BaselineDoc { name: name.as_str().into(), ..document.clone() };
        let (text, now) = (json(&document)?, self.now());
        let digest = hex(&Sha256::digest(text.as_bytes()));
        let added = self.execute(
            "INSERT INTO baselines
             (name_key, policy_version, name, document, document_sha256, source, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (name_key, policy_version) DO NOTHING",
            params![
                name.key(),
                version.name(),
                name.as_str(),
                text.as_str(),
                digest.as_str(),
                source,
                now,
            ],
        )?;
        if added == 0 {
            return Err(taken("baseline", name, version));
        }
        self.touch_rules();
        self.note("baseline.add", &format!("{name} ({version})"), None, Some(text));
        Ok(())
    }

    /// Accepts a delta beside a registered baseline.
    ///
    /// # Errors
    /// [`StoreError`]: no such baseline, or it has a delta of this name.
    pub fn add_delta(
        &mut self,
        name: &Name,
        version: Version,
        delta: &BaselineDeltaDoc,
    ) -> Result<()> {
        self.baseline(name, version)?;
        let (text, key, now) = (json(delta)?, delta.name.to_lowercase(), self.now());
        let added = self.execute(
            "INSERT INTO baseline_deltas (name_key, policy_version, delta_key, document, added_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name_key, policy_version, delta_key) DO NOTHING",
            params![name.key(), version.name(), key, text.as_str(), now],
        )?;
        if added == 0 {
            return Err(StoreError::refused(
                "--delta",
                format_args!("baseline `{name}` ({version}) has a delta `{}`", delta.name),
                "choose another name, or drop that one first",
            ));
        }
        self.touch_rules();
        self.note("baseline.accept-delta", &format!("{name} ({version})"), None, Some(text));
        Ok(())
    }

    /// No longer accepts a delta.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn remove_delta(
        &mut self,
        name: &Name,
        version: Version,
        delta: &Name,
    ) -> Result<BaselineDeltaDoc> {
        let stored = self.baseline(name, version)?;
        let known = stored.deltas.into_iter().find(|one| one.name.to_lowercase() == delta.key());
        let before = known.ok_or_else(|| {
            let remedy = "see `portcullis baseline show`";
            StoreError::not_found("delta", delta.as_str(), remedy)
        })?;
        self.execute(
            "DELETE FROM baseline_deltas
             WHERE name_key = $1 AND policy_version = $2 AND delta_key = $3",
            params![name.key(), version.name(), delta.key()],
        )?;
        self.touch_rules();
        let text = json(&before)?;
        self.note("baseline.drop-delta", &format!("{name} ({version})"), Some(text), None);
        Ok(before)
    }

    /// Removes a baseline.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn remove_baseline(&mut self, name: &Name, version: Version) -> Result<StoredBaseline> {
        let before = self.baseline(name, version)?;
        self.execute(
            "DELETE FROM baselines WHERE name_key = $1 AND policy_version = $2",
            params![name.key(), version.name()],
        )?;
        self.execute(
            "DELETE FROM baseline_deltas WHERE name_key = $1 AND policy_version = $2",
            params![name.key(), version.name()],
        )?;
        self.touch_rules();
        let text = json(&before)?;
        self.note("baseline.remove", &format!("{name} ({version})"), Some(text), None);
        Ok(before)
    }

    /// Registers a code integrity policy and keeps its file.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when name or policy are registered in this version.
    pub fn add_ci_policy(
        &mut self,
        name: &Name,
        version: Version,
        policy_sha256: &str,
        mode: &str,
        file: &[u8],
    ) -> Result<()> {
        self.room("ci_policies")?;
        let same = self.sql.first(
            "SELECT name FROM ci_policies WHERE policy_sha256 = $1 AND policy_version = $2",
            params![policy_sha256, version.name()],
        )?;
        if let Some(row) = same {
            let known = row.text(0)?;
            return Err(StoreError::refused(
                "FILE",
                format_args!(
                    "the policy `{policy_sha256}` is registered as {version} already, as \
                     `{known}`; this would be `{name}`"
                ),
                "nothing needs to be done",
            ));
        }
        let file_sha256 = self.keep_blob(file)?;
        let now = self.now();
        let added = self.execute(
            "INSERT INTO ci_policies
             (name_key, policy_version, name, policy_sha256, mode, file_sha256, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (name_key, policy_version) DO NOTHING",
            params![
                name.key(),
                version.name(),
                name.as_str(),
                policy_sha256,
                mode,
                file_sha256.as_str(),
                now,
            ],
        )?;
        if added == 0 {
            return Err(taken("CI policy", name, version));
        }
        self.touch_rules();
        let after = serde_json::json!({ "policy_sha256": policy_sha256, "mode": mode });
        let object = format!("{name} ({version})");
        self.note("ci-policy.add", &object, None, Some(after.to_string()));
        Ok(())
    }

    /// Removes a code integrity policy.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn remove_ci_policy(&mut self, name: &Name, version: Version) -> Result<StoredCiPolicy> {
        let row = self.sql.first(
            &format!(
                "SELECT {CI_POLICY} FROM ci_policies WHERE name_key = $1 AND policy_version = $2"
            ),
            params![name.key(), version.name()],
        )?;
        let before = ci_policy(&row.ok_or_else(|| missing("CI policy", name, version))?)?;
        self.execute(
            "DELETE FROM ci_policies WHERE name_key = $1 AND policy_version = $2",
            params![name.key(), version.name()],
        )?;
        self.drop_unused_blob(&before.file_sha256)?;
        self.touch_rules();
        let object = format!("{name} ({version})");
        self.note("ci-policy.remove", &object, Some(json(&before)?), None);
        Ok(before)
    }

    /// Registers a key that memory dumps may be encrypted with. It serves both versions.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when name or key are registered.
    pub fn add_dump_key(&mut self, name: &Name, sha256: &str) -> Result<()> {
        self.room("dump_keys")?;
        let known = self.dump_keys()?.into_iter().find(|key| key.sha256 == sha256);
        if let Some(known) = known {
            return Err(StoreError::refused(
                "--sha256",
                format_args!("the key `{sha256}` is registered as `{}`", known.name),
                "nothing needs to be done",
            ));
        }
        let now = self.now();
        let added = self.execute(
            "INSERT INTO dump_keys (name_key, name, sha256, added_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name_key) DO NOTHING",
            params![name.key(), name.as_str(), sha256, now],
        )?;
        if added == 0 {
            return Err(StoreError::refused(
                "--name",
                format_args!("dump key `{name}` is registered already, with another digest"),
                "choose another name, or remove that one first",
            ));
        }
        self.touch_rules();
        self.note("dump-key.add", name.as_str(), None, Some(format!("\"{sha256}\"")));
        Ok(())
    }

    /// Removes a key of memory dumps.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn remove_dump_key(&mut self, name: &Name) -> Result<StoredDumpKey> {
        let known = self.dump_keys()?;
        let before = known.into_iter().find(|key| key.name.to_lowercase() == name.key());
        let before = before.ok_or_else(|| {
            StoreError::not_found("dump key", name.as_str(), "see `portcullis dump-key list`")
        })?;
        self.execute("DELETE FROM dump_keys WHERE name_key = $1", params![name.key()])?;
        self.touch_rules();
        let text = format!("\"{}\"", before.sha256);
        self.note("dump-key.remove", name.as_str(), Some(text), None);
        Ok(before)
    }

    /// Keeps bytes by their digest.
    pub(crate) fn keep_blob(&mut self, bytes: &[u8]) -> Result<String> {
        let sha256 = hex(&Sha256::digest(bytes));
        self.execute(
            "INSERT INTO blobs (sha256, content) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING",
            params![sha256.as_str(), bytes],
        )?;
        Ok(sha256)
    }

    /// Drops bytes that nothing refers to any more.
    pub(crate) fn drop_unused_blob(&mut self, sha256: &str) -> Result<()> {
        self.execute(
            "DELETE FROM blobs WHERE sha256 = $1
             AND NOT EXISTS (SELECT 1 FROM ci_policies WHERE file_sha256 = $1)
             AND NOT EXISTS (SELECT 1 FROM results WHERE event_log_sha256 = $1)",
            params![sha256],
        )?;
        Ok(())
    }
}
