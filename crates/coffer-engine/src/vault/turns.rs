//! How many files are under way in this process: each takes memory for as long as somebody sends it, or takes it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ErrorKind;
use crate::limits::{FILES_IN_MAX, FILES_OUT_MAX};

/// The turns that are left. Nobody waits for one: who comes too late comes again.
pub(super) struct Turns {
    coming: Arc<Semaphore>,
    going: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        let turns = |most| Arc::new(Semaphore::new(most));
        Self { coming: turns(FILES_IN_MAX), going: turns(FILES_OUT_MAX) }
    }
}

impl Turns {
    /// One of [`FILES_IN_MAX`], as long as the answer is there.
    pub(super) fn to_come_in(&self) -> Result<OwnedSemaphorePermit, ErrorKind> {
        one_of(&self.coming)
    }

    /// One of [`FILES_OUT_MAX`], as long as the answer is there.
    pub(super) fn to_go_out(&self) -> Result<OwnedSemaphorePermit, ErrorKind> {
        one_of(&self.going)
    }
}

fn one_of(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ErrorKind> {
    Arc::clone(turns).try_acquire_owned().map_err(|_| ErrorKind::Busy)
}
