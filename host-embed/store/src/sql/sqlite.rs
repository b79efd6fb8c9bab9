//! SQLite: one file, with a write-ahead log beside it while it is open.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use super::{Row, Sql, Value};
use crate::error::{Result, StoreError};

/// How long a writer waits for another one. Registering a folder of hundreds of hosts commits in
/// batches that each take far less.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct Sqlite {
    connection: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// Opens the file; makes it, for its owner alone, when `create` is set.
    pub(crate) fn open(path: &Path, create: bool) -> Result<Self> {
        if create && !path.exists() {
            make_private(path).map_err(|error| StoreError::Unavailable {
                store: path.display().to_string(),
                reason: error.to_string(),
                remedy: "name another file with `--store`, or make its folder writable",
            })?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| unavailable(path, &error))?;
        let store = Self { connection, path: path.to_owned() };
        store.configure().map_err(|error| unavailable(path, &error))?;
        Ok(store)
    }

    fn configure(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        // The answer of this pragma is a row.
        let mode: String =
            self.connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        debug_assert!(mode == "wal" || mode == "memory");
        // An acknowledged change survives a crash of the machine.
        self.connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
    }

    fn failed(&self, error: &rusqlite::Error) -> StoreError {
        unavailable(&self.path, error)
    }

    fn run(&mut self, statement: &str) -> Result<()> {
        self.connection.execute_batch(statement).map_err(|error| self.failed(&error))
    }
}

/// The store holds who may run shielded machines: nobody else on this machine may write it.
fn make_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    match crate::private::create(path) {
        // Another program was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

fn unavailable(path: &Path, error: &rusqlite::Error) -> StoreError {
    let remedy = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            "nothing was changed; make room on the disk (or lift the quota or file-size limit), \
             then try again"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program is writing; try again when it is done"
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "name the store's own file with `--store`, or import an exported state into a new one"
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            "check that the file exists and that you may write it and its folder"
        }
        _ => "",
    };
    StoreError::Unavailable { store: path.display().to_string(), reason: error.to_string(), remedy }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        // No column of ours has this type; a text then fails to be what the reader expects.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// SQLite numbers `$1` by first appearance, and `?1` by its number.
fn numbered(statement: &str) -> String {
    statement.replace('$', "?")
}

impl Sql for Sqlite {
    fn execute(&mut self, statement: &str, parameters: &[Value]) -> Result<u64> {
        let parameters = rusqlite::params_from_iter(parameters);
        let changed = self.connection.execute(&numbered(statement), parameters);
        changed.map(|rows| rows as u64).map_err(|error| self.failed(&error))
    }

    fn query(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        let run = || {
            let mut prepared = self.connection.prepare(&numbered(statement))?;
            let columns = prepared.column_count();
            let mut rows = prepared.query(rusqlite::params_from_iter(parameters))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let values = (0..columns).map(|column| row.get_ref(column).map(value));
                found.push(Row(values.collect::<rusqlite::Result<_>>()?));
            }
            Ok(found)
        };
        run().map_err(|error| self.failed(&error))
    }

    fn batch(&mut self, statement: &str) -> Result<()> {
        self.run(statement)
    }

    fn begin_write(&mut self) -> Result<()> {
        self.run("BEGIN IMMEDIATE")
    }

    fn begin_read(&mut self) -> Result<()> {
        self.run("BEGIN DEFERRED")
    }

    fn commit(&mut self) -> Result<()> {
        self.run("COMMIT")
    }

    fn rollback(&mut self) -> Result<()> {
        // A failure such as a full disk may have rolled back already.
        if self.connection.is_autocommit() { Ok(()) } else { self.run("ROLLBACK") }
    }

    fn blob_type(&self) -> &'static str {
        "BLOB"
    }
}
