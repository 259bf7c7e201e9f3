//! What a commit takes, and so how long the next one may wait for company.
//!
//! A commit is a call over the network, a transaction, and a sync of the database's disk, whether one read is in it or fifty.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The longest wait: a commit that took long did so because something was in its way.
const PATIENCE_MAX: Duration = Duration::from_millis(5);

/// The last commit.
#[derive(Default)]
pub(crate) struct Pace(Mutex<Option<Ended>>);

#[derive(Clone, Copy)]
struct Ended {
    at: Instant,
    patience: Duration,
}

impl Pace {
    /// A commit that began then has ended now.
    pub(crate) fn ended(&self, begun: Instant, now: Instant) {
        let ended = Ended { at: now, patience: patience(now.saturating_duration_since(begun)) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
    }

    /// What is left of the wait behind it.
    pub(crate) fn patience(&self, now: Instant) -> Duration {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.map_or(Duration::ZERO, |last| {
            last.patience.saturating_sub(now.saturating_duration_since(last.at))
        })
    }
}

/// Half of what it took: who waits in vain is answered at worst half a commit later.
fn patience(took: Duration) -> Duration {
    took.checked_div(2).unwrap_or_default().min(PATIENCE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_half_a_commit_and_a_stall_makes_no_other() {
        assert_eq!(patience(Duration::from_millis(2)), Duration::from_millis(1));
        assert_eq!(patience(Duration::from_secs(10)), PATIENCE_MAX);
    }

    #[test]
    fn it_is_over_by_itself() {
        let (pace, begun) = (Pace::default(), Instant::now());
        let after = |millis| begun + Duration::from_millis(millis);
        assert_eq!(pace.patience(begun), Duration::ZERO, "nothing was committed yet");
        pace.ended(begun, after(20));
        assert_eq!(pace.patience(after(20)), PATIENCE_MAX);
        assert_eq!(pace.patience(after(23)), Duration::from_millis(2));
        assert_eq!(pace.patience(after(26)), Duration::ZERO);
    }
}
