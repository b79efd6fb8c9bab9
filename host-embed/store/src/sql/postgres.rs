//! PostgreSQL, by URL.

use std::collections::HashMap;
use std::error::Error as _;

use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};

use super::{Row, Sql, Value};
use crate::error::{Result, StoreError};

pub(crate) struct Postgres {
    client: Client,
    /// Statements are few and written in this crate, so the map is bounded.
    statements: HashMap<String, Statement>,
    /// The URL without its password.
    shown: String,
    in_transaction: bool,
}

impl Postgres {
    pub(crate) fn open(url: &str) -> Result<Self> {
        let shown = without_password(url);
        let client = Client::connect(url, NoTls).map_err(|error| StoreError::Unavailable {
            store: shown.clone(),
            reason: reason(&error),
            remedy: "check that the server runs and that the URL names host, database and user \
                     (postgresql://user:password@host/database)",
        })?;
        Ok(Self { client, statements: HashMap::new(), shown, in_transaction: false })
    }

    fn failed(&self, error: &postgres::Error) -> StoreError {
        StoreError::Unavailable {
            store: self.shown.clone(),
            reason: reason(error),
            remedy: "nothing was changed; see the server's log, then try again",
        }
    }

    fn prepared(&mut self, statement: &str) -> Result<Statement> {
        if let Some(known) = self.statements.get(statement) {
            return Ok(known.clone());
        }
        let made = self.client.prepare(statement).map_err(|error| self.failed(&error))?;
        self.statements.insert(statement.to_owned(), made.clone());
        Ok(made)
    }

    fn run(&mut self, statement: &str) -> Result<()> {
        self.client.batch_execute(statement).map_err(|error| self.failed(&error))
    }
}

/// A driver's error says little; the server's, inside it, says what is wrong.
fn reason(error: &postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// Passwords do not belong into messages.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "postgresql".into() };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user = user.split(':').next().unwrap_or_default();
    // Parameters can hold a password too.
    let path = path.split('?').next().unwrap_or_default();
    match user {
        "" => format!("{scheme}://{host}/{path}"),
        user => format!("{scheme}://{user}@{host}/{path}"),
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

fn value(row: &postgres::Row, column: usize) -> std::result::Result<Value, postgres::Error> {
    let kind = row.columns().get(column).map(postgres::Column::type_);
    Ok(match kind {
        Some(&Type::INT8) => row.try_get::<_, Option<i64>>(column)?.into(),
        Some(&Type::BYTEA) => {
            row.try_get::<_, Option<Vec<u8>>>(column)?.map_or(Value::Null, Value::Blob)
        }
        _ => row.try_get::<_, Option<String>>(column)?.into(),
    })
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Sql for Postgres {
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64> {
        let prepared = self.prepared(statement)?;
        let changed = self.client.execute(&prepared, &parameters(values));
        changed.map_err(|error| self.failed(&error))
    }

    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>> {
        let prepared = self.prepared(statement)?;
        let rows = self.client.query(&prepared, &parameters(values));
        let rows = rows.map_err(|error| self.failed(&error))?;
        let read = rows.iter().map(|row| {
            let values = (0..row.len()).map(|column| value(row, column));
            values.collect::<std::result::Result<_, _>>().map(Row)
        });
        read.collect::<std::result::Result<_, _>>().map_err(|error| self.failed(&error))
    }

    fn batch(&mut self, statement: &str) -> Result<()> {
        self.run(statement)
    }

    fn begin_write(&mut self) -> Result<()> {
        // The lock of the revision's row, taken first, puts writers in a line; what they read
        // after it is what the writer before them committed.
        self.run("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        self.in_transaction = true;
        Ok(())
    }

    fn begin_read(&mut self) -> Result<()> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
        self.in_transaction = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.in_transaction = false;
        self.run("COMMIT")
    }

    fn rollback(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.in_transaction) {
            return Ok(());
        }
        self.run("ROLLBACK")
    }

    fn blob_type(&self) -> &'static str {
        "BYTEA"
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgresql://u:secret@h:5432/db", "postgresql://u@h:5432/db"),
            ("postgres://h/db?password=secret", "postgres://h/db"),
            ("postgres://u:se@cret@h/db", "postgres://u@h/db"),
            ("host=h password=secret", "postgresql"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
