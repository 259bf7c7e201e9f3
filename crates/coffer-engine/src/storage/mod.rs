//! Where is it? The floor of the engine: sealed records, expectations, and one commit that decides.
//!
//! [`Storage`] is one of the engine's four traits. It keeps opaque bytes under opaque keys and is **not trusted**: every value
//! is sealed and bound to its place before it comes here, and names are keyed hashes. Who owns the storage can stop the
//! service; he can't read a name or a value, move a record, or forge one.
//!
//! Reading order: this file (the trait and its words), [`committer`] (how many operations share one commit),
//! [`record`] (how a record is sealed), [`keyspace`] (where it lies), then an implementation.
//!
//! # Invariants
//! - Nothing here decides who may do what, and nothing here opens a secret's value.
//! - No implementation sees a plaintext, a name, or a path.
//! - Nothing here waits for a timer: while one commit runs, the next one fills.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use self::error::StorageError;
pub use self::key::Key;
pub use self::unfinished::UnfinishedStore;
pub use self::verdict::{Decision, decide};
use crate::tenant::TenantId;
use crate::time::Timestamp;

pub(crate) mod cache;
pub(crate) mod committer;
mod error;
pub(crate) mod filling;
mod folder_hashes;
mod key;
pub(crate) mod keyring;
pub(crate) mod keyspace;
pub(crate) mod load;
pub mod memory;
pub(crate) mod moving;
pub(crate) mod record;
pub mod sqlite;
mod unfinished;
mod verdict;

/// A storage's own clock, read inside the commit that it decides. It comes from the edge; a test brings its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What an asynchronous verb of [`Storage`] returns. Embedded storages are ready at the first poll.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// 16 random bytes chosen by who writes a record, never used twice.
///
/// A record that is deleted and made again never revalidates an old expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub [u8; 16]);

/// A stored record: its revision and its bytes, sealed by who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Chosen by the writer; bound in the context that the value is sealed under.
    pub revision: Revision,
    /// Opaque bytes. Empty for a *marker*, a record that exists for its revision only.
    pub value: Arc<[u8]>,
}

/// What an operation found when it decided, to be found again when it commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// The record looked at.
    pub key: Key,
    /// Its revision then, or `None`: there was no such record.
    pub revision: Option<Revision>,
}

/// A record to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Where.
    pub key: Key,
    /// A fresh random revision.
    pub revision: Revision,
    /// Sealed bytes.
    pub value: Arc<[u8]>,
}

/// What one operation wants to happen: all of it, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Every record that the decision was based on, as it was then.
    pub expect: Vec<Expectation>,
    /// The moment after which the decision no longer holds, on the storage's clock: `now > not_after` is [`Verdict::Expired`].
    pub not_after: Option<Timestamp>,
    /// Records to write. A key appears at most once among `put`, `delete` and `touch`.
    pub put: Vec<Put>,
    /// Records to remove; removing what is not there is not an error.
    pub delete: Vec<Key>,
    /// Markers whose revision is renewed whatever it was; an absent one is made, with an empty value. Never a sealed record:
    /// its revision is bound in its context.
    pub touch: Vec<(Key, Revision)>,
    /// Pending rows whose entries this batch puts into the log: they are removed. One that is gone already is not an error; that an
    /// entry is never put into the log twice is what the batch's expectation of the log's head is for.
    pub integrated: Vec<PendingPosition>,
}

impl Batch {
    /// Whether the batch changes no record (its audit entry is appended all the same).
    #[must_use]
    pub fn reads_only(&self) -> bool {
        self.put.is_empty() && self.delete.is_empty() && self.touch.is_empty() && self.integrated.is_empty()
    }
}

/// What became of one batch. Each is decided by itself: a conflict in one does not touch its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It happened, as durably as was asked.
    Committed,
    /// This key is not as expected; nothing of the batch happened.
    Conflict(Key),
    /// Its `not_after` has passed on the storage's clock; nothing of the batch happened.
    Expired,
    /// The connection broke while the storage decided, and the storage could not find out since. A storage asks before it says so, and
    /// asks what can tell: that a pending row is not there does not, for it may be in the log by now.
    Unknown,
}

/// How much a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Survives `kill -9` of every process, not the loss of power. For entries of reads, embedded storage only.
    Written,
    /// Survives the loss of power. Every change, always.
    Synced,
}

/// A pending audit row: the sealed entries of one commit for one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRow {
    /// Random; bound in the context that the row is sealed under.
    pub id: [u8; 16],
    /// Whose entries these are.
    pub tenant: TenantId,
    /// Opaque bytes.
    pub sealed: Arc<[u8]>,
}

/// Where a pending row lies in the order of commits. Grows; has gaps; is never given twice, also when its row is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PendingPosition(pub u64);

/// Seals the audit entries of the batches that a commit admits.
///
/// A storage calls it once its verdicts stand and before it writes, at the end of which rows and changes are in the same
/// commit. A storage that can't do so between the two (one round trip) calls it for all batches and, when one of them fails,
/// writes nothing and starts again with the others.
pub trait EntryWriter: Send {
    /// The rows for the batches at these indexes of [`Group::batches`], in this order. May be called again with fewer.
    ///
    /// # Errors
    /// [`StorageError::Entries`] when they could not be sealed; the storage then writes nothing at all.
    fn rows(&mut self, admitted: &[usize]) -> Result<Vec<PendingRow>, StorageError>;
}

/// Batches that share one commit.
pub struct Group {
    /// In the order in which they are decided: a later one sees what an earlier one wrote.
    pub batches: Vec<Batch>,
    /// Their audit entries.
    pub entries: Box<dyn EntryWriter>,
    /// The strongest that any of them asks for.
    pub durability: Durability,
}

/// One page of a [`Storage::scan`], in the order of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most as many as were asked for.
    pub records: Vec<(Key, Record)>,
    /// Where the next page begins (exclusive), when there is more.
    pub next: Option<Key>,
}

/// Where the bytes lie.
///
/// Every implementation passes `testkit::exercise_storage`. All verbs may be called by many tasks at once, and several
/// processes may have the same storage open.
pub trait Storage: Send + Sync + 'static {
    /// The records at these keys, in this order; `None` where there is none. The keys are not read at one moment: what must be
    /// seen together is expected together.
    ///
    /// # Errors
    /// [`StorageError`] when the storage can't be read.
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>>;

    /// Records whose key begins with `prefix` and is greater than `after`, in the order of keys, at most `limit` of them.
    ///
    /// # Errors
    /// [`StorageError`] when the storage can't be read.
    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>>;

    /// Pending audit rows of one tenant, or of all, after `after`, in the order of their commits, at most `limit` of them.
    ///
    /// # Errors
    /// [`StorageError`] when the storage can't be read.
    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>>;

    /// Decides each batch, in order, and makes those that stand happen together with their audit rows. One verdict a batch.
    ///
    /// # Errors
    /// [`StorageError`] when nothing was committed for anybody.
    fn commit(self: Arc<Self>, group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>>;

    /// Takes the store's write lock: until the answer is dropped nobody else, in any process, commits. For an operation that
    /// met too many conflicts. `get` goes on as before.
    ///
    /// # Errors
    /// [`StorageError::Busy`] when it could not be had in time.
    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>>;

    /// Makes what was deleted unreachable in the storage's own files, as far as the storage can (see its own words).
    ///
    /// # Errors
    /// [`StorageError`] when it could not be done now; deleted keys stay deleted.
    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>>;

    /// Looks for damage in the storage's own structure; slow, for `doctor`. What it finds, one line each, none of them a value.
    ///
    /// # Errors
    /// [`StorageError`] when the storage can't be read at all.
    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>>;

    /// All that is stored, as it is at one moment, whatever is written meanwhile. What that costs whoever writes, each storage
    /// says of itself.
    ///
    /// # Errors
    /// [`StorageError`] when the storage can't be read.
    fn snapshot(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Snapshot>, StorageError>>;

    /// How much longer the next commit may wait for those whom the last one answered: they may come again, and share it. Where a commit
    /// costs little beyond what is in it, that gains nothing, and there is no such wait.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// What it takes up, as far as it knows at once. Nothing is decided on it.
    fn sizes(&self) -> Sizes {
        Sizes::default()
    }
}

/// What a storage takes up, in bytes; `None` where it does not know, or has no such thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The records.
    pub bytes: Option<u64>,
    /// Commits that are not copied to their place yet.
    pub wal_bytes: Option<u64>,
}

/// The store's write lock, held.
pub trait Exclusive: Send {
    /// [`Storage::commit`] under the lock.
    ///
    /// # Errors
    /// As [`Storage::commit`].
    fn commit(&mut self, group: Group) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>>;
}

/// All that was stored at one moment. Dropped, it is let go.
pub trait Snapshot: Send {
    /// Records behind `after`, in the order of keys, at most `limit` of them.
    ///
    /// # Errors
    /// As [`Storage::scan`], and [`StorageError::Overtaken`] when it could not be held so long.
    fn records(&mut self, after: Option<Key>, limit: usize) -> BoxFuture<'_, Result<Page, StorageError>>;

    /// Pending rows of all tenants behind `after`, in the order of their commits, at most `limit` of them.
    ///
    /// # Errors
    /// As [`Snapshot::records`].
    fn pending(
        &mut self,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>>;
}
