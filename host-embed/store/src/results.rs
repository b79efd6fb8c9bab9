//! Verdicts with the bundles that they were made from, so that each can be made again and asked
//! again under other rules. Kept are the latest of every host and every change of its verdict;
//! event logs, by far the largest part, are kept once by their digest.

use portcullis_api::request::{HostRecordDoc, RequestDoc};
use portcullis_api::text::Blob;
use portcullis_api::{BundleDoc, PolicySetDoc};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StoreError};
use crate::name::Name;
use crate::sql::{Row, params};
use crate::store::{Change, View};

/// Changes that are kept of one host, unless `results_per_host_max` says otherwise: a host that
/// flips at every attestation must not fill the disk.
const CHANGES_KEPT: i64 = 32;

/// A verdict, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ResultRow {
    /// Its number in the store.
    pub id: i64,
    /// Seconds since 1970.
    pub at: i64,
    /// `appraisal` (a verdict) or `assessment` (what a verdict would be).
    pub kind: String,
    /// Its status or outcome.
    pub outcome: String,
    /// Code of the finding that says most.
    pub headline: String,
    /// SHA-256 of the policy set that it was made under.
    pub policy_set_sha256: String,
}

/// What is to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct NewResult<'r> {
    /// The host's name.
    pub name: &'r Name,
    /// The bundle.
    pub bundle: &'r BundleDoc,
    /// `appraisal` or `assessment`.
    pub kind: &'r str,
    /// Its status or outcome.
    pub outcome: &'r str,
    /// Code of the finding that says most.
    pub headline: &'r str,
    /// The result as JSON.
    pub json: &'r str,
}

const COLUMNS: &str = "id, at, kind, outcome, headline, policy_set_sha256";

fn result_row(row: &Row) -> Result<ResultRow> {
    Ok(ResultRow {
        id: row.int(0)?,
        at: row.int(1)?,
        kind: row.text(2)?,
        outcome: row.text(3)?,
        headline: row.text(4)?,
        policy_set_sha256: row.text(5)?,
    })
}

/// The evidence of a host's latest verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LatestEvidence {
    /// SHA-256 of the host's EK: where the next page begins.
    pub ek_sha256: String,
    /// The request, with its event log.
    pub request: RequestDoc,
}

impl View<'_> {
    /// The verdicts that are kept of a host, the latest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn results(&mut self, ek_sha256: &str) -> Result<Vec<ResultRow>> {
        let rows = self.sql.query(
            &format!(
                "SELECT {COLUMNS} FROM results WHERE ek_sha256 = $1 ORDER BY id DESC LIMIT $2"
            ),
            params![ek_sha256, 1_000],
        )?;
        rows.iter().map(result_row).collect()
    }

    /// The bundle of a verdict: what it was made from, whole again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn bundle(&mut self, id: i64) -> Result<BundleDoc> {
        let row = self.sql.first(
            "SELECT results.host, results.request, blobs.content, policy_sets.document
             FROM results JOIN policy_sets ON policy_sets.sha256 = policy_set_sha256
             LEFT JOIN blobs ON blobs.sha256 = event_log_sha256 WHERE id = $1",
            params![id],
        )?;
        let row = row.ok_or_else(|| StoreError::not_found("result", &id.to_string(), ""))?;
        let host: HostRecordDoc =
            serde_json::from_str(&row.text(0)?).map_err(StoreError::damaged)?;
        let set: PolicySetDoc = serde_json::from_str(&row.text(3)?).map_err(StoreError::damaged)?;
        Ok(BundleDoc::new(set, Some(host), request(&row, 1, 2)?))
    }

    /// The evidence of the latest verdicts of hosts whose EK digest follows `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn latest_evidence(&mut self, after: &str, limit: i64) -> Result<Vec<LatestEvidence>> {
        let rows = self.sql.query(
            "SELECT results.ek_sha256, request, blobs.content FROM results
             JOIN (SELECT ek_sha256, MAX(id) AS last FROM results WHERE ek_sha256 > $1
                   GROUP BY ek_sha256 ORDER BY ek_sha256 LIMIT $2) AS latest
             ON latest.last = results.id
             LEFT JOIN blobs ON blobs.sha256 = event_log_sha256 ORDER BY results.ek_sha256",
            params![after, limit],
        )?;
        let read = |row: &Row| {
            Ok(LatestEvidence { ek_sha256: row.text(0)?, request: request(row, 1, 2)? })
        };
        rows.iter().map(read).collect()
    }

    /// The evidence of the latest verdict of one host.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn evidence_of(&mut self, ek_sha256: &str) -> Result<Option<RequestDoc>> {
        let row = self.sql.first(
            "SELECT request, blobs.content FROM results
             LEFT JOIN blobs ON blobs.sha256 = event_log_sha256
             WHERE ek_sha256 = $1 ORDER BY id DESC LIMIT 1",
            params![ek_sha256],
        )?;
        row.map(|row| request(&row, 0, 1)).transpose()
    }

    /// How many hosts have a verdict with evidence.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn evidence_count(&mut self) -> Result<i64> {
        let row = self.sql.first("SELECT COUNT(DISTINCT ek_sha256) FROM results", &[])?;
        row.map_or(Ok(0), |row| row.int(0))
    }
}

fn request(row: &Row, text: usize, log: usize) -> Result<RequestDoc> {
    let mut request: RequestDoc =
        serde_json::from_str(&row.text(text)?).map_err(StoreError::damaged)?;
    request.evidence.event_log = row.optional_blob(log)?.map(Blob::from);
    Ok(request)
}

impl Change<'_> {
    /// Records a verdict.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record_result(&mut self, new: &NewResult<'_>) -> Result<()> {
        let host = new.bundle.host.as_ref();
        let ek = host.and_then(|host| host.registrations.first());
        let ek = ek.map(|registration| registration.ek_sha256.clone());
        let ek = ek.ok_or_else(|| StoreError::refused("host", "is not registered", ""))?;
        let set_sha256 = self.keep_policy_set(&new.bundle.policy_set)?;
        let mut request = new.bundle.request.clone();
        let log = request.evidence.event_log.take();
        let log_sha256 = log.map(|log| self.keep_blob(&log.0)).transpose()?;
        // A verdict and an assessment have other words for the same.
        let before = self.results(&ek)?.into_iter().find(|before| before.kind == new.kind);
        let is_change = before.as_ref().is_none_or(|before| {
            (&*before.outcome, &*before.headline) != (new.outcome, new.headline)
        });
        let json = |document: &dyn Fn() -> serde_json::Result<String>| {
            document().map_err(StoreError::damaged)
        };
        let row = self.sql.first("SELECT MAX(id) FROM results", &[])?;
        let id = row.map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0) + 1;
        let now = self.now();
        self.execute(
            "INSERT INTO results (id, name_key, ek_sha256, at, kind, outcome, headline, is_change,
             policy_set_sha256, host, request, event_log_sha256, result)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            params![
                id,
                new.name.key(),
                ek.as_str(),
                now,
                new.kind,
                new.outcome,
                new.headline,
                i64::from(is_change),
                set_sha256.as_str(),
                json(&|| serde_json::to_string(&host))?,
                json(&|| serde_json::to_string(&request))?,
                log_sha256,
                new.json,
            ],
        )?;
        self.retain(&ek, id)
    }

    fn keep_policy_set(&mut self, set: &PolicySetDoc) -> Result<String> {
        let sha256 = set.sha256().to_string();
        let text = serde_json::to_string(set).map_err(StoreError::damaged)?;
        self.execute(
            "INSERT INTO policy_sets (sha256, document) VALUES ($1, $2)
             ON CONFLICT (sha256) DO NOTHING",
            params![sha256.as_str(), text],
        )?;
        Ok(sha256)
    }

    /// Drops what need not be kept of a host: verdicts that are neither the latest nor a change,
    /// and the oldest changes beyond the bound.
    fn retain(&mut self, ek: &str, latest: i64) -> Result<()> {
        let kept = self.setting("results_per_host_max")?;
        let kept = kept.and_then(|text| text.parse().ok()).unwrap_or(CHANGES_KEPT);
        let rows = self.sql.query(
            "SELECT id, event_log_sha256, policy_set_sha256 FROM results
             WHERE ek_sha256 = $1 AND id < $2 AND (is_change = 0 OR id NOT IN
                (SELECT id FROM results WHERE ek_sha256 = $1 AND is_change = 1
                 ORDER BY id DESC LIMIT $3)) LIMIT 1000",
            params![ek, latest, kept],
        )?;
        for row in &rows {
            self.execute("DELETE FROM results WHERE id = $1", params![row.int(0)?])?;
            if let Some(log) = row.optional_text(1)? {
                self.drop_unused_blob(&log)?;
            }
            self.execute(
                "DELETE FROM policy_sets WHERE sha256 = $1
                 AND NOT EXISTS (SELECT 1 FROM results WHERE policy_set_sha256 = $1)",
                params![row.text(2)?],
            )?;
        }
        Ok(())
    }

    /// Chooses how many changes of a host's verdict are kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_results_kept(&mut self, count: u32) -> Result<()> {
        let before = self.setting("results_per_host_max")?;
        self.set_setting("results_per_host_max", &count.to_string())?;
        self.note("store.retention", "results_per_host_max", before, Some(count.to_string()));
        Ok(())
    }

    /// Remembers what a passing attestation proved, unless the host's record changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it did: appraise again.
    pub fn update_record(
        &mut self,
        seen: &HostRecordDoc,
        ak_name: &str,
        reset_count: u32,
    ) -> Result<()> {
        let ek = seen.registrations.first().map_or("", |first| first.ek_sha256.as_str());
        let changed = self.execute(
            "UPDATE hosts SET ak_name = $2, reset_count = $3, record_revision = record_revision + 1
             WHERE ek_sha256 = $1 AND COALESCE(ak_name, '') = $4 AND COALESCE(reset_count, -1) = $5",
            params![
                ek,
                ak_name,
                i64::from(reset_count),
                seen.ak_name.as_deref().unwrap_or_default(),
                seen.reset_count.map_or(-1, i64::from),
            ],
        )?;
        match changed {
            1 => Ok(()),
            _ => Err(StoreError::refused(
                "host",
                format_args!("the record of `{}` changed during the appraisal", seen.name),
                "appraise again",
            )),
        }
    }
}
