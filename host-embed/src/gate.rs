//! A bounded queue before the pool: so many calls run, so many wait, the next is turned away.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Counts of calls.
#[derive(Default)]
struct Counts {
    running: u32,
    waiting: usize,
}

pub struct Gate {
    counts: Mutex<Counts>,
    left: Condvar,
    running_max: u32,
    waiting_max: usize,
}

/// A place in the pool; given back on drop.
pub struct Place<'g>(&'g Gate);

impl Gate {
    pub fn new(running_max: u32, waiting_max: usize) -> Self {
        let counts = Mutex::default();
        Self { counts, left: Condvar::new(), running_max: running_max.max(1), waiting_max }
    }

    /// Waits for a place; `None` when as many wait already as may.
    pub fn enter(&self) -> Option<Place<'_>> {
        let mut counts = self.lock();
        if counts.running >= self.running_max {
            if counts.waiting >= self.waiting_max {
                return None;
            }
            counts.waiting += 1;
            while counts.running >= self.running_max {
                counts = self.left.wait(counts).unwrap_or_else(PoisonError::into_inner);
            }
            counts.waiting -= 1;
        }
        counts.running += 1;
        Some(Place(self))
    }

    /// The counts are whole between any two statements, so a panic elsewhere leaves them usable.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_calls_than_places_and_seats_are_turned_away() {
        let gate = Gate::new(2, 0);
        let (first, second) = (gate.enter(), gate.enter());
        assert!(first.is_some() && second.is_some());
        assert!(gate.enter().is_none());
        drop(first);
        assert!(gate.enter().is_some());
    }

    #[test]
    fn a_waiting_call_gets_the_place_that_is_left() {
        let gate = Gate::new(1, 1);
        let place = gate.enter().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.enter().is_some());
            while gate.lock().waiting == 0 {
                std::thread::yield_now();
            }
            assert!(gate.enter().is_none());
            drop(place);
            assert!(waiting.join().unwrap());
        });
        assert_eq!(gate.lock().running, 0);
    }
}
