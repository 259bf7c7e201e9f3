//! How many secrets have expired or soon will, for whoever watches over a server: counts, and nothing that says which.

use super::Vault;
use crate::error::Error;
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
    /// looked at. It goes through all heads of these tenants, and upkeep knows from then on when one of them is to be rotated. No entry is left: nothing is decided, and nobody learns of which secret.
    ///
    /// # Errors
    /// [`crate::fault::Corrupt`] for a head that does not open; storage errors.
    pub async fn expiring(&self, now: Timestamp) -> Result<Expiring, Error> {
        let mut found = Expiring::default();
        self.let_go_of_closed().await?;
        for ring in self.inner.tenants.in_use() {
            found.tenants = found.tenants.saturating_add(1);
            self.each_head(&ring, |_, head| {
                if let Some(end) = head.state.metadata.expires().filter(|_| head.is_live()) {
                    found.count(end, now);
                }
                if let Some(end) = head.renewed_after() {
                    self.inner.renewals.plan(ring.owner(), end);
                }
                Ok(())
            })
            .await?;
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
