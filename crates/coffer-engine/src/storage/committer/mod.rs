//! Many operations, one commit.
//!
//! Every operation ends in [`Committer::submit`]. While one commit runs, the submissions of all others gather; the next commit
//! takes them together. Only where a commit is dear is there a wait for company ([`crowd`]).
//!
//! Who commits? When a submission that need only be *written* comes to an idle committer, its own task leads: it commits in
//! place, and no thread is woken. When it is done it gives the lead to one of those who gathered meanwhile, together with their
//! submission. What must be *synced* waits for the disk, so a thread leads ([`driver`]). The lead is a value
//! ([`lead::Lead`]); dropping it, as a cancelled request does, passes it on to the thread.
//!
//! # Invariants
//! - A submission is committed at most once, and its task learns the verdict unless it went away.
//! - There is at most one lead; it is never lost.
//! - No executor is blocked by another task's disk: a commit that is not ready at the first poll goes on in the thread.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use self::crowd::Crowd;
use self::driver::Driver;
use self::lead::Lead;
pub(crate) use self::rows::{Committed, SealRow};
use self::watched::Watched;
use super::{Batch, Durability, Exclusive, Storage, StorageError, keyspace};
use crate::limits::QUEUE_MAX_BATCHES;
use crate::monitoring::Watch;

mod crowd;
mod driver;
mod lead;
mod rows;
mod watched;

/// One operation's batch with its audit entries.
pub(crate) struct Submission {
    pub(crate) batch: Batch,
    pub(crate) entries: Entries,
    pub(crate) durability: Durability,
}

/// Leaves of one owner's log, and what seals them.
pub(crate) type Leaves = (Vec<Vec<u8>>, Arc<dyn SealRow>);
/// The same, looked at.
type LeavesRef<'a> = (&'a [Vec<u8>], &'a Arc<dyn SealRow>);

/// What a batch leaves in the log.
pub(crate) enum Entries {
    /// The leaves of its entries; at least one.
    Leaves {
        leaves: Vec<Vec<u8>>,
        /// Seals them, with those of its neighbours, for their tenant.
        seal: Arc<dyn SealRow>,
    },
    /// The same in the logs of several owners: of whose operation it is, and of those whom it is about.
    InSeveral { own: Leaves, others: Vec<Leaves> },
    /// Nothing: the batch writes the log itself.
    Nothing(LogOnly),
}

impl Entries {
    /// The leaves, and what seals them, of each owner; the first is whose operation it is.
    fn parts(&self) -> Vec<LeavesRef<'_>> {
        match self {
            Self::Leaves { leaves, seal } => vec![(leaves, seal)],
            Self::InSeveral { own, others } => {
                std::iter::once(own).chain(others).map(|(leaves, seal)| (leaves.as_slice(), seal)).collect()
            }
            Self::Nothing(_) => Vec::new(),
        }
    }
}

/// Proof that a batch writes the log and nothing else. Only such a batch may go without an entry: what it writes are the entries.
pub(crate) struct LogOnly(());

impl LogOnly {
    /// The proof, for a batch that is so.
    ///
    /// # Errors
    /// [`StorageError::Entries`] for one that writes anything else.
    pub(crate) fn of(batch: &Batch) -> Result<Self, StorageError> {
        let mut keys = batch.put.iter().map(|put| &put.key).chain(&batch.delete);
        let only = batch.touch.is_empty() && keys.all(keyspace::keeps_the_log);
        only.then_some(Self(())).ok_or(StorageError::Entries)
    }
}

/// What became of a submission.
pub(crate) enum Decided {
    /// It happened, and its entries are there.
    Committed(Committed),
    /// It happened: a batch that writes the log itself.
    Kept,
    /// Something is not as expected.
    Conflict,
    /// Too late.
    Expired,
}

pub(crate) struct Committer {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    storage: Arc<dyn Storage>,
    queue: Mutex<Queue>,
    /// Told when as many have gathered as are awaited.
    gathered: Condvar,
    driver: Driver,
    watch: Arc<Watch>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether somebody holds the [`Lead`].
    led: bool,
    /// As the thread's last commit left it.
    crowd: Option<Crowd>,
    /// Whom the thread waits for.
    awaited: Option<Crowd>,
}

/// A submission whose task waits.
struct Waiting {
    submission: Submission,
    answer: oneshot::Sender<Answer>,
}

enum Answer {
    Decided(Result<Decided, StorageError>),
    /// Lead, and take your submission with you.
    Lead(Lead, Box<Submission>),
}

impl Committer {
    pub(crate) fn new(storage: Arc<dyn Storage>, watch: Arc<Watch>) -> Self {
        let (queue, gathered, driver) = (Mutex::default(), Condvar::new(), Driver::default());
        Self { shared: Arc::new(Shared { storage, queue, gathered, driver, watch }) }
    }

    /// Commits a submission together with whatever else is there.
    pub(crate) async fn submit(&self, submission: Submission) -> Result<Decided, StorageError> {
        let waiting = match self.shared.join(submission)? {
            Place::Leader(lead, submission) => return lead.commit(*submission).await,
            Place::Follower(waiting) => waiting,
        };
        match waiting.await {
            Ok(Answer::Decided(decided)) => decided,
            Ok(Answer::Lead(lead, submission)) => lead.commit(*submission).await,
            // The thread that committed for us died: nobody knows the outcome.
            Err(_) => Err(StorageError::Interrupted),
        }
    }

    /// Takes the store's write lock, past the queue. For an operation that met too many conflicts.
    pub(crate) async fn exclusive(&self) -> Result<Locked, StorageError> {
        let lock = Arc::clone(&self.shared.storage).exclusive().await?;
        Ok(Locked(Mutex::new(lock), Arc::clone(&self.shared.watch)))
    }
}

/// The store's write lock, held: nobody else commits until this is dropped.
///
/// The mutex is never contended: it lets a round, which may own the lock, be shared between threads.
pub(crate) struct Locked(Mutex<Box<dyn Exclusive>>, Arc<Watch>);

impl Locked {
    /// Commits one submission under the lock.
    pub(crate) async fn submit(&mut self, submission: Submission) -> Result<Decided, StorageError> {
        let submissions = vec![submission];
        let watched = Watched::new(&self.1, &submissions);
        let (group, rows) = rows::group(submissions);
        let exclusive = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let verdicts = watched.until(exclusive.commit(group)).await?;
        rows::decided(verdicts, &rows).pop().unwrap_or(Err(StorageError::Entries))
    }
}

enum Place {
    Leader(Lead, Box<Submission>),
    Follower(oneshot::Receiver<Answer>),
}

impl Shared {
    /// Takes a place: at the head when nobody leads and nothing must be synced, else in the queue.
    fn join(self: &Arc<Self>, submission: Submission) -> Result<Place, StorageError> {
        let synced = submission.durability == Durability::Synced;
        let (answer, receiver) = oneshot::channel();
        {
            let mut queue = self.queue();
            if !queue.led && !synced {
                queue.led = true;
                drop(queue);
                return Ok(Place::Leader(Lead::new(Arc::clone(self)), Box::new(submission)));
            }
            if queue.waiting.len() >= QUEUE_MAX_BATCHES {
                return Err(StorageError::Overloaded);
            }
            queue.waiting.push_back(Waiting { submission, answer });
            if queue.led {
                self.has_come(&queue);
                return Ok(Place::Follower(receiver));
            }
            queue.led = true;
        }
        self.driver.lead(Lead::new(Arc::clone(self)));
        Ok(Place::Follower(receiver))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A panic while the lock is held leaves the queue whole: nothing in it is half done.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
