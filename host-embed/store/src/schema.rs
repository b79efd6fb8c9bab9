//! The tables, and the migrations that lead to them.
//!
//! A migration is never changed once it was released: a new one follows it. A store of a later
//! version than the program's is refused, never guessed at.

use crate::error::{Result, StoreError};
use crate::sql::{Sql, params};

/// Every migration, in order. `{blob}` is the database's type for bytes. Numbers are 64 bits wide;
/// times are seconds since 1970.
const MIGRATIONS: &[&[&str]] = &[&[
    // `revision` counts changes, `rules_revision` those that a policy set shows.
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
    "INSERT INTO counters (name, value) VALUES ('revision', 0), ('rules_revision', 0)",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    // Bytes by their digest: event logs, policies, certificates. `name_key` is the folded name.
    "CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, content {blob} NOT NULL)",
    "CREATE TABLE hosts (
        name_key TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        ek_sha256 TEXT NOT NULL UNIQUE,
        platform_identifier {blob},
        ek_public {blob},
        ek_certificate {blob},
        ek_intermediates TEXT NOT NULL,
        certificate_state TEXT NOT NULL,
        added_at BIGINT NOT NULL,
        ak_name TEXT,
        reset_count BIGINT,
        record_revision BIGINT NOT NULL)",
    "CREATE TABLE registrations (
        ek_sha256 TEXT NOT NULL,
        policy_version TEXT NOT NULL,
        added_at BIGINT NOT NULL,
        forced BIGINT NOT NULL,
        PRIMARY KEY (ek_sha256, policy_version))",
    "CREATE TABLE trust (
        sha256 TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        issuer TEXT NOT NULL,
        not_before BIGINT NOT NULL,
        not_after BIGINT NOT NULL,
        source TEXT NOT NULL,
        der {blob} NOT NULL,
        added_at BIGINT NOT NULL)",
    "CREATE TABLE baselines (
        name_key TEXT NOT NULL,
        policy_version TEXT NOT NULL,
        name TEXT NOT NULL,
        document TEXT NOT NULL,
        document_sha256 TEXT NOT NULL,
        source TEXT NOT NULL,
        added_at BIGINT NOT NULL,
        PRIMARY KEY (name_key, policy_version))",
    "CREATE TABLE baseline_deltas (
        name_key TEXT NOT NULL,
        policy_version TEXT NOT NULL,
        delta_key TEXT NOT NULL,
        document TEXT NOT NULL,
        added_at BIGINT NOT NULL,
        PRIMARY KEY (name_key, policy_version, delta_key))",
    "CREATE TABLE ci_policies (
        name_key TEXT NOT NULL,
        policy_version TEXT NOT NULL,
        name TEXT NOT NULL,
        policy_sha256 TEXT NOT NULL,
        mode TEXT NOT NULL,
        file_sha256 TEXT NOT NULL,
        added_at BIGINT NOT NULL,
        PRIMARY KEY (name_key, policy_version),
        UNIQUE (policy_sha256, policy_version))",
    "CREATE TABLE dump_keys (
        name_key TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL UNIQUE,
        added_at BIGINT NOT NULL)",
    "CREATE TABLE policy_states (name TEXT PRIMARY KEY, state TEXT NOT NULL)",
    // A verdict with all that it was made from. Kept: the latest of each host, and every change.
    "CREATE TABLE policy_sets (sha256 TEXT PRIMARY KEY, document TEXT NOT NULL)",
    "CREATE TABLE results (
        id BIGINT PRIMARY KEY,
        name_key TEXT NOT NULL,
        ek_sha256 TEXT NOT NULL,
        at BIGINT NOT NULL,
        kind TEXT NOT NULL,
        outcome TEXT NOT NULL,
        headline TEXT NOT NULL,
        is_change BIGINT NOT NULL,
        policy_set_sha256 TEXT NOT NULL,
        host TEXT NOT NULL,
        request TEXT NOT NULL,
        event_log_sha256 TEXT,
        result TEXT NOT NULL)",
    "CREATE INDEX results_of_host ON results (ek_sha256, id)",
    "CREATE INDEX results_by_log ON results (event_log_sha256)",
    "CREATE INDEX results_by_set ON results (policy_set_sha256)",
    "CREATE TABLE audit_keys (
        fingerprint TEXT PRIMARY KEY,
        public_key TEXT NOT NULL,
        added_at BIGINT NOT NULL)",
    "CREATE TABLE audit_batches (
        batch BIGINT PRIMARY KEY,
        first_entry BIGINT NOT NULL,
        entries_count BIGINT NOT NULL,
        head TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        signature TEXT NOT NULL)",
    "CREATE TABLE audit_entries (
        entry BIGINT PRIMARY KEY,
        batch BIGINT NOT NULL,
        at BIGINT NOT NULL,
        who TEXT NOT NULL,
        action TEXT NOT NULL,
        object TEXT NOT NULL,
        before_json TEXT,
        after_json TEXT)",
    // What a service issued and nobody answered yet.
    "CREATE TABLE challenges (
        id TEXT PRIMARY KEY,
        expires_at BIGINT NOT NULL,
        document TEXT NOT NULL)",
    "CREATE INDEX challenges_by_expiry ON challenges (expires_at)",
]];

/// Brings a store to the version of this program. Two programs may try at once.
pub(crate) fn migrate(sql: &mut dyn Sql) -> Result<()> {
    // A store that is as it should be is only read. One without the table is an error here, and
    // one that is no database fails again below, where its error counts.
    if version(sql).is_ok_and(|found| found == MIGRATIONS.len()) {
        return Ok(());
    }
    sql.begin_write()?;
    match steps(sql) {
        Ok(()) => sql.commit(),
        Err(error) => {
            sql.rollback()?;
            Err(error)
        }
    }
}

fn steps(sql: &mut dyn Sql) -> Result<()> {
    lock(sql)?;
    let table = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)";
    sql.execute(table, &[])?;
    // Another program may have migrated while this one waited.
    let found = version(sql)?;
    if found > MIGRATIONS.len() {
        return Err(StoreError::refused(
            "--store",
            format_args!("has version {found}; this program knows {}", MIGRATIONS.len()),
            "use the program that wrote it, or a later one",
        ));
    }
    for (index, statements) in MIGRATIONS.iter().enumerate().skip(found) {
        for statement in *statements {
            let blob = sql.blob_type();
            sql.execute(&statement.replace("{blob}", blob), &[])?;
        }
        let number = i64::try_from(index + 1).unwrap_or(i64::MAX);
        sql.execute("INSERT INTO schema_version (version) VALUES ($1)", params![number])?;
    }
    Ok(())
}

/// Keeps a second program from migrating at the same time. The number is this program's own.
fn lock(sql: &mut dyn Sql) -> Result<()> {
    match sql.blob_type() {
        "BYTEA" => sql.batch("SELECT pg_advisory_xact_lock(20171031)"),
        // SQLite's transaction is exclusive among writers as it is.
        _ => Ok(()),
    }
}

fn version(sql: &mut dyn Sql) -> Result<usize> {
    let row = sql.first("SELECT MAX(version) FROM schema_version", &[])?;
    let found = row.map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0);
    usize::try_from(found).map_err(|_| StoreError::damaged("a negative schema version"))
}
