//! The audit trail: who changed what and when, from what to what.
//!
//! Every change appends one batch. Its head is a SHA-256 over the head before it and all entries
//! of the batch, and is signed with a key that lies outside the database. So whoever can write
//! the database but has no key cannot change, drop or reorder a batch unnoticed. What it does
//! *not* establish: that the last batches were not cut off; for that, compare the head with one
//! that was noted elsewhere ([`View::audit_verify`] takes it). `who` is taken at its word.

use std::path::Path;

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use portcullis_api::text::{hex, unhex};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Result, StoreError};
use crate::sql::{Row, params};
use crate::store::{Change, View};

/// Names what is hashed, so that a head is never the digest of anything else.
const DOMAIN: &[u8] = b"portcullis audit batch/1";
/// What the first batch follows.
const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One thing that was done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Seconds since 1970.
    pub at: i64,
    /// Who did it.
    pub who: String,
    /// What was done: `host.add`, `policy.disable`, ...
    pub action: String,
    /// To what.
    pub object: String,
    /// What it was before, as JSON; absent for something new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it was afterwards, as JSON; absent for something removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The key that signs heads.
pub(crate) struct AuditKey {
    signing: SigningKey,
    public: String,
    fingerprint: String,
}

impl AuditKey {
    /// Reads the key, or makes one.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            Self::make(path)?;
        }
        let unusable = |reason: &str| StoreError::Unavailable {
            store: path.display().to_string(),
            reason: format!("the key of the audit trail {reason}"),
            remedy: "restore the file, or move it away: the next change then begins with a new \
                     key, and `portcullis audit verify` names both",
        };
        let text = std::fs::read_to_string(path).map_err(|error| unusable(&error.to_string()))?;
        let bytes = unhex(text.trim()).ok_or_else(|| unusable("is no hexadecimal"))?;
        let signing = SigningKey::from_slice(&bytes).map_err(|_| unusable("is no key"))?;
        let public = hex(&VerifyingKey::from(&signing).to_sec1_bytes());
        let fingerprint = fingerprint(&public);
        Ok(Self { signing, public, fingerprint })
    }

    /// Makes a key file. Two programs may try at once: the first one wins.
    fn make(path: &Path) -> Result<()> {
        let failed = |reason: String| StoreError::Unavailable {
            store: path.display().to_string(),
            reason,
            remedy: "make the folder writable, or name another one in PORTCULLIS_AUDIT_KEY",
        };
        let text = loop {
            let mut secret = [0_u8; 32];
            getrandom::fill(&mut secret).map_err(|error| failed(error.to_string()))?;
            // One secret in 2^32 is no key of the curve.
            if SigningKey::from_slice(&secret).is_ok() {
                break hex(&secret);
            }
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        // Written whole under another name first: nobody ever reads half a key.
        let mut part = path.file_name().unwrap_or_default().to_owned();
        part.push(format!(".{}.part", &fingerprint(&text)[..16]));
        let part = path.with_file_name(part);
        let _ = std::fs::remove_file(&part);
        let made = crate::private::create(&part).and_then(|mut file| {
            use std::io::Write as _;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let linked = made.and_then(|()| std::fs::hard_link(&part, path));
        let _ = std::fs::remove_file(&part);
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(failed(error.to_string()))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn sign(&self, head: &str) -> String {
        let signature: Signature = self.signing.sign(head.as_bytes());
        hex(&signature.to_bytes())
    }
}

fn fingerprint(public: &str) -> String {
    hex(&Sha256::digest(public.as_bytes()))
}

fn head(previous: &str, batch: i64, entries: &[Entry]) -> String {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(previous.as_bytes());
    field(&batch.to_be_bytes());
    field(&(entries.len() as u64).to_be_bytes());
    for entry in entries {
        field(&entry.at.to_be_bytes());
        for text in [&entry.who, &entry.action, &entry.object] {
            field(text.as_bytes());
        }
        for document in [&entry.before, &entry.after] {
            field(&[u8::from(document.is_some())]);
            field(document.as_deref().unwrap_or_default().as_bytes());
        }
    }
    hex(&hash.finalize())
}

impl Change<'_> {
    pub(crate) fn append_audit(&mut self, key: &AuditKey, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.register_key(key)?;
        let last = self.sql.first(
            "SELECT batch, first_entry + entries_count, head FROM audit_batches
             ORDER BY batch DESC LIMIT 1",
            &[],
        )?;
        let (batch, first, previous) = match last {
            Some(row) => (row.int(0)? + 1, row.int(1)?, row.text(2)?),
            None => (1, 1, FIRST.to_owned()),
        };
        let head = head(&previous, batch, entries);
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        self.execute(
            "INSERT INTO audit_batches
             (batch, first_entry, entries_count, head, fingerprint, signature)
             VALUES ($1, $2, $3, $4, $5, $6)",
            params![batch, first, count, head.as_str(), key.fingerprint(), key.sign(&head)],
        )?;
        for (number, entry) in (first..).zip(entries) {
            self.execute(
                "INSERT INTO audit_entries
                 (entry, batch, at, who, action, object, before_json, after_json)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                params![
                    number,
                    batch,
                    entry.at,
                    entry.who.as_str(),
                    entry.action.as_str(),
                    entry.object.as_str(),
                    entry.before.clone(),
                    entry.after.clone(),
                ],
            )?;
        }
        Ok(())
    }

    fn register_key(&mut self, key: &AuditKey) -> Result<()> {
        let now = self.now();
        self.execute(
            "INSERT INTO audit_keys (fingerprint, public_key, added_at) VALUES ($1, $2, $3)
             ON CONFLICT (fingerprint) DO NOTHING",
            params![key.fingerprint(), key.public.as_str(), now],
        )?;
        Ok(())
    }
}

/// An entry with its place in the trail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NumberedEntry {
    /// Its number, from 1.
    pub entry: i64,
    /// Number of its batch, from 1.
    pub batch: i64,
    /// What was done.
    #[serde(flatten)]
    pub what: Entry,
}

/// What a check of the trail found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuditReport {
    /// True when every batch follows from the one before, is signed, and the noted head is there.
    pub intact: bool,
    /// Entries that were checked.
    pub entries_count: i64,
    /// Batches that were checked.
    pub batches_count: i64,
    /// The last head: note it elsewhere to notice later that batches were cut off.
    pub head: String,
    /// Keys that signed, by their fingerprints.
    pub keys: Vec<String>,
    /// What is wrong; the first thing only, since all that follows hangs on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}

/// Batches and entries that are read at once.
const PAGE: i64 = 500;

impl View<'_> {
    /// Entries after number `after`, at most `limit` of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn audit_entries(&mut self, after: i64, limit: i64) -> Result<Vec<NumberedEntry>> {
        let rows = self.sql.query(
            "SELECT entry, batch, at, who, action, object, before_json, after_json
             FROM audit_entries WHERE entry > $1 ORDER BY entry LIMIT $2",
            params![after, limit],
        )?;
        rows.iter().map(numbered_entry).collect()
    }

    /// The number of the last entry.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn audit_last(&mut self) -> Result<i64> {
        let row = self.sql.first("SELECT MAX(entry) FROM audit_entries", &[])?;
        Ok(row.map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0))
    }

    /// Checks the whole trail. `trusted` are the fingerprints of the keys that may have signed;
    /// `noted` is a head that was noted earlier and must be in it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read; a broken trail is no error.
    pub fn audit_verify(&mut self, trusted: &[String], noted: Option<&str>) -> Result<AuditReport> {
        let mut report = AuditReport {
            intact: false,
            entries_count: 0,
            batches_count: 0,
            head: FIRST.into(),
            keys: Vec::new(),
            broken: None,
        };
        let mut noted_found = noted.is_none_or(|noted| noted == FIRST);
        loop {
            let rows = self.sql.query(
                "SELECT batch, first_entry, entries_count, head, fingerprint, signature
                 FROM audit_batches WHERE batch > $1 ORDER BY batch LIMIT $2",
                params![report.batches_count, PAGE],
            )?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                if let Err(broken) = self.verify_batch(row, trusted, &mut report)? {
                    report.broken = Some(broken);
                    return Ok(report);
                }
                noted_found |= noted.is_some_and(|noted| noted.eq_ignore_ascii_case(&report.head));
            }
        }
        let last = self.audit_last()?;
        if last != report.entries_count {
            report.broken = Some(format!("entry {last} belongs to no batch"));
        } else if !noted_found {
            report.broken =
                Some("the noted head is not in the trail: batches were cut off or replaced".into());
        }
        report.intact = report.broken.is_none();
        Ok(report)
    }

    /// The inner error says what is broken.
    fn verify_batch(
        &mut self,
        row: &Row,
        trusted: &[String],
        report: &mut AuditReport,
    ) -> Result<std::result::Result<(), String>> {
        let (batch, first, count) = (row.int(0)?, row.int(1)?, row.int(2)?);
        let (stored, key, signature) = (row.text(3)?, row.text(4)?, row.text(5)?);
        if batch != report.batches_count + 1 || first != report.entries_count + 1 {
            return Ok(Err(format!("batch {} is missing", report.batches_count + 1)));
        }
        let rows = self.sql.query(
            "SELECT entry, batch, at, who, action, object, before_json, after_json
             FROM audit_entries WHERE batch = $1 OR (entry >= $2 AND entry < $3) ORDER BY entry",
            params![batch, first, first.saturating_add(count)],
        )?;
        let entries = rows.iter().map(numbered_entry).collect::<Result<Vec<_>>>()?;
        let in_place =
            |(number, entry): (i64, &NumberedEntry)| entry.entry == number && entry.batch == batch;
        if i64::try_from(entries.len()).ok() != Some(count)
            || !(first..).zip(&entries).all(in_place)
        {
            return Ok(Err(format!("entries of batch {batch} are missing or misplaced")));
        }
        let what: Vec<Entry> = entries.into_iter().map(|entry| entry.what).collect();
        if head(&report.head, batch, &what) != stored {
            return Ok(Err(format!("batch {batch} (entries from {first} on) was changed")));
        }
        if !self.signed(&key, &stored, &signature)? {
            return Ok(Err(format!("the signature of batch {batch} does not hold")));
        }
        if !trusted.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
            return Ok(Err(format!("batch {batch} is signed by `{key}`, which is no trusted key")));
        }
        if !report.keys.contains(&key) {
            report.keys.push(key);
        }
        report.batches_count = batch;
        report.entries_count += count;
        report.head = stored;
        Ok(Ok(()))
    }

    fn signed(&mut self, key: &str, head: &str, signature: &str) -> Result<bool> {
        let row = self
            .sql
            .first("SELECT public_key FROM audit_keys WHERE fingerprint = $1", params![key])?;
        let Some(row) = row else { return Ok(false) };
        let public = row.text(0)?;
        let verified = || {
            let verifying = VerifyingKey::from_sec1_bytes(&unhex(&public)?).ok()?;
            let signature = Signature::from_slice(&unhex(signature)?).ok()?;
            verifying.verify(head.as_bytes(), &signature).ok()
        };
        Ok(fingerprint(&public) == key && verified().is_some())
    }
}

fn numbered_entry(row: &Row) -> Result<NumberedEntry> {
    Ok(NumberedEntry {
        entry: row.int(0)?,
        batch: row.int(1)?,
        what: Entry {
            at: row.int(2)?,
            who: row.text(3)?,
            action: row.text(4)?,
            object: row.text(5)?,
            before: row.optional_text(6)?,
            after: row.optional_text(7)?,
        },
    })
}
