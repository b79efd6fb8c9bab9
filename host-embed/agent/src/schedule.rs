//! When to attest again.

use std::time::Duration;

/// As often as Windows hosts do.
pub const INTERVAL_DEFAULT: Duration = Duration::from_secs(8 * 60 * 60);

/// First pause after a failure.
const PAUSE_MIN: Duration = Duration::from_secs(5);

/// Longest pause after failures in a row.
const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);

/// Pauses after failures: each twice as long as the one before, up to a bound, so that a fleet does
/// not trample a verifier that comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(PAUSE_MIN)
    }
}

impl Backoff {
    /// The next pause.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.0;
        self.0 = pause.saturating_mul(2).min(PAUSE_MAX);
        pause
    }

    /// Begins again after a success.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_begin_again_after_a_success() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u64> = (0..10).map(|_| backoff.next_pause().as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        backoff.reset();
        assert_eq!(backoff.next_pause(), PAUSE_MIN);
    }
}
