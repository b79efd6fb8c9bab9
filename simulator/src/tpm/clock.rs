//! Time as a TPM knows it (TPM 2.0 Library part 1, section 36). The rules of checkpoints are
//! those of the reference implementation; a referee test replays a recorded TPM.

use crate::encode::be::Writer;

/// The clock is written to NV when it passes a multiple of this (`NV_CLOCK_UPDATE_INTERVAL`
/// of 12 bits): what a power cut can take back.
const CHECKPOINT_INTERVAL_MS: u64 = 1 << 12;

/// `TPMS_CLOCK_INFO`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockInfo {
    /// Milliseconds powered since the last clear.
    pub clock_ms: u64,
    /// Resets since the last clear.
    pub reset_count: u32,
    /// Restarts and resumes since the last reset.
    pub restart_count: u32,
    /// No higher value was ever reported.
    pub safe: bool,
}

impl ClockInfo {
    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer
            .u64(self.clock_ms)
            .u32(self.reset_count)
            .u32(self.restart_count)
            .u8(u8::from(self.safe))
    }
}

/// Clock and counters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Clock {
    info: ClockInfo,
    time_ms: u64,
    checkpoint_ms: u64,
}

impl Clock {
    pub(super) const fn new(clock_ms: u64, reset_count: u32) -> Self {
        let info = ClockInfo { clock_ms, reset_count, restart_count: 0, safe: true };
        Self { info, time_ms: 0, checkpoint_ms: clock_ms }
    }

    pub(super) const fn info(&self) -> ClockInfo {
        self.info
    }

    /// Milliseconds since power came.
    pub(super) const fn time_ms(&self) -> u64 {
        self.time_ms
    }

    pub(super) const fn advance(&mut self, ms: u64) {
        self.time_ms = self.time_ms.saturating_add(ms);
        let now = self.info.clock_ms.saturating_add(ms);
        let passed = now / CHECKPOINT_INTERVAL_MS > self.info.clock_ms / CHECKPOINT_INTERVAL_MS;
        self.info.clock_ms = now;
        if passed {
            self.checkpoint_ms = now;
            self.info.safe = true;
        }
    }

    /// `TPM2_Shutdown`: the clock is written.
    pub(super) const fn save(&mut self) {
        self.checkpoint_ms = self.info.clock_ms;
    }

    /// Power comes back after an orderly shutdown or a cut.
    pub(super) const fn start(&mut self, orderly: bool) {
        self.time_ms = 0;
        self.info.clock_ms = self.checkpoint_ms;
        if !orderly {
            self.info.safe = false;
        }
    }

    pub(super) const fn count_reset(&mut self) {
        self.info.reset_count = self.info.reset_count.wrapping_add(1);
        self.info.restart_count = 0;
    }

    pub(super) const fn count_restart(&mut self) {
        self.info.restart_count = self.info.restart_count.wrapping_add(1);
    }

    /// `TPM2_Clear`. The time since power came goes on.
    pub(super) const fn clear(&mut self) {
        let time_ms = self.time_ms;
        *self = Self::new(0, 0);
        self.time_ms = time_ms;
    }
}
