//! Writers of one secret queue within a process: they would only conflict with each other.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use crate::path::SecretPath;
use crate::tenant::TenantName;

/// Lines that may be left behind by queues that ended before they are swept.
const SWEEP_AT: usize = 1024;

type Name = (TenantName, SecretPath);

/// The queues that have somebody in them.
#[derive(Default)]
pub(super) struct Writers {
    queues: Mutex<HashMap<Name, Weak<Queue<()>>>>,
}

impl Writers {
    /// Waits for one's turn at all of these; it ends when the answer is dropped. They are taken in order of their names, so
    /// that two operations can't wait for each other.
    pub(super) async fn enter(&self, names: impl Iterator<Item = Name>) -> Vec<OwnedMutexGuard<()>> {
        let names: BTreeSet<Name> = names.collect();
        let mut turns = Vec::with_capacity(names.len());
        for name in names {
            let queue = self.queue(name);
            turns.push(queue.lock_owned().await);
        }
        turns
    }

    fn queue(&self, name: Name) -> Arc<Queue<()>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(&name).and_then(Weak::upgrade) {
            return queue;
        }
        if queues.len() >= SWEEP_AT {
            queues.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue = Arc::default();
        queues.insert(name, Arc::downgrade(&queue));
        queue
    }
}
