//! What is pending of all owners, read once.
//!
//! Rows of all owners lie in one sequence, and those of one are found by going through all. Whoever integrates for many owners would go
//! through all rows for each of them; here they are read once, sorted by owner, and handed over, as long as they fit into
//! [`BACKLOG_MAX_BYTES`]. Of more, only the owners are known, and each asks for its own.
//!
//! # Invariants
//! - Rows that are handed over go into a log only if they are pending after its head was read: else somebody else may have put them into the
//!   log that the head is of. That the first is pending says it of all, since rows of an owner are taken in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::integrate::{Rows, Turn};
use crate::error::Error;
use crate::limits::{BACKLOG_MAX_BYTES, PENDING_PAGE_MAX};
use crate::storage::keyring::KeyRing;
use crate::storage::{PendingPosition, PendingRow};
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::vault::Vault;

/// Rows, in their order.
pub(super) type PendingRows = Vec<(PendingPosition, PendingRow)>;

impl Vault {
    /// The owners that have something pending, and can be written for, with their rows; with none, where they are too many together.
    pub(super) async fn backlog(&self) -> Result<BTreeMap<TenantId, PendingRows>, Error> {
        let (mut backlog, mut bytes, mut after) = (BTreeMap::<TenantId, PendingRows>::new(), 0_usize, None);
        loop {
            let rows = self.inner.storage.pending(None, after, PENDING_PAGE_MAX).await?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(*last);
            bytes = rows.iter().fold(bytes, |bytes, (_, row)| bytes.saturating_add(row.sealed.len()));
            for (position, row) in rows {
                backlog.entry(row.tenant).or_default().push((position, row));
            }
            if bytes > BACKLOG_MAX_BYTES {
                backlog.values_mut().for_each(|rows| *rows = Vec::new());
            }
        }
        let open = self.with_keys(backlog.keys().copied().collect()).await?;
        backlog.retain(|owner, _| open.contains(owner));
        Ok(backlog)
    }

    /// The owners that have something pending, and can be written for.
    pub(super) async fn owners_with_pending(&self) -> Result<BTreeSet<TenantId>, Error> {
        Ok(self.backlog().await?.into_keys().collect())
    }

    /// Puts these rows of an owner into its log, unless somebody else writes it.
    pub(super) async fn integrate_given(
        &self,
        ring: &Arc<KeyRing>,
        now: Timestamp,
        rows: PendingRows,
    ) -> Result<(), Error> {
        if !rows.is_empty() && self.integrate_rows(ring, now, rows).await? {
            return Ok(());
        }
        self.integrate(ring, now, Turn::Skip).await.map(drop)
    }

    /// Whether that is done. Where anything is not as it was, it is not.
    async fn integrate_rows(
        &self,
        ring: &Arc<KeyRing>,
        now: Timestamp,
        rows: PendingRows,
    ) -> Result<bool, Error> {
        let found = self.log_head(ring).await?;
        if !self.is_pending(&rows).await? {
            return Ok(false);
        }
        let is_taken =
            found.as_ref().is_some_and(|(head, _)| head.lease.is_with_another(self.inner.process, now));
        if is_taken {
            return Ok(false);
        }
        let Ok(mut writing) = self.open_log(ring, found, now).await else { return Ok(false) };
        Ok(self.write_slices(&mut writing, Rows::Given(rows, 0)).await?.is_some())
    }

    /// Whether the first of them is pending now.
    async fn is_pending(&self, rows: &PendingRows) -> Result<bool, Error> {
        let Some((first, given)) = rows.first() else { return Ok(false) };
        let before = first.0.checked_sub(1).map(PendingPosition);
        let found = self.inner.storage.pending(None, before, 1).await?.pop();
        Ok(found.is_some_and(|(position, row)| position == *first && row.id == given.id))
    }
}
