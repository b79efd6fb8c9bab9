//! Challenges that a service issued and nobody answered yet. They are in the store, and not in a
//! process, so that several services share them and none survives its answer: taking one removes
//! it in the same transaction, and a nonce that was accepted once is nowhere any more.

use crate::error::Result;
use crate::sql::params;
use crate::store::Change;

/// Challenges that are kept at once. Anybody may ask for one; the oldest make room.
const CHALLENGES_MAX: i64 = 100_000;

impl Change<'_> {
    /// Keeps a challenge until it is taken, or expires.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub fn put_challenge(&mut self, id: &str, expires_at: i64, document: &str) -> Result<()> {
        self.execute(
            "INSERT INTO challenges (id, expires_at, document) VALUES ($1, $2, $3)",
            params![id, expires_at, document],
        )?;
        Ok(())
    }

    /// Takes a challenge: whoever comes second finds none. Returns its expiry and its document.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub fn take_challenge(&mut self, id: &str) -> Result<Option<(i64, String)>> {
        let row = self.sql.first(
            "DELETE FROM challenges WHERE id = $1 RETURNING expires_at, document",
            params![id],
        )?;
        row.map(|row| Ok((row.int(0)?, row.text(1)?))).transpose()
    }

    /// Forgets what expired, and the oldest beyond the number that is kept.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub fn sweep_challenges(&mut self) -> Result<()> {
        let now = self.now();
        self.execute("DELETE FROM challenges WHERE expires_at < $1", params![now])?;
        self.execute(
            "DELETE FROM challenges WHERE id IN (
                SELECT id FROM challenges ORDER BY expires_at DESC LIMIT 1000 OFFSET $1)",
            params![CHALLENGES_MAX],
        )?;
        Ok(())
    }
}
