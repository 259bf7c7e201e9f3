//! Whose turn is it? A fair lock between processes.
//!
//! SQLite's own write lock is safe and not fair: whoever polls it at the right moment has it, and of eight busy processes some
//! wait for seconds. So processes take turns before they ask SQLite.
//!
//! Trust: none. Somebody who removes the lock files, or never lets go of them, takes fairness and progress from the processes
//! that use this store. SQLite's lock still keeps commits apart.
//!
//! # Invariants
//! - A turnstile of two files: who wants to commit takes `next`, then `main`, then lets go of `next`. So at most one process waits
//!   for `main`, nobody can take it from under him, and who has just committed queues behind him.
//! - The system lets go of both when a process dies.
//! - Nobody waits without a limit, and no clock is read: the pauses are added up. The true wait is a little longer.
//! - A lock belongs to a [`FairLock`], not to a thread: its owner lets one task at a time take it (the writer's mutex).

use std::fs::File;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::files::{Files, io_error, open_or_make};
use crate::storage::StorageError;

/// A newcomer's pause between two looks at `next`. Who has waited longer looks more often: that is what makes the queue fair. (Eight
/// processes on two cores that sync each commit: worst wait mostly under 70 ms. With pauses that grow, as in any back-off, 110 to 280 ms.)
const PAUSE_OF_NEWCOMERS: Duration = Duration::from_micros(400);
/// How long one is a newcomer.
const NEWCOMER_FOR: Duration = Duration::from_millis(2);
/// The pause of those who have waited, and of the one who waits for `main`: while he pauses, nobody commits.
const PAUSE: Duration = Duration::from_micros(50);
/// The pause of everybody once something is stuck, so that waiting costs little.
const PAUSE_WHEN_STUCK: Duration = Duration::from_millis(1);
/// When something is stuck: no commit takes as long.
const STUCK_AFTER: Duration = Duration::from_millis(500);

/// The two lock files of a store, opened once.
pub(super) struct FairLock {
    next: File,
    main: File,
}

/// The turn is ours until this is dropped.
pub(super) struct Turn(Arc<FairLock>);

impl FairLock {
    /// Opens the lock files, and makes them when they are missing.
    pub(super) fn open(files: &Files) -> Result<Arc<Self>, StorageError> {
        Ok(Arc::new(Self { next: open_or_make(&files.next)?, main: open_or_make(&files.lock)? }))
    }

    /// Waits for the turn, at most `limit`.
    pub(super) fn take(self: &Arc<Self>, limit: Duration) -> Result<Turn, StorageError> {
        let mut waited = Duration::ZERO;
        wait_for(&self.next, PAUSE_OF_NEWCOMERS, &mut waited, limit)?;
        let taken = wait_for(&self.main, PAUSE, &mut waited, limit);
        let _ = flock(&self.next, FlockOperation::Unlock);
        taken.map(|()| Turn(Arc::clone(self)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // It fails for a descriptor that is not open, and ours is.
        let _ = flock(&self.0.main, FlockOperation::Unlock);
    }
}

fn wait_for(
    file: &File,
    newcomer: Duration,
    waited: &mut Duration,
    limit: Duration,
) -> Result<(), StorageError> {
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK | Errno::INTR) => {}
            Err(error) => return Err(io_error(&error.into())),
        }
        if *waited >= limit {
            return Err(StorageError::Busy(limit.as_secs().max(1)));
        }
        let pause = match *waited {
            waited if waited < NEWCOMER_FOR => newcomer,
            waited if waited < STUCK_AFTER => PAUSE,
            _ => PAUSE_WHEN_STUCK,
        };
        sleep(pause);
        *waited = waited.saturating_add(pause);
    }
}
