//! How many secrets have expired or soon will, for whoever watches over a server: counts, and nothing that says which.

use super::Vault;
use super::head::Head;
use crate::error::Error;
use crate::limits::SCAN_PAGE_MAX;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::time::Timestamp;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Secrets whose end is near or past, of the tenants that are in use. Each number holds those before it, but for the expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expiring {
    /// Tenants that were looked at.
    pub tenants: u64,
    /// Secrets that have expired.
    pub expired: u64,
    /// Secrets that expire within a day.
    pub in_a_day: u64,
    /// Within seven.
    pub in_7_days: u64,
    /// Within thirty.
    pub in_30_days: u64,
}

impl Vault {
    /// Counts the secrets that expire, of all tenants whose keys are in memory: no key is derived for it, so a tenant that nobody uses is not
    /// looked at. It goes through all heads of these tenants. No entry is left: nothing is decided, and nobody learns of which secret.
    ///
    /// # Errors
    /// [`crate::fault::Corrupt`] for a head that does not open; storage errors.
    pub async fn expiring(&self, now: Timestamp) -> Result<Expiring, Error> {
        let mut found = Expiring::default();
        for ring in self.inner.tenants.in_use() {
            found.tenants = found.tenants.saturating_add(1);
            let (prefix, mut after) = (keyspace::all_of(ring.owner(), Table::Head), None);
            loop {
                let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
                for (key, record) in &page.records {
                    let head = open_record::<Head>(&ring, key, record)?;
                    if let Some(end) = head.state.metadata.expires().filter(|_| head.is_live()) {
                        found.count(end, now);
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }
}

impl Expiring {
    /// Counts one that ends then.
    pub(super) fn count(&mut self, end: Timestamp, now: Timestamp) {
        let Some(left) = end.millis().checked_sub(now.millis()) else {
            self.expired = self.expired.saturating_add(1);
            return;
        };
        for (days, count) in [(1, &mut self.in_a_day), (7, &mut self.in_7_days), (30, &mut self.in_30_days)] {
            if left <= DAY_MS.saturating_mul(days) {
                *count = count.saturating_add(1);
            }
        }
    }
}
