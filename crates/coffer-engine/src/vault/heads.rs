//! All heads of a tenant, one after the other: for what has to know of every secret.

use super::Vault;
use super::head::Head;
use crate::error::Error;
use crate::fault::Corrupt;
use crate::limits::SCAN_PAGE_MAX;
use crate::storage::Key;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::yield_once::yield_once;

impl Vault {
    /// Opens every head, in no order.
    ///
    /// # Errors
    /// [`Corrupt`] for one that does not open, or that is not taken; storage errors.
    pub(super) async fn each_head(
        &self,
        ring: &KeyRing,
        mut take: impl FnMut(&Key, Head) -> Result<(), Corrupt> + Send,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            after = self.some_heads(ring, after, &mut take).await?;
            if after.is_none() {
                return Ok(());
            }
            // A tenant with many secrets takes a second: others on this thread go on meanwhile.
            yield_once().await;
        }
    }

    /// Opens so many heads behind `after` as are read at once. Where to go on; `None`: these were the last.
    ///
    /// # Errors
    /// As [`Vault::each_head`].
    pub(super) async fn some_heads(
        &self,
        ring: &KeyRing,
        after: Option<Key>,
        mut take: impl FnMut(&Key, Head) -> Result<(), Corrupt> + Send,
    ) -> Result<Option<Key>, Error> {
        let prefix = keyspace::all_of(ring.owner(), Table::Head);
        let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
        for (key, record) in &page.records {
            take(key, open_record::<Head>(ring, key, record)?)?;
        }
        Ok(page.next)
    }
}
