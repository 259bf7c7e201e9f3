//! Which conditions hold now, and until when that is known.

use crate::access::condition::{Circumstances, Conditions};
use crate::time::Timestamp;

/// Which conditions of an identity's powers hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    holds: Vec<bool>,
    until: Option<Timestamp>,
}

impl Standing {
    pub(super) fn of(conditions: &[Conditions], circumstances: &Circumstances) -> Self {
        let mut standing = Self::default();
        for condition in conditions {
            let held = condition.held(circumstances);
            standing.holds.push(held.holds);
            standing.until = [standing.until, held.until].into_iter().flatten().min();
        }
        standing
    }

    /// The last moment of which it is known; `None`: it stays.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Whether what has these conditions holds.
    pub(super) fn holds(&self, condition: Option<usize>) -> bool {
        condition.is_none_or(|at| self.holds.get(at).copied().unwrap_or(false))
    }
}
