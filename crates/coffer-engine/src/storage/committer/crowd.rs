//! Waiting for those who were just answered, where a commit is dear.
//!
//! Requests of many connections fall into two crowds: while one's commit is on its way the other gathers, and goes with the next. As one
//! crowd they need half as many commits. So who commits waits a little, until as many have gathered as there were before.
//!
//! # Invariants
//! - Nobody waits who is alone, nor where as many have gathered as were answered and waited when the last commit ended.
//! - How long a wait may be the storage says: it knows what a commit takes there, and when the last one ended.

use std::sync::PoisonError;
use std::time::Duration;

use super::{Queue, Shared};
use crate::limits::GROUP_MAX_BATCHES;

/// Who is answered by a commit that ends, and who waits already.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crowd(usize);

impl Shared {
    /// Waits for those who were just answered, if there is any sense in it.
    pub(super) fn wait_for_the_crowd(&self) {
        let mut queue = self.queue();
        loop {
            let gathered = Crowd(queue.waiting.len());
            let missing = queue.crowd.filter(|crowd| gathered > Crowd(0) && gathered < *crowd);
            let left = missing.map_or(Duration::ZERO, |_| self.storage.patience());
            queue.awaited = missing.filter(|_| !left.is_zero());
            if queue.awaited.is_none() {
                return;
            }
            let (woken, waited) =
                self.gathered.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if waited.timed_out() {
                queue.awaited = None;
                return;
            }
        }
    }

    /// Somebody has come: the wait may be over.
    pub(super) fn has_come(&self, queue: &Queue) {
        if queue.awaited.is_some_and(|awaited| Crowd(queue.waiting.len()) >= awaited) {
            self.gathered.notify_one();
        }
    }

    /// A commit has ended, and those whom it answers, so many, have not been told yet: who comes again is not counted twice.
    pub(super) fn crowd_of(&self, answered: usize) {
        let mut queue = self.queue();
        queue.crowd = Some(Crowd(answered.saturating_add(queue.waiting.len()).min(GROUP_MAX_BATCHES)));
    }
}
