//! Trusted certificates: roots and intermediates of TPM vendors.
//!
//! Whoever registers a root trusts every TPM below it. Nothing here judges whether a vendor
//! deserves that.

use portcullis_api::text::Blob;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StoreError};
use crate::sql::{Row, params};
use crate::store::{Change, View};

/// A trusted certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrustDoc {
    /// SHA-256 of its DER.
    pub sha256: String,
    /// `root` (issued by itself), `intermediate`, or `windows`: stands for Windows' own boot
    /// manager in the place of Microsoft's certificates.
    pub kind: String,
    /// Subject.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
    /// The file that it came from.
    pub source: String,
}

/// Certificates of a store. Microsoft's whole collection has about 1 700.
pub const TRUST_CERTIFICATES_MAX: usize = 4_096;

const COLUMNS: &str = "sha256, kind, subject, issuer, not_before, not_after, source";

fn certificate(row: &Row) -> Result<TrustDoc> {
    Ok(TrustDoc {
        sha256: row.text(0)?,
        kind: row.text(1)?,
        subject: row.text(2)?,
        issuer: row.text(3)?,
        not_before: row.int(4)?,
        not_after: row.int(5)?,
        source: row.text(6)?,
    })
}

fn limit() -> i64 {
    i64::try_from(TRUST_CERTIFICATES_MAX).unwrap_or(i64::MAX)
}

impl View<'_> {
    /// All trusted certificates: roots first, by subject.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn trust(&mut self) -> Result<Vec<TrustDoc>> {
        let rows = self.sql.query(
            &format!("SELECT {COLUMNS} FROM trust ORDER BY kind DESC, subject, sha256 LIMIT $1"),
            params![limit()],
        )?;
        rows.iter().map(certificate).collect()
    }

    /// The DER of all trusted certificates, in the order of their digests. Without a root, nobody
    /// is trusted, and intermediates alone vouch for nothing.
    pub(crate) fn trust_der(&mut self) -> Result<Vec<Blob>> {
        let rows = self.sql.query(
            "SELECT der FROM trust WHERE kind <> 'windows'
             AND EXISTS (SELECT 1 FROM trust WHERE kind = 'root') ORDER BY sha256 LIMIT $1",
            params![limit()],
        )?;
        rows.iter().map(|row| row.blob(0).map(Blob::from)).collect()
    }

    /// SHA-256 of the certificates that stand for Windows' own boot manager; none where
    /// Microsoft's do.
    pub(crate) fn windows_authorities(&mut self) -> Result<Vec<String>> {
        let rows = self.sql.query(
            "SELECT sha256 FROM trust WHERE kind = 'windows' ORDER BY sha256 LIMIT $1",
            params![limit()],
        )?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// The trusted certificate of a SHA-256 or of its beginning, with its DER.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Refused`] when several begin so.
    pub fn trusted_certificate(&mut self, sha256: &str) -> Result<(TrustDoc, Vec<u8>)> {
        let wanted = sha256.to_lowercase();
        // A digest is hexadecimal: nothing in it means more to LIKE than itself.
        if wanted.len() < 6 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(StoreError::refused(
                "SHA256",
                format_args!("`{sha256}` is no SHA-256, nor the first 6 or more digits of one"),
                "see `portcullis trust list`",
            ));
        }
        let rows = self.sql.query(
            &format!("SELECT {COLUMNS}, der FROM trust WHERE sha256 LIKE $1 LIMIT 2"),
            params![format!("{wanted}%")],
        )?;
        match rows.as_slice() {
            [row] => Ok((certificate(row)?, row.blob(7)?)),
            [] => Err(StoreError::not_found(
                "trusted certificate",
                sha256,
                "see `portcullis trust list`",
            )),
            _ => Err(StoreError::refused(
                "SHA256",
                format_args!("several certificates begin with `{sha256}`"),
                "give more digits",
            )),
        }
    }
}

impl Change<'_> {
    /// Trusts a certificate; `false` when it is trusted already.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there are too many.
    pub fn add_trust(&mut self, document: &TrustDoc, der: &[u8]) -> Result<bool> {
        let row = self.sql.first("SELECT COUNT(*) FROM trust", &[])?;
        let count = row.map_or(Ok(0), |row| row.int(0))?;
        if count >= limit() {
            return Err(StoreError::refused(
                "FILE",
                format_args!("the store holds {TRUST_CERTIFICATES_MAX} certificates already"),
                "register the vendors of your hosts only",
            ));
        }
        let now = self.now();
        let added = self.execute(
            "INSERT INTO trust
             (sha256, kind, subject, issuer, not_before, not_after, source, der, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (sha256) DO NOTHING",
            params![
                document.sha256.as_str(),
                document.kind.as_str(),
                document.subject.as_str(),
                document.issuer.as_str(),
                document.not_before,
                document.not_after,
                document.source.as_str(),
                der,
                now,
            ],
        )?;
        if added == 0 {
            return Ok(false);
        }
        self.touch_rules();
        let after = serde_json::to_string(document).ok();
        self.note("trust.add", &document.sha256, None, after);
        Ok(true)
    }

    /// No longer trusts a certificate.
    ///
    /// # Errors
    /// As [`View::trusted_certificate`].
    pub fn remove_trust(&mut self, sha256: &str) -> Result<TrustDoc> {
        let (document, _) = self.trusted_certificate(sha256)?;
        let digest = document.sha256.clone();
        self.execute("DELETE FROM trust WHERE sha256 = $1", params![digest.as_str()])?;
        self.touch_rules();
        self.note("trust.remove", &digest, serde_json::to_string(&document).ok(), None);
        Ok(document)
    }
}
