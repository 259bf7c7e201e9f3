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
        let prefix = keyspace::all_of(ring.owner(), Table::Head);
        let mut after = None;
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                take(key, open_record::<Head>(ring, key, record)?)?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
            // A tenant with many secrets takes a second: others on this thread go on meanwhile.
            yield_once().await;
        }
    }
}
