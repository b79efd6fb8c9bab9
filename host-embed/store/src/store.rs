//! The store: opened once, read through [`View`], changed through [`Change`].
//!
//! A change is one transaction that begins by taking the revision's lock, so that changes of all
//! processes stand in one line, and ends by writing its batch of the audit trail. Either all of it
//! is durable when [`Store::change`] returns, or nothing is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_api::PolicySetDoc;

use crate::audit::{AuditKey, Entry};
use crate::error::{Result, StoreError};
use crate::schema;
use crate::sql::{Postgres, Sql, Sqlite, params};

/// Where a store is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Postgres(String),
}

impl Location {
    /// A URL of PostgreSQL, or else a file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.starts_with("postgres://") || text.starts_with("postgresql://") {
            true => Self::Postgres(text.to_owned()),
            false => Self::File(PathBuf::from(text)),
        }
    }

    /// As it may be shown: without a password.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Postgres(url) => crate::sql::without_password(url),
        }
    }
}

/// Who changes something, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// Name of the person or service; taken at its word.
    pub who: String,
    /// Seconds since 1970.
    pub now: u64,
}

/// An open store.
pub struct Store {
    sql: Box<dyn Sql>,
    key: AuditKey,
    /// The compiled policy set, with the revision of the rules that it was made from.
    compiled: Option<(i64, Arc<PolicySetDoc>)>,
}

/// Whether a store may be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// Make one.
    Create,
    /// Refuse.
    Refuse,
}

impl Store {
    /// Opens a store and brings its tables to this version. The audit trail is signed with the
    /// key in `key_file`, which is made when it is missing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(location: &Location, key_file: &Path, missing: Missing) -> Result<Self> {
        let mut sql: Box<dyn Sql> = match location {
            Location::File(path) => {
                if missing == Missing::Refuse && !path.exists() {
                    return Err(no_store(location));
                }
                Box::new(Sqlite::open(path, missing == Missing::Create)?)
            }
            Location::Postgres(url) => Box::new(Postgres::open(url)?),
        };
        schema::migrate(sql.as_mut())?;
        Ok(Self { sql, key: AuditKey::open(key_file)?, compiled: None })
    }

    /// Reads. Several reads of one view may see changes of others between them.
    pub fn view(&mut self) -> View<'_> {
        View { sql: self.sql.as_mut() }
    }

    /// Reads one moment of the store, whatever others change meanwhile.
    ///
    /// # Errors
    /// Whatever `work` returns, or why the store cannot be read.
    pub fn snapshot<T>(&mut self, work: impl FnOnce(&mut View<'_>) -> Result<T>) -> Result<T> {
        self.sql.begin_read()?;
        let done = work(&mut View { sql: self.sql.as_mut() });
        self.sql.rollback()?;
        done
    }

    /// Changes something, all or nothing.
    ///
    /// # Errors
    /// Whatever `work` returns, or why it could not be written. Nothing is written then.
    pub fn change<T>(
        &mut self,
        actor: &Actor,
        work: impl FnOnce(&mut Change<'_>) -> Result<T>,
    ) -> Result<T> {
        self.transact(actor, true, work)
    }

    /// Does a change and takes it back: what it would say, and what it would do.
    ///
    /// # Errors
    /// As [`Store::change`].
    pub fn rehearse<T>(
        &mut self,
        actor: &Actor,
        work: impl FnOnce(&mut Change<'_>) -> Result<T>,
    ) -> Result<T> {
        self.transact(actor, false, work)
    }

    fn transact<T>(
        &mut self,
        actor: &Actor,
        keep: bool,
        work: impl FnOnce(&mut Change<'_>) -> Result<T>,
    ) -> Result<T> {
        self.sql.begin_write()?;
        let done = Change::begin(self.sql.as_mut(), actor).and_then(|mut change| {
            let value = work(&mut change)?;
            change.finish(&self.key)?;
            Ok(value)
        });
        match done {
            Ok(value) if keep => self.sql.commit().map(|()| value),
            Ok(value) => self.sql.rollback().map(|()| value),
            Err(error) => {
                // The first error says more than one of taking back.
                let _ = self.sql.rollback();
                Err(error)
            }
        }
    }

    /// The policy set of the rules as they are now. Compiled again only when a change, of this
    /// process or another, touched them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn policy_set(&mut self) -> Result<Arc<PolicySetDoc>> {
        let revision = self.view().counter("rules_revision")?;
        if let Some((known, set)) = &self.compiled
            && *known == revision
        {
            return Ok(Arc::clone(set));
        }
        let (revision, set) =
            self.snapshot(|view| Ok((view.counter("rules_revision")?, Arc::new(view.compile()?))))?;
        self.compiled = Some((revision, Arc::clone(&set)));
        Ok(set)
    }

    /// The public half of the key that signs this process's part of the audit trail.
    #[must_use]
    pub fn audit_fingerprint(&self) -> &str {
        self.key.fingerprint()
    }
}

fn no_store(location: &Location) -> StoreError {
    StoreError::refused(
        "--store",
        format_args!("there is no store at `{}`", location.shown()),
        "the first change makes it, such as `portcullis trust add`; or name another one with \
         `--store` or PORTCULLIS_STORE",
    )
}

/// What can be read.
pub struct View<'s> {
    pub(crate) sql: &'s mut dyn Sql,
}

impl View<'_> {
    pub(crate) fn counter(&mut self, name: &str) -> Result<i64> {
        let row = self.sql.first("SELECT value FROM counters WHERE name = $1", params![name])?;
        row.ok_or_else(|| StoreError::damaged(format_args!("no counter `{name}`")))?.int(0)
    }

    pub(crate) fn setting(&mut self, name: &str) -> Result<Option<String>> {
        let row = self.sql.first("SELECT value FROM settings WHERE name = $1", params![name])?;
        row.map(|row| row.text(0)).transpose()
    }
}

/// A change that is under way.
pub struct Change<'s> {
    view: View<'s>,
    actor: Actor,
    entries: Vec<Entry>,
    rules_changed: bool,
}

impl<'s> std::ops::Deref for Change<'s> {
    type Target = View<'s>;

    fn deref(&self) -> &View<'s> {
        &self.view
    }
}

impl std::ops::DerefMut for Change<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.view
    }
}

impl<'s> Change<'s> {
    fn begin(sql: &'s mut dyn Sql, actor: &Actor) -> Result<Self> {
        let statement = "UPDATE counters SET value = value + 1 WHERE name = 'revision'";
        if sql.execute(statement, &[])? != 1 {
            return Err(StoreError::damaged("no counter `revision`"));
        }
        let view = View { sql };
        Ok(Self { view, actor: actor.clone(), entries: Vec::new(), rules_changed: false })
    }

    pub(crate) fn execute(&mut self, statement: &str, values: &[crate::sql::Value]) -> Result<u64> {
        self.view.sql.execute(statement, values)
    }

    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.actor.now).unwrap_or(i64::MAX)
    }

    /// Notes what was done for the audit trail.
    pub(crate) fn note(
        &mut self,
        action: &'static str,
        object: &str,
        before: Option<String>,
        after: Option<String>,
    ) {
        self.entries.push(Entry {
            at: self.now(),
            who: self.actor.who.clone(),
            action: action.into(),
            object: object.into(),
            before,
            after,
        });
    }

    /// What was noted so far.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Notes that the change shows in the policy set.
    pub(crate) fn touch_rules(&mut self) {
        self.rules_changed = true;
    }

    fn finish(mut self, key: &AuditKey) -> Result<()> {
        if self.rules_changed {
            self.check_rules()?;
            let statement = "UPDATE counters SET value = value + 1 WHERE name = 'rules_revision'";
            self.execute(statement, &[])?;
        }
        let entries = std::mem::take(&mut self.entries);
        self.append_audit(key, &entries)
    }

    /// A change that leaves rules by which nobody could be judged is no change.
    fn check_rules(&mut self) -> Result<()> {
        let set = self.compile()?;
        let checked = set.trust_files().and_then(|files| set.to_engine(&files).map(drop));
        checked.map_err(|error| {
            let remedy = "nothing was changed; change what the field names instead";
            StoreError::refused("rules", format_args!("could not be used: {error}"), remedy)
        })
    }

    pub(crate) fn set_setting(&mut self, name: &str, value: &str) -> Result<()> {
        self.execute(
            "INSERT INTO settings (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )?;
        Ok(())
    }
}
