//! All that a storage holds, page by page.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::limits::{BACKUP_PAGE, PENDING_PAGE_MAX};
use crate::storage::moving;
use crate::storage::{Key, PendingPosition, PendingRow, Record, Storage, StorageError};

/// Records in the order of keys, but for those that are of the place: what makes a store of it, and what says that it is none.
pub(super) struct Records {
    storage: Arc<dyn Storage>,
    page: VecDeque<(Key, Record)>,
    after: Option<Key>,
    has_ended: bool,
}

impl Records {
    pub(super) fn of(storage: &Arc<dyn Storage>) -> Self {
        Self { storage: Arc::clone(storage), page: VecDeque::new(), after: None, has_ended: false }
    }

    /// The key of the next one.
    pub(super) async fn peek(&mut self) -> Result<Option<Key>, StorageError> {
        while self.page.is_empty() && !self.has_ended {
            let page = self.storage.scan(&[], self.after, BACKUP_PAGE).await?;
            (self.after, self.has_ended) = (page.next, page.next.is_none());
            let of_the_place = [moving::key(), moving::instance_key()];
            self.page.extend(page.records.into_iter().filter(|(key, _)| !of_the_place.contains(key)));
        }
        Ok(self.page.front().map(|(key, _)| *key))
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Result<Option<(Key, Record)>, StorageError> {
        self.peek().await?;
        Ok(self.page.pop_front())
    }
}

/// Pending rows in the order of commits.
pub(super) struct Rows {
    storage: Arc<dyn Storage>,
    page: VecDeque<(PendingPosition, PendingRow)>,
    after: Option<PendingPosition>,
    has_ended: bool,
}

impl Rows {
    pub(super) fn of(storage: &Arc<dyn Storage>) -> Self {
        Self { storage: Arc::clone(storage), page: VecDeque::new(), after: None, has_ended: false }
    }

    pub(super) async fn next(&mut self) -> Result<Option<(PendingPosition, PendingRow)>, StorageError> {
        if self.page.is_empty() && !self.has_ended {
            self.page = self.storage.pending(None, self.after, PENDING_PAGE_MAX).await?.into();
            self.has_ended = self.page.is_empty();
            self.after = self.page.back().map(|(position, _)| *position).or(self.after);
        }
        Ok(self.page.pop_front())
    }
}
