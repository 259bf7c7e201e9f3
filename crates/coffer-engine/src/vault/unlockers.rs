//! Unlockers of a store: listed, added, removed.

use std::sync::Arc;

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::open::unlocker_rows;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{encode, plain_record};
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::unlock::{Enrolment, UnlockError, Unlocker, UnlockerKind};

/// An unlocker, without what it opens with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlockerInfo {
    /// Its id.
    pub id: [u8; 16],
    /// Its kind.
    pub kind: UnlockerKind,
    /// When it was set up.
    pub created: Timestamp,
}

impl Vault {
    /// The unlockers that open this store.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn unlockers(&self, op: &Op) -> Result<Vec<UnlockerInfo>, Error> {
        self.decide(op, Scope::Instance, |round| {
            Box::pin(async move {
                round.permit(Action::UnlockerList, Place::Tenant)?;
                let rows = unlocker_rows(round.vault.inner.storage.as_ref()).await?;
                round.note(Draft::new(Action::UnlockerList, "", Outcome::Done)).await?;
                let info = |(id, row): ([u8; 16], crate::unlock::UnlockerRow)| UnlockerInfo {
                    id,
                    kind: row.kind,
                    created: Timestamp::from_millis(row.created_ms),
                };
                Ok(rows.into_iter().map(info).collect())
            })
        })
        .await
    }

    /// Sets up another unlocker: from now on it opens the store by itself.
    ///
    /// # Errors
    /// [`UnlockError`] when it can't be set up; refusals and storage errors as for every verb.
    pub async fn unlocker_add(&self, op: &Op, unlocker: &dyn Unlocker) -> Result<[u8; 16], Error> {
        self.decide(op, Scope::Instance, |round| {
            Box::pin(async move {
                round.permit(Action::UnlockerAdd, Place::Tenant)?;
                let id = unlocker.own_id().map_or_else(random::bytes, Ok)?;
                let inner = &round.vault.inner;
                let place = Enrolment {
                    instance: inner.instance,
                    id,
                    root_generation: inner.root_generation,
                    now_ms: op.now.millis(),
                };
                let row = unlocker.enroll(&inner.root, place).await?;
                let mut changes = Changes::default();
                changes.put(plain_record(keyspace::unlocker(id), encode(&row).as_slice())?);
                round.commit_unlockers(Action::UnlockerAdd, changes).await?;
                Ok(id)
            })
        })
        .await
    }

    /// Removes an unlocker, but never the last one. Whether the storage has overwritten its wrap of the root key as well.
    ///
    /// The root key stays the same: who copied the wrap before, and holds the unlocker, still opens that copy.
    ///
    /// # Errors
    /// [`UnlockError::LastUnlocker`], [`UnlockError::Unknown`]; refusals and storage errors as for every verb.
    pub async fn unlocker_remove(&self, op: &Op, id: [u8; 16]) -> Result<bool, Error> {
        self.decide(op, Scope::Instance, |round| {
            Box::pin(async move {
                round.permit(Action::UnlockerRemove, Place::Tenant)?;
                let rows = unlocker_rows(round.vault.inner.storage.as_ref()).await?;
                let refused = if !rows.iter().any(|(known, _)| *known == id) {
                    Some((Outcome::Absent, UnlockError::Unknown))
                } else if rows.len() == 1 {
                    Some((Outcome::Mismatch, UnlockError::LastUnlocker))
                } else {
                    None
                };
                if let Some((outcome, error)) = refused {
                    return Err(Stop::recorded(Draft::new(Action::UnlockerRemove, "", outcome), error));
                }
                let mut changes = Changes::default();
                changes.delete(keyspace::unlocker(id));
                round.commit_unlockers(Action::UnlockerRemove, changes).await
            })
        })
        .await?;
        Ok(Arc::clone(&self.inner.storage).erase_deleted().await.is_ok())
    }
}

impl Round<'_> {
    /// Two processes that remove the last two at once can't both succeed: the epoch is expected, and renewed.
    async fn commit_unlockers(&mut self, action: Action, mut changes: Changes) -> Result<(), Stop> {
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described());
        changes.touch(keyspace::single(TenantId::INSTANCE, Table::Epoch))?;
        self.commit(changes, vec![draft]).await.map(|_| ())
    }
}
