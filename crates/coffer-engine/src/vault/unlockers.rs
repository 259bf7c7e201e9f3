//! Unlockers of a store: listed, added, removed.

use std::sync::{Arc, OnceLock};

use coffer_encryption::random;
use minicbor::bytes::ByteArray;

use super::changes::Changes;
use super::once::{Answer, Done, First};
use super::open::unlocker_rows;
use super::round::{Round, Scope, Stop};
use super::{Inner, Vault};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{decode, encode, plain_record};
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::unlock::{Enrolment, UnlockError, Unlocker, UnlockerKind, UnlockerRow};

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

    /// Sets up another unlocker: from now on it opens the store by itself. One that does so already is set up anew.
    ///
    /// # Errors
    /// [`Conflict::Exists`] when another one has its id; [`UnlockError`] when it can't be set up; refusals and storage errors as for
    /// every verb.
    pub async fn unlocker_add(&self, op: &Op, unlocker: &dyn Unlocker) -> Result<[u8; 16], Error> {
        let asked = (Action::UnlockerAdd, [Place::Tenant].as_slice());
        // A derivation is long, and is done once, however often it is decided.
        let enrolled = &OnceLock::new();
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                round.not_another(unlocker).await?;
                let (id, row) = match enrolled.get() {
                    Some(enrolled) => enrolled,
                    None => {
                        let new = round.vault.enroll(unlocker, op.now).await?;
                        enrolled.get_or_init(|| new)
                    }
                };
                let mut changes = Changes::default();
                changes.put(plain_record(keyspace::unlocker(*id), encode(row).as_slice())?);
                round.commit_unlockers(first, Action::UnlockerAdd, changes, ByteArray::from(*id)).await
            })
        });
        Ok(*done.await?.answer)
    }

    async fn enroll(
        &self,
        unlocker: &dyn Unlocker,
        now: Timestamp,
    ) -> Result<([u8; 16], UnlockerRow), Error> {
        let id = unlocker.own_id().map_or_else(random::bytes, Ok)?;
        let Inner { instance, root_generation, .. } = *self.inner;
        let place = Enrolment { instance, id, root_generation, now_ms: now.millis() };
        Ok((id, unlocker.enroll(&self.inner.root, place).await?))
    }

    /// Removes an unlocker, but never the last one. Whether the storage has overwritten its wrap of the root key as well.
    ///
    /// The root key stays the same: who copied the wrap before, and holds the unlocker, still opens that copy.
    ///
    /// # Errors
    /// [`UnlockError::LastUnlocker`], [`UnlockError::Unknown`]; refusals and storage errors as for every verb.
    pub async fn unlocker_remove(&self, op: &Op, id: [u8; 16]) -> Result<bool, Error> {
        let asked = (Action::UnlockerRemove, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
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
                round.commit_unlockers(first, Action::UnlockerRemove, changes, ()).await
            })
        });
        done.await?;
        Ok(Arc::clone(&self.inner.storage).erase_deleted().await.is_ok())
    }
}

impl Round<'_> {
    /// An unlocker that brings its own id does not take the place of another that has the same.
    async fn not_another(&self, unlocker: &dyn Unlocker) -> Result<(), Stop> {
        let Some(id) = unlocker.own_id() else { return Ok(()) };
        let key = keyspace::unlocker(id);
        let Some(record) = self.vault.inner.storage.get(&[key]).await?.pop().flatten() else { return Ok(()) };
        let row: UnlockerRow = decode(&record.value)?;
        let is_own = row.kind == unlocker.kind()
            && matches!(unlocker.open(self.vault.inner.instance, id, &row).await, Ok(Some(_)));
        if is_own {
            return Ok(());
        }
        Err(Stop::recorded(Draft::new(Action::UnlockerAdd, "", Outcome::Mismatch), Conflict::Exists))
    }

    /// Two processes that remove the last two at once can't both succeed: the epoch is expected, and renewed.
    async fn commit_unlockers<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        mut changes: Changes,
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described());
        changes.touch(keyspace::single(TenantId::INSTANCE, Table::Epoch))?;
        self.commit(first, changes, vec![draft], answer).await
    }
}
