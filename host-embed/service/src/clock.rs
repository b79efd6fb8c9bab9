//! The time of this service: read from the system once, and counted on from there, so that a
//! clock that is set back while it runs makes no challenge or token young again.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A clock that never goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started_at: u64,
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        // A clock before 1970 fails every certificate, which is as it should be.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started_at: since.as_secs(), started: Instant::now() }
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.started_at.saturating_add(self.started.elapsed().as_secs())
    }
}
