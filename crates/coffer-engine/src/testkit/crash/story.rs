//! What is known of a scenario besides its operations: what the storage acknowledged, and what the scenario was promised.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::state::State;
use super::survivor::{Check, Survivor};
use crate::storage::Durability;

/// What an acknowledgement is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// It survives the death of every process.
    Written,
    /// It survives the loss of power too.
    Synced,
}

/// Names an acknowledgement, so that it can be taken back.
#[derive(Debug)]
pub struct Ack(pub(super) usize);

/// Something that the scenario was told.
pub(super) struct Acknowledged {
    pub(super) what: String,
    pub(super) promise: Promise,
    /// It holds from this many operations on,
    pub(super) from: usize,
    /// and up to this many: then something began that may end it.
    pub(super) until: Option<usize>,
    pub(super) check: Box<dyn Fn(&Survivor) -> Check + Send + Sync>,
}

/// A commit that the storage has acknowledged.
pub(super) struct Commit {
    pub(super) durability: Durability,
    /// Its answer came after so many operations.
    pub(super) at: usize,
    /// What the store held then.
    pub(super) state: State,
}

/// A scenario so far.
#[derive(Default)]
pub(super) struct Story {
    pub(super) commits: Vec<Commit>,
    pub(super) acknowledged: Vec<Acknowledged>,
    /// Cuts begin after so many operations.
    pub(super) begin: usize,
    /// Storages that are open.
    open: usize,
}

/// The story, written by the scenario and by the threads of its storage.
#[derive(Default)]
pub(super) struct Telling {
    story: Mutex<Story>,
    closed: Condvar,
}

impl Acknowledged {
    /// Whether it must hold after a crash that came after `at` operations.
    pub(super) fn holds(&self, at: usize, promise: Promise) -> bool {
        let in_time = self.from <= at && self.until.is_none_or(|until| at <= until);
        in_time && (promise == Promise::Written || self.promise == Promise::Synced)
    }
}

impl Story {
    /// The first state that may be found after a crash that came after `at` operations: the last one that was acknowledged as durable
    /// enough. `None`: nothing was, and an empty store is fine.
    pub(super) fn oldest_allowed(&self, at: usize, promise: Promise) -> Option<usize> {
        let durable =
            |commit: &Commit| promise == Promise::Written || commit.durability == Durability::Synced;
        self.commits.iter().rposition(|commit| commit.at <= at && durable(commit))
    }
}

impl Telling {
    pub(super) fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The story, once nobody has the store open.
    pub(super) fn when_closed(&self) -> MutexGuard<'_, Story> {
        self.closed.wait_while(self.story(), |story| story.open > 0).unwrap_or_else(PoisonError::into_inner)
    }

    /// A storage has been opened.
    pub(super) fn opened(&self) {
        let mut story = self.story();
        story.open = story.open.saturating_add(1);
    }

    /// A storage has been closed.
    pub(super) fn closed(&self) {
        let mut story = self.story();
        story.open = story.open.saturating_sub(1);
        self.closed.notify_all();
    }
}
