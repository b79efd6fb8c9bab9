//! What a call may use, each limit with its reason.

use std::num::NonZero;
use std::time::Duration;

use portcullis_api::call::Operation;

/// Input that is paid for by one unit of time. A log of a real host is 5 to 75 KB.
const INPUT_UNIT_SIZE_BYTES: usize = 64 << 10;

/// Judgements in one explanation: at most six rounds that look for changes, and one for each
/// change that might be left out.
const EXPLAIN_JUDGEMENTS_MAX: u32 = 16;

/// Limits of one sandbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Time for each started 64 KiB of input. A verdict takes about one millisecond, so the
    /// default of 50 ms is room for a busy machine, and still ends a loop soon.
    pub time_per_unit: Duration,
    /// Memory of one call. The largest request (16 MiB) is held as text, as strings and decoded;
    /// the rest is room for the parsed log and the reply.
    pub memory_size_bytes_max: usize,
    /// Input of one call. Of a request the engine itself refuses more than 16 MiB; here is a
    /// little more, so that the engine says why.
    pub input_size_bytes_max: usize,
    /// Calls that run at once; each holds one instance of the pool. More than processors gain
    /// nothing.
    pub running_count_max: u32,
    /// Calls that wait for an instance; the next one is turned away at once.
    pub waiting_count_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            time_per_unit: Duration::from_millis(50),
            memory_size_bytes_max: 128 << 20,
            input_size_bytes_max: 17 << 20,
            running_count_max: u32::try_from(processors).unwrap_or(1),
            waiting_count_max: 64,
        }
    }
}

impl Limits {
    /// For a program that one person runs on a machine that may be busy: a hundred times the
    /// time of a service, and one call at once.
    #[must_use]
    pub fn interactive() -> Self {
        Self { time_per_unit: Duration::from_secs(5), running_count_max: 1, ..Self::default() }
    }

    /// Time of one call.
    #[must_use]
    pub fn time(&self, operation: Operation, input_size_bytes: usize) -> Duration {
        let units = input_size_bytes.div_ceil(INPUT_UNIT_SIZE_BYTES).max(1);
        let judgements = match operation {
            Operation::Explain => EXPLAIN_JUDGEMENTS_MAX,
            _ => 1,
        };
        let units = u32::try_from(units).unwrap_or(u32::MAX).saturating_mul(judgements);
        self.time_per_unit.saturating_mul(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_grows_with_the_input_and_with_the_work() {
        let limits = Limits::default();
        let time = |operation, size| limits.time(operation, size).as_millis();
        assert_eq!(time(Operation::Appraise, 0), 50);
        assert_eq!(time(Operation::Appraise, 64 << 10), 50);
        assert_eq!(time(Operation::Appraise, (64 << 10) + 1), 100);
        assert_eq!(time(Operation::Explain, 1), 800);
        assert!(limits.time(Operation::Explain, usize::MAX) > Duration::from_secs(1 << 20));
    }
}
