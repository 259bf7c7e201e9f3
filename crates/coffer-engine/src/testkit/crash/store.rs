//! The store of a scenario, as the scenario sees it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::options;
use super::record::Record as Operations;
use super::story::{Ack, Acknowledged, Promise, Story, Telling};
use super::survivor::{Check, Survivor};
use super::traffic::Traffic;
use super::witness::Witness;
use crate::error::Error;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{Key, Record, Storage, StorageError};
use crate::testkit::TestVault;

/// The store of a scenario.
pub struct CrashStore {
    folder: PathBuf,
    operations: Arc<Operations>,
    story: Arc<Telling>,
}

impl CrashStore {
    pub(super) fn new(folder: &Path, operations: Arc<Operations>) -> Self {
        Self { folder: folder.to_owned(), operations, story: Arc::default() }
    }

    /// Opens the store, and makes it the first time. Whoever had it open before must have dropped it, or this waits for ever.
    ///
    /// # Errors
    /// What opening a store may say.
    pub async fn open(&self) -> Result<TestVault, Error> {
        drop(self.story.when_closed());
        let mut options = options(&self.folder);
        let operations = Arc::clone(&self.operations);
        options.on_synced = Some(Arc::new(move |path| operations.synced(path)));
        let storage = SqliteStorage::open(options)?;
        TestVault::over(Witness::new(storage, Arc::clone(&self.operations), Arc::clone(&self.story))).await
    }

    /// From here on the store is cut. Without it, from the beginning.
    pub fn cuts_begin_here(&self) {
        self.story.story().begin = self.operations.len();
    }

    /// The scenario was told that something is done: `check` looks for it in what a crash leaves from now on.
    pub fn ack(
        &self,
        what: &str,
        promise: Promise,
        check: impl Fn(&Survivor) -> Check + Send + Sync + 'static,
    ) -> Ack {
        let (what, check, from) = (what.to_owned(), Box::new(check), self.operations.len());
        let mut story = self.story.story();
        story.acknowledged.push(Acknowledged { what, promise, from, until: None, check });
        Ack(story.acknowledged.len().saturating_sub(1))
    }

    /// The scenario is about to end what it was told: from now on it may hold or not.
    pub fn release(&self, ack: Ack) {
        let now = self.operations.len();
        if let Some(acknowledged) = self.story.story().acknowledged.get_mut(ack.0) {
            acknowledged.until = Some(now);
        }
    }

    /// All records as they lie in the store, sealed.
    ///
    /// # Errors
    /// [`StorageError`] when they can't be read.
    pub async fn records(&self) -> Result<Vec<(Key, Record)>, StorageError> {
        Ok(self.beside()?.scan(&[], None, usize::MAX).await?.records)
    }

    /// The storage opened once more, as another process would.
    ///
    /// # Errors
    /// [`StorageError`] as when it is opened.
    pub fn beside(&self) -> Result<Arc<dyn Storage>, StorageError> {
        Ok(SqliteStorage::open(options(&self.folder))?)
    }

    /// What the store has done to its files, so that a scenario can see that it has crossed a limit.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.operations.alone(|log| Traffic::of(log.operations()))
    }

    /// The story, once the store is closed.
    pub(super) fn end(self) -> Story {
        std::mem::take(&mut self.story.when_closed())
    }
}
