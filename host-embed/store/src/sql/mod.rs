//! The little SQL that both databases understand, behind one trait.
//!
//! Statements are written once, in the common dialect, with `$1` for parameters. Types are 64-bit
//! numbers, text and bytes. Every query is bounded by its caller (`LIMIT`): rows are collected.

mod postgres;
mod sqlite;

use crate::error::{Result, StoreError};
pub(crate) use postgres::{Postgres, without_password};
pub(crate) use sqlite::Sqlite;

/// A value of a column or parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}
pub(crate) use params;

/// A row of a query.
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Row {
    pub(crate) fn text(&self, column: usize) -> Result<String> {
        self.optional_text(column)?.ok_or_else(|| unexpected(column))
    }

    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<String>> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Null) => Ok(None),
            _ => Err(unexpected(column)),
        }
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64> {
        self.optional_int(column)?.ok_or_else(|| unexpected(column))
    }

    pub(crate) fn optional_int(&self, column: usize) -> Result<Option<i64>> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(unexpected(column)),
        }
    }

    pub(crate) fn blob(&self, column: usize) -> Result<Vec<u8>> {
        self.optional_blob(column)?.ok_or_else(|| unexpected(column))
    }

    pub(crate) fn optional_blob(&self, column: usize) -> Result<Option<Vec<u8>>> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Ok(Some(bytes.clone())),
            Some(Value::Null) => Ok(None),
            _ => Err(unexpected(column)),
        }
    }
}

fn unexpected(column: usize) -> StoreError {
    StoreError::damaged(format_args!("column {column} of a row has another type than it should"))
}

/// A connection to a database. One connection runs one transaction at a time.
pub(crate) trait Sql: Send {
    /// Runs a statement and returns how many rows it changed.
    fn execute(&mut self, statement: &str, parameters: &[Value]) -> Result<u64>;

    /// Runs a query and returns its rows.
    fn query(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>>;

    /// Runs a statement without parameters whose rows do not matter.
    fn batch(&mut self, statement: &str) -> Result<()>;

    /// Begins a transaction that may write. Waits for other writers.
    fn begin_write(&mut self) -> Result<()>;

    /// Begins a transaction that sees one moment of the store.
    fn begin_read(&mut self) -> Result<()>;

    /// Ends the transaction: all of it is durable, or an error says that nothing is.
    fn commit(&mut self) -> Result<()>;

    /// Ends the transaction as if it had never begun.
    fn rollback(&mut self) -> Result<()>;

    /// The type of a column of bytes.
    fn blob_type(&self) -> &'static str;

    /// The first column of the first row.
    fn first(&mut self, statement: &str, parameters: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(statement, parameters)?.into_iter().next())
    }
}
