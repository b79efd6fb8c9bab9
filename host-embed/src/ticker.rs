//! The clock of epoch deadlines: a thread that counts for as long as its engine lives.

use std::io;
use std::time::Duration;

use wasmtime::Engine;

/// Time between two ticks: a deadline is met this late at most. A hundred wake-ups in a second
/// cost an idle service nothing that can be measured.
pub const TICK: Duration = Duration::from_millis(10);

/// Starts the thread. It ends within one tick after the last handle of the engine is dropped.
pub fn start(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    let count = move || {
        loop {
            std::thread::sleep(TICK);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => break,
            }
        }
    };
    std::thread::Builder::new().name("portcullis-ticker".into()).spawn(count).map(drop)
}

/// Ticks after which a call of this length is over. One more than fit, because the first tick
/// may come at once.
pub fn ticks(time: Duration) -> u64 {
    let ticks = time.as_millis().div_ceil(TICK.as_millis()).saturating_add(1);
    // The runtime adds the present count.
    u64::try_from(ticks).unwrap_or(u64::MAX).min(u64::MAX / 2)
}
