//! Something that holds for a while, and then no longer.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Held while the number is odd: from the acknowledgement of its beginning, until its end is asked for.
#[derive(Default)]
pub(super) struct Pause {
    number: AtomicUsize,
    /// Reads that began while it was held.
    pub(super) tried: AtomicUsize,
}

impl Pause {
    /// It was acknowledged.
    pub(super) fn begin(&self) {
        self.tried.store(0, Ordering::Release);
        self.number.fetch_add(1, Ordering::AcqRel);
    }

    /// Its end is about to be asked for.
    pub(super) fn end(&self) {
        self.number.fetch_add(1, Ordering::AcqRel);
    }

    /// As it is before a read is sent.
    pub(super) fn look(&self) -> usize {
        self.number.load(Ordering::Acquire)
    }

    /// Whether it was held when the read was sent, and still when it was answered. Such a read is counted.
    pub(super) fn held_all_along(&self, before: usize) -> bool {
        let is_held = before % 2 == 1;
        if is_held {
            self.tried.fetch_add(1, Ordering::AcqRel);
        }
        is_held && self.number.load(Ordering::Acquire) == before
    }
}
