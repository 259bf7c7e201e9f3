//! The embedded storage: one SQLite file, several processes.
//!
//! Trust: none in the file. Who owns it can stop the service, put back an older state of the whole, or read how many records there are
//! and how long; names and values are sealed before they come here. Who has the *disk* later may find what was deleted: see [`erase`].
//!
//! Reading order: this file, [`writer`] (one commit), [`known`] (why most expectations cost nothing), [`lock`] (whose turn it is),
//! [`checkpoint`] (how the WAL stays small), [`erase`], [`reader`], [`snapshot`]; then [`files`], [`schema`], [`connection`], [`rows`], [`errors`].
//!
//! # Invariants
//! - A commit takes the writer's mutex (between tasks), then the turn (between processes), then SQLite's own lock (against everybody
//!   else). In this order, always.
//! - A commit future that gets the mutex at once is ready at its first poll. It waits for other processes in that poll, at most
//!   [`SqliteOptions::lock_wait`].
//! - Nothing happens at `open` that a short-lived process does not need: readers and the checkpoint thread come later.
//! - A store belongs to the process that opened it. After a `fork`, the child opens its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use self::checkpoint::{Checkpointer, Progress};
use self::files::Files;
use self::lock::{FairLock, Turn};
use self::reader::Readers;
use self::snapshot::SqliteSnapshot;
use self::writer::Writer;
use super::{
    BoxFuture, Clock, Exclusive, Group, Key, Page, PendingPosition, PendingRow, Record, Sizes, Snapshot,
    Storage, StorageError, Verdict,
};
use crate::tenant::TenantId;

mod checkpoint;
mod connection;
mod erase;
mod errors;
mod files;
mod inspect;
mod known;
mod lock;
mod reader;
mod rows;
mod schema;
mod snapshot;
#[cfg(test)]
mod tests;
mod writer;

/// How long a commit waits for other processes, unless told otherwise.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Which store, and how.
#[derive(Clone)]
pub struct SqliteOptions {
    /// The folder of the store; nothing else should lie in it.
    pub dir: PathBuf,
    /// Decides `not_after`.
    pub clock: Clock,
    /// Whether a store that is not there is made.
    pub create: bool,
    /// The longest wait for other processes; 10 s unless told otherwise.
    pub lock_wait: Duration,
    /// A control: every expectation is taken to hold. For the test that shows that a stale read would be noticed.
    #[cfg(feature = "testkit")]
    pub dangerous_ignore_expectations: bool,
    /// Told of each file or folder that is synced here, and not by SQLite, whose VFS would see it. For `testkit::crash`.
    #[cfg(feature = "testkit")]
    pub on_synced: Option<OnSynced>,
}

/// Told of a sync; see [`SqliteOptions::on_synced`].
#[cfg(feature = "testkit")]
pub type OnSynced = Arc<dyn Fn(&std::path::Path) + Send + Sync>;

impl SqliteOptions {
    /// An existing store in `dir`.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, clock: Clock) -> Self {
        Self {
            dir: dir.into(),
            clock,
            create: false,
            lock_wait: LOCK_WAIT,
            #[cfg(feature = "testkit")]
            dangerous_ignore_expectations: false,
            #[cfg(feature = "testkit")]
            on_synced: None,
        }
    }
}

/// Records and pending rows in one SQLite file.
pub struct SqliteStorage {
    files: Arc<Files>,
    lock: Arc<FairLock>,
    lock_wait: Duration,
    writer: Arc<Mutex<Writer>>,
    readers: Readers,
    checkpointer: Checkpointer,
}

impl SqliteStorage {
    /// Opens the store, or makes it when the options say so.
    ///
    /// # Errors
    /// [`StorageError::Missing`], [`StorageError::Foreign`], [`StorageError::TooNew`] and [`StorageError::Permissions`] say what was found;
    /// the others are the system's.
    pub fn open(options: SqliteOptions) -> Result<Arc<Self>, StorageError> {
        let files = Files::locate(&options.dir, options.create)?;
        #[cfg(feature = "testkit")]
        let files = files.telling(options.on_synced);
        let files = Arc::new(files);
        files.check()?;
        let exists = files.database_exists()?;
        if !exists && !options.create {
            return Err(StorageError::Missing(files.database.clone()));
        }
        let lock = FairLock::open(&files)?;
        if !exists {
            let _turn = lock.take(options.lock_wait)?;
            schema::create(&files)?;
        }
        let progress = Arc::<Progress>::default();
        let writer = Writer::open(Arc::clone(&files), options.clock, Arc::clone(&progress))?;
        #[cfg(feature = "testkit")]
        let writer = writer.with_expectations_ignored(options.dangerous_ignore_expectations);
        Ok(Arc::new(Self {
            lock,
            lock_wait: options.lock_wait,
            writer: Arc::new(Mutex::new(writer)),
            readers: Readers::new(Arc::clone(&files)),
            checkpointer: Checkpointer::new(Arc::clone(&files), progress),
            files,
        }))
    }

    async fn writer(&self) -> OwnedMutexGuard<Writer> {
        // A try first: unlike `lock_owned`, it never yields for the sake of the executor's budget when the mutex is free.
        // It is given to who waits before it is free, so that a try can't overtake.
        match Arc::clone(&self.writer).try_lock_owned() {
            Ok(writer) => writer,
            Err(_) => Arc::clone(&self.writer).lock_owned().await,
        }
    }

    /// The commit itself; the caller has the turn.
    fn commit_now(&self, writer: &mut Writer, group: Group) -> Result<Vec<Verdict>, StorageError> {
        self.checkpointer.make_room(writer.connection(), self.lock_wait)?;
        let committed = writer.commit(group);
        self.checkpointer.commit_done();
        committed
    }
}

impl Drop for SqliteStorage {
    fn drop(&mut self) {
        // Every commit and every `Exclusive` holds the storage, so nobody has the mutex now.
        if let Ok(writer) = self.writer.try_lock() {
            self.checkpointer.close(writer.connection(), &self.lock);
        }
    }
}

impl Storage for SqliteStorage {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        Box::pin(async move { self.readers.get(keys) })
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        Box::pin(async move { self.readers.scan(prefix, after, limit) })
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        Box::pin(async move { self.readers.pending(of, after, limit) })
    }

    fn commit(self: Arc<Self>, group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            let mut writer = self.writer().await;
            let _turn = self.lock.take(self.lock_wait)?;
            self.commit_now(&mut writer, group)
        })
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Box::pin(async move {
            let writer = self.writer().await;
            let turn = self.lock.take(self.lock_wait)?;
            Ok(Box::new(SqliteExclusive { _turn: turn, writer, storage: self }) as Box<dyn Exclusive>)
        })
    }

    /// Writes the file anew, and cuts the WAL to nothing; see [`erase`] for what it costs and what remains.
    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>> {
        Box::pin(async move {
            let writer = self.writer().await;
            let _turn = self.lock.take(self.lock_wait)?;
            erase::erase(writer.connection(), self.lock_wait, &self.files)?;
            self.checkpointer.emptied();
            Ok(())
        })
    }

    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>> {
        Box::pin(async move { inspect::inspect(&self.readers) })
    }

    /// A read transaction; see [`snapshot`] for what the WAL does meanwhile, and when it ends.
    fn snapshot(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Snapshot>, StorageError>> {
        Box::pin(async move { Ok(Box::new(SqliteSnapshot::take(self).await?) as Box<dyn Snapshot>) })
    }

    fn sizes(&self) -> Sizes {
        self.files.sizes()
    }
}

/// Fields are dropped in order: the turn goes to another process before a task of this one can ask for it.
struct SqliteExclusive {
    _turn: Turn,
    writer: OwnedMutexGuard<Writer>,
    storage: Arc<SqliteStorage>,
}

impl Exclusive for SqliteExclusive {
    fn commit(&mut self, group: Group) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move { self.storage.commit_now(&mut self.writer, group) })
    }
}
