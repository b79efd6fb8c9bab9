//! Two unstable sorts of .NET, repeated step by step: which of two equal elements comes first is
//! decided by every comparison and exchange on the way.
//!
//! The order of comparisons matters as much as their outcome, so nothing here is simplified. Both
//! fall back to heap sort beyond a depth, which bounds the recursion and the time: at most
//! proportional to n log n comparisons, whatever the input.

/// Ranges up to this size are sorted by insertion in the introspective sort.
const INSERTION_SIZE: usize = 16;
/// Depth at which the older quicksort gives up.
const LEGACY_DEPTH: u32 = 32;

/// Elements to sort, and how they compare. Positions outside the list are never below and never
/// above anything, so that no loop can leave it.
struct Keys<F> {
    keys: Vec<u32>,
    less: F,
}

impl<F: Fn(u32, u32) -> bool> Keys<F> {
    fn at(&self, position: usize) -> Option<u32> {
        self.keys.get(position).copied()
    }

    /// True when the element at `position` is below `key`.
    fn below(&self, position: usize, key: u32) -> bool {
        self.at(position).is_some_and(|found| (self.less)(found, key))
    }

    /// True when the element at `position` is above `key`.
    fn above(&self, position: usize, key: u32) -> bool {
        self.at(position).is_some_and(|found| (self.less)(key, found))
    }

    fn swap(&mut self, left: usize, right: usize) {
        if left < self.keys.len() && right < self.keys.len() {
            self.keys.swap(left, right);
        }
    }

    fn set(&mut self, position: usize, key: u32) {
        if let Some(slot) = self.keys.get_mut(position) {
            *slot = key;
        }
    }

    fn swap_if_greater(&mut self, left: usize, right: usize) {
        if left != right && self.at(right).is_some_and(|key| self.above(left, key)) {
            self.swap(left, right);
        }
    }

    fn heapsort(&mut self, low: usize, high: usize) {
        let count = high.saturating_sub(low).saturating_add(1);
        for root in (1..=count / 2).rev() {
            self.sift_down(low, root, count);
        }
        for end in (2..=count).rev() {
            self.swap(low, low.saturating_add(end).saturating_sub(1));
            self.sift_down(low, 1, end.saturating_sub(1));
        }
    }

    /// Lets the element at `root` (counted from 1) sink in a heap of `count` elements.
    fn sift_down(&mut self, low: usize, mut root: usize, count: usize) {
        let place = |index: usize| low.saturating_add(index).saturating_sub(1);
        let Some(key) = self.at(place(root)) else { return };
        while root <= count / 2 {
            let mut child = root.saturating_mul(2);
            let Some(left) = self.at(place(child)) else { break };
            if child < count && self.above(place(child.saturating_add(1)), left) {
                child = child.saturating_add(1);
            }
            if !self.above(place(child), key) {
                break;
            }
            let Some(raised) = self.at(place(child)) else { break };
            self.set(place(root), raised);
            root = child;
        }
        self.set(place(root), key);
    }

    fn insertion_sort(&mut self, low: usize, high: usize) {
        for sorted in low..high {
            let Some(key) = self.at(sorted.saturating_add(1)) else { return };
            let mut gap = sorted.saturating_add(1);
            while gap > low && self.above(gap.saturating_sub(1), key) {
                let Some(moved) = self.at(gap.saturating_sub(1)) else { break };
                self.set(gap, moved);
                gap = gap.saturating_sub(1);
            }
            self.set(gap, key);
        }
    }

    fn introsort(&mut self, low: usize, mut high: usize, mut depth: u32) {
        while high > low {
            let size = high.saturating_sub(low).saturating_add(1);
            if size <= INSERTION_SIZE {
                return self.sort_small(low, high, size);
            }
            if depth == 0 {
                return self.heapsort(low, high);
            }
            depth = depth.saturating_sub(1);
            let pivot = self.partition(low, high);
            self.introsort(pivot.saturating_add(1), high, depth);
            high = pivot.saturating_sub(1);
        }
    }

    fn sort_small(&mut self, low: usize, high: usize, size: usize) {
        match size {
            2 => self.swap_if_greater(low, high),
            3 => {
                let middle = high.saturating_sub(1);
                self.swap_if_greater(low, middle);
                self.swap_if_greater(low, high);
                self.swap_if_greater(middle, high);
            }
            _ => self.insertion_sort(low, high),
        }
    }

    /// Median of three, parked at `high - 1`; returns where it ends up.
    fn partition(&mut self, low: usize, high: usize) -> usize {
        let middle = low.saturating_add(high.saturating_sub(low) / 2);
        self.swap_if_greater(low, middle);
        self.swap_if_greater(low, high);
        self.swap_if_greater(middle, high);
        let Some(pivot) = self.at(middle) else { return low };
        let parked = high.saturating_sub(1);
        self.swap(middle, parked);
        let (mut left, mut right) = (low, parked);
        while left < right {
            left = left.saturating_add(1);
            while self.below(left, pivot) {
                left = left.saturating_add(1);
            }
            right = right.saturating_sub(1);
            while right > low && self.above(right, pivot) {
                right = right.saturating_sub(1);
            }
            if left >= right {
                break;
            }
            self.swap(left, right);
        }
        if left != parked {
            self.swap(left, parked);
        }
        left
    }

    fn legacy(&mut self, mut low: usize, mut high: usize, mut depth: u32) {
        while low < high {
            if depth == 0 {
                return self.heapsort(low, high);
            }
            // `left` is the first position of the upper part, `end` lies behind the lower one.
            let (left, end) = self.legacy_partition(low, high);
            depth = depth.saturating_sub(1);
            let (lower, upper) =
                (end.saturating_sub(low), high.saturating_add(1).saturating_sub(left));
            if lower <= upper {
                if lower > 1 {
                    self.legacy(low, end.saturating_sub(1), depth);
                }
                low = left;
            } else {
                if left < high {
                    self.legacy(left, high, depth);
                }
                if end == low {
                    return;
                }
                high = end.saturating_sub(1);
            }
        }
    }

    fn legacy_partition(&mut self, low: usize, high: usize) -> (usize, usize) {
        let middle = low.saturating_add(high.saturating_sub(low) / 2);
        self.swap_if_greater(low, middle);
        self.swap_if_greater(low, high);
        self.swap_if_greater(middle, high);
        let Some(pivot) = self.at(middle) else { return (high, low) };
        // `end` is one behind the position that the original counts down.
        let (mut left, mut end) = (low, high.saturating_add(1));
        loop {
            while self.below(left, pivot) {
                left = left.saturating_add(1);
            }
            while end > low && self.above(end.saturating_sub(1), pivot) {
                end = end.saturating_sub(1);
            }
            if left >= end {
                break;
            }
            if left < end.saturating_sub(1) {
                self.swap(left, end.saturating_sub(1));
            }
            left = left.saturating_add(1);
            end = end.saturating_sub(1);
            if left >= end {
                break;
            }
        }
        (left, end)
    }
}

/// `Array.Sort` of .NET Framework 4.5 and later.
pub(super) fn introsort(keys: Vec<u32>, less: impl Fn(u32, u32) -> bool) -> Vec<u32> {
    let Some(high) = keys.len().checked_sub(1) else { return keys };
    let depth = keys.len().ilog2().saturating_add(1).saturating_mul(2);
    let mut keys = Keys { keys, less };
    keys.introsort(0, high, depth);
    keys.keys
}

/// `Array.Sort` of older frameworks, and of programs that ask for their behaviour.
pub(super) fn legacy(keys: Vec<u32>, less: impl Fn(u32, u32) -> bool) -> Vec<u32> {
    let Some(high) = keys.len().checked_sub(1) else { return keys };
    let mut keys = Keys { keys, less };
    keys.legacy(0, high, LEGACY_DEPTH);
    keys.keys
}
