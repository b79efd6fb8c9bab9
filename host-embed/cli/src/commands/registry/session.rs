//! An open store for one command: read it, change it, or rehearse a change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis_api::PolicySetDoc;
use portcullis_store::{
    Actor, Change, Effects, EffectsDoc, HostDoc, Location, Missing, Name, Result, Store,
    StoredBaseline, Version,
};
use serde::Serialize;

use super::effects;
use crate::args::registry::{Changing, Reading};
use crate::engine::current;
use crate::failure::{EXIT_OK, EXIT_WOULD_FAIL, Failure};
use crate::output;

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// Opens the store to read it.
pub fn open(reading: &Reading) -> std::result::Result<Store, Failure> {
    opened(reading, Missing::Refuse)
}

/// Opens the store to read it, if there is one.
pub fn open_if_any(reading: &Reading) -> std::result::Result<Option<Store>, Failure> {
    match location(reading)? {
        Location::File(path) if !path.exists() => Ok(None),
        _ => open(reading).map(Some),
    }
}

fn opened(reading: &Reading, missing: Missing) -> std::result::Result<Store, Failure> {
    let location = location(reading)?;
    Ok(Store::open(&location, &key_file(&location)?, missing)?)
}

fn location(reading: &Reading) -> std::result::Result<Location, Failure> {
    match reading.store.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => Ok(Location::parse(text)),
        None => data_folder().map(|folder| Location::File(folder.join("store.db"))),
    }
}

/// The key of the audit trail lies beside an SQLite file, and apart from a database.
fn key_file(location: &Location) -> std::result::Result<PathBuf, Failure> {
    if let Some(path) = std::env::var_os("PORTCULLIS_AUDIT_KEY").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    match location {
        Location::File(path) => {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(".audit-key");
            Ok(path.with_file_name(name))
        }
        Location::Postgres(_) => data_folder().map(|folder| folder.join("audit-key")),
    }
}

/// Where a user's programs keep their data: by the rules of the system.
pub fn data_folder() -> std::result::Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_DATA_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local/share")));
    base.map(|base| base.join("portcullis")).ok_or_else(|| {
        Failure::usage("there is no folder for the store", "name a file with `--store`")
    })
}

/// The name of the user, as the system gives it; it is taken at its word.
fn who(changing: &Changing) -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let given = changing.who.clone().filter(|who| !who.is_empty());
    given
        .or_else(|| variable("USER"))
        .or_else(|| variable("LOGNAME"))
        .or_else(|| variable("USERNAME"))
        .unwrap_or_else(|| "unknown".into())
}

/// What a change answers: its document, flat, with what it would do when it was a rehearsal.
#[derive(Serialize)]
struct Answer<'a, T> {
    dry_run: bool,
    #[serde(flatten)]
    done: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<&'a EffectsDoc>,
}

/// A store that is to be changed. One that is not there yet is made by the first change, so that a
/// refusal before it leaves nothing behind.
pub struct Session<'c> {
    changing: &'c Changing,
    store: Option<Store>,
    actor: Actor,
}

impl<'c> Session<'c> {
    /// Opens the store to change it. A rehearsal needs one that is there.
    pub fn open(changing: &'c Changing) -> std::result::Result<Self, Failure> {
        let store = match changing.dry_run {
            true => Some(open(&changing.reading)?),
            false => open_if_any(&changing.reading)?,
        };
        let who = Name::new("--who", &who(changing))?.to_string();
        Ok(Self { changing, store, actor: Actor { who, now: now() } })
    }

    /// The rules as they are; those of a new store when there is none.
    pub fn rules(&mut self) -> std::result::Result<Arc<PolicySetDoc>, Failure> {
        match &mut self.store {
            Some(store) => Ok(store.policy_set()?),
            None => Ok(Arc::new(portcullis_store::new_rules())),
        }
    }

    /// The time of the change.
    pub const fn now(&self) -> u64 {
        self.actor.now
    }

    /// A registered baseline.
    pub fn baseline(
        &mut self,
        name: &Name,
        version: Version,
    ) -> std::result::Result<StoredBaseline, Failure> {
        match &mut self.store {
            Some(store) => Ok(store.view().baseline(name, version)?),
            None => Ok(open(&self.changing.reading)?.view().baseline(name, version)?),
        }
    }

    /// Makes a change, or rehearses it and judges what it would do.
    pub fn change<T>(
        &mut self,
        work: impl FnOnce(&mut Change<'_>) -> Result<T>,
    ) -> std::result::Result<(T, Option<EffectsDoc>), Failure> {
        let store = match &mut self.store {
            Some(store) => store,
            none => none.insert(opened(&self.changing.reading, Missing::Create)?),
        };
        if !self.changing.dry_run {
            return Ok((store.change(&self.actor, work)?, None));
        }
        let (done, effects) = store.rehearse(&self.actor, |change| {
            let before = change.compile()?;
            let done = work(change)?;
            Ok((done, Effects { before, after: change.compile()?, records: records(change) }))
        })?;
        // Judging takes long, and nobody has to wait for it: the change is taken back already.
        let mut progress = effects::progress();
        let effects = effects.judge(&mut store.view(), current(), &mut progress)?;
        Ok((done, Some(effects)))
    }

    /// Makes a change and says so.
    pub fn run<T: Serialize>(
        mut self,
        work: impl FnOnce(&mut Change<'_>) -> Result<T>,
        text: impl FnOnce(&T) -> String,
    ) -> std::result::Result<u8, Failure> {
        let (done, effects) = self.change(work)?;
        Ok(self.answer(&done, effects.as_ref(), &text(&done)))
    }

    /// Prints what was done, or what would be; the exit code says whether hosts would fail.
    pub fn answer<T: Serialize>(&self, done: &T, effects: Option<&EffectsDoc>, text: &str) -> u8 {
        let dry_run = self.changing.dry_run;
        if self.changing.reading.json {
            output::json(&Answer { dry_run, done, effects });
        } else if let Some(effects) = effects {
            output::text(&format!("would have done: {text}{}", effects::render(effects)));
        } else {
            output::text(text);
        }
        match effects {
            Some(effects) if effects::some_fail(effects) => EXIT_WOULD_FAIL,
            _ => EXIT_OK,
        }
    }
}

/// The registrations that a change touched, by EK, as its own notes say.
fn records(change: &Change<'_>) -> BTreeMap<String, effects::Sides> {
    let mut records: BTreeMap<String, effects::Sides> = BTreeMap::new();
    let host =
        |text: &Option<String>| -> Option<HostDoc> { serde_json::from_str(text.as_deref()?).ok() };
    for entry in change.entries().iter().filter(|entry| entry.action.starts_with("host.")) {
        let (before, after) = (host(&entry.before), host(&entry.after));
        for known in [&before, &after].into_iter().flatten() {
            let sides = (before.as_ref().map(HostDoc::record), after.as_ref().map(HostDoc::record));
            records.insert(known.ek_sha256.clone(), sides);
        }
    }
    records
}
