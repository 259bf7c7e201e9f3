//! Waits for an index that somebody else makes.
//!
//! # Invariants
//! - Who waits takes a step with each that is taken by whom he waits for: he has time while that goes on, and no longer.
//! - No more than [`INDEX_WAITERS_MAX`] wait so for one index, and the others as long as for anything else: who waits keeps a turn, which others
//!   than this tenant need too.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::{MutexGuard, Notify, Semaphore};

use super::{Index, Reached};
use crate::limits::INDEX_WAITERS_MAX;
use crate::op::Steps;

/// Those who wait for an index.
pub(super) struct Waiters {
    /// Told of each step.
    goes_on: Notify,
    /// Places for those who wait as long as it takes.
    patient: Semaphore,
}

impl Default for Waiters {
    fn default() -> Self {
        Self { goes_on: Notify::new(), patient: Semaphore::new(INDEX_WAITERS_MAX) }
    }
}

impl Waiters {
    /// One more step is taken.
    pub(super) fn tell(&self) {
        self.goes_on.notify_waiters();
    }
}

impl Index {
    /// How far it has come, for who will bring it further.
    pub(super) async fn turn(&self, steps: &Steps<'_>) -> MutexGuard<'_, Option<Reached>> {
        let Ok(_place) = self.waiters.patient.try_acquire() else { return self.reached.lock().await };
        let mut turn = pin!(self.reached.lock());
        loop {
            let mut step = pin!(self.waiters.goes_on.notified());
            let mine = poll_fn(|context| match turn.as_mut().poll(context) {
                Poll::Ready(reached) => Poll::Ready(Some(reached)),
                Poll::Pending => step.as_mut().poll(context).map(|()| None),
            });
            match mine.await {
                Some(reached) => return reached,
                None => steps.step(),
            }
        }
    }
}
