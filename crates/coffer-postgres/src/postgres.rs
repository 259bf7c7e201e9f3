//! The storage, open.

use std::sync::Arc;
use std::time::Duration;

use coffer_encryption::random;
use coffer_engine::block_on;
use coffer_engine::storage::{
    BoxFuture, Exclusive, Group, Key, Page, PendingPosition, PendingRow, Record, Sizes, Snapshot, Storage,
    StorageError, Verdict,
};
use coffer_engine::tenant::TenantId;
use coffer_engine::time::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::connector::Connector;
use crate::errors::explain;
use crate::gets::{Gets, get};
use crate::pace::Pace;
use crate::pending::pending;
use crate::readers::Readers;
use crate::session::Writing;
use crate::settings::Settings;
use crate::sizes::Measured;
use crate::statements::FORGET_PROCESSES;
use crate::worker::Worker;
use crate::writer::Writer;
use crate::{erase, exclusive, inspect, schema, snapshot};

/// Records and pending rows in a PostgreSQL database.
pub struct Postgres {
    pub(crate) inner: Arc<Inner>,
    pub(crate) worker: Worker,
}

/// What goes to the thread of the database.
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) connector: Connector,
    /// Who commits, for as long as this is open.
    pub(crate) process: [u8; 16],
    /// Had by whoever commits; an [`Exclusive`] keeps it.
    pub(crate) writer: Arc<Mutex<Writer>>,
    pub(crate) readers: Readers,
    pub(crate) gets: Arc<Gets>,
    pace: Pace,
    measured: Arc<Measured>,
}

impl Postgres {
    /// Opens the store; where the settings say so, its tables are made first.
    ///
    /// # Errors
    /// [`StorageError::Missing`] where there are no tables; [`StorageError::TooNew`], [`StorageError::TooOld`] and
    /// [`StorageError::Foreign`] where they are not ours to use; what keeps the database from being reached.
    pub fn open(settings: Settings) -> Result<Arc<Self>, StorageError> {
        let worker = Worker::start()?;
        let inner = Arc::new(Inner {
            settings,
            connector: Connector::default(),
            process: random::bytes().map_err(|_| StorageError::Entries)?,
            writer: Arc::default(),
            readers: Readers::new(),
            gets: Arc::default(),
            pace: Pace::default(),
            measured: Arc::default(),
        });
        let opened = Arc::clone(&inner);
        block_on(worker.run(async move {
            let mut writer = opened.writer.lock().await;
            let missing = match writer.session(&opened).await {
                Err(missing @ StorageError::Missing(_)) => missing,
                session => return forget_processes(session?).await,
            };
            if !opened.settings.create {
                return Err(missing);
            }
            schema::migrate_over(&opened.connector, &opened.settings).await?;
            forget_processes(writer.session(&opened).await?).await
        }))?;
        Ok(Arc::new(Self { inner, worker }))
    }
}

/// Removes what is left of processes that ended long ago.
async fn forget_processes(session: &Writing) -> Result<(), StorageError> {
    let forgotten = session.client.execute(FORGET_PROCESSES, &[]).await;
    forgotten.map(drop).map_err(|error| explain(&error))
}

impl Inner {
    /// A test's clock.
    #[cfg(feature = "testkit")]
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.settings.clock.as_ref().map(|clock| clock())
    }

    /// None but the database's clock decides.
    #[cfg(not(feature = "testkit"))]
    #[expect(clippy::unused_self, reason = "with the feature it is a test's clock")]
    pub(crate) fn now(&self) -> Option<Timestamp> {
        None
    }

    /// A control: pending rows are read without waiting for commits that have begun.
    #[cfg(feature = "testkit")]
    pub(crate) fn reads_past_commits(&self) -> bool {
        self.settings.dangerous_read_past_commits
    }

    /// Never.
    #[cfg(not(feature = "testkit"))]
    pub(crate) fn reads_past_commits(&self) -> bool {
        false
    }
}

impl Storage for Postgres {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        let (inner, keys) = (Arc::clone(&self.inner), keys.to_vec());
        Box::pin(self.worker.run(get(inner, keys)))
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        let (inner, prefix) = (Arc::clone(&self.inner), prefix.to_vec());
        Box::pin(self.worker.run(async move { inner.readers.scan(&inner, &prefix, after, limit).await }))
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(self.worker.run(async move { pending(&inner, of, after, limit).await }))
    }

    fn commit(self: Arc<Self>, group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            let storage = Arc::clone(&self);
            let work = async move {
                let mut writer = storage.inner.writer.lock().await;
                let begun = Instant::now();
                let committed = writer.commit(&storage.inner, group).await;
                storage.inner.pace.ended(begun, Instant::now());
                committed
            };
            self.worker.run(work).await
        })
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Box::pin(async move {
            let held = self.worker.run(exclusive::take(Arc::clone(&self))).await?;
            Ok(Box::new(held) as Box<dyn Exclusive>)
        })
    }

    /// Has the database clear the space of what was deleted; see [`erase`] for what remains.
    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>> {
        Box::pin(async move {
            let inner = Arc::clone(&self.inner);
            self.worker.run(async move { erase::erase(&inner).await }).await
        })
    }

    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(self.worker.run(async move { inspect::inspect(&inner).await }))
    }

    fn snapshot(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Snapshot>, StorageError>> {
        Box::pin(async move { Ok(Box::new(snapshot::take(self).await?) as Box<dyn Snapshot>) })
    }

    fn patience(&self) -> Duration {
        self.inner.pace.patience(Instant::now())
    }

    /// What was last heard from the database, which is asked anew for the next time.
    fn sizes(&self) -> Sizes {
        let inner = Arc::clone(&self.inner);
        self.inner.measured.last(self.worker.handle(), async move { crate::sizes::measure(&inner).await })
    }
}
