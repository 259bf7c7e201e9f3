//! Reads the log.

use super::Vault;
use super::round::Scope;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, EntryFilter, LoggedEntry, Outcome, read_row};
use crate::error::Error;
use crate::limits::PENDING_PAGE_MAX;
use crate::op::Op;
use crate::path::FolderPath;
use crate::storage::PendingPosition;
use std::collections::VecDeque;

/// Entries of the log, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// The newest that fit, in the order in which they were committed.
    pub entries: Vec<LoggedEntry>,
    /// Where a later query goes on.
    pub position: Option<PendingPosition>,
}

impl Vault {
    /// The newest entries that the filter wants, at most `limit` of them, committed after `after`.
    ///
    /// With `instance`, the entries of the instance's own log: tenants made, unlockers changed, unknown tenants named.
    ///
    /// # Errors
    /// [`crate::fault::Corrupt`] when a row of the log does not open; refusals and storage errors as for every verb.
    pub async fn audit_query(
        &self,
        op: &Op,
        filter: &EntryFilter,
        after: Option<PendingPosition>,
        limit: usize,
        instance: bool,
    ) -> Result<Entries, Error> {
        if let Some(path) = &filter.path {
            FolderPath::parse(path)?;
        }
        let scope = if instance { Scope::Instance } else { Scope::Tenant };
        self.decide(op, scope, |round| {
            Box::pin(async move {
                round.permit(Action::AuditQuery, Place::Tenant)?;
                // The reader's own entry comes first: whoever reads the log is in it.
                round
                    .note(Draft::new(Action::AuditQuery, filter.path.as_deref().unwrap_or(""), Outcome::Done))
                    .await?;
                let ring = round.tenant.ring();
                let (mut newest, mut position) = (VecDeque::new(), after);
                loop {
                    let rows = round.vault.inner.storage.pending(None, position, PENDING_PAGE_MAX).await?;
                    let Some((last, _)) = rows.last() else { break };
                    position = Some(*last);
                    for (_, row) in rows.iter().filter(|(_, row)| row.tenant == ring.owner()) {
                        for entry in read_row(ring, row)?.into_iter().filter(|entry| filter.wants(entry)) {
                            newest.push_back(entry);
                            if newest.len() > limit {
                                newest.pop_front();
                            }
                        }
                    }
                }
                Ok(Entries { entries: newest.into(), position })
            })
        })
        .await
    }
}
