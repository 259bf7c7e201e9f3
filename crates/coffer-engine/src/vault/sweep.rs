//! Removes records that have ended by their time: what is known of idempotency keys, of tokens of issuers that were shown, of what members were refused, and of client
//! secrets that ended long ago. Nothing rests on it:
//! who uses one looks at its end.

use super::Vault;
use super::changes::Changes;
use super::once::{Done, GivenOnce, OnceRecord};
use super::round::Scope;
use super::sign_in_jwt::ShownRecord;
use crate::access::{ClientSecretRecord, Place, ViolationsRecord};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::limits::{CLIENT_SECRET_KEPT_DAYS, ONCE_SLICE_MAX, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::storage::Key;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::tenant::TenantId;
use crate::time::Timestamp;
use minicbor::Decode;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// A record that ends by its time alone.
pub(super) trait Ends: for<'b> Decode<'b, ()> + Send + Sync + 'static {
    const TABLE: Table;

    /// Whether nothing rests on it any more.
    fn has_ended(&self, now: Timestamp) -> bool;
}

impl Ends for OnceRecord {
    const TABLE: Table = Table::Once;

    fn has_ended(&self, now: Timestamp) -> bool {
        self.has_ended(now)
    }
}

impl Ends for ShownRecord {
    const TABLE: Table = Table::Shown;

    fn has_ended(&self, now: Timestamp) -> bool {
        self.has_ended(now)
    }
}

impl Ends for ViolationsRecord {
    const TABLE: Table = Table::Violations;

    fn has_ended(&self, now: Timestamp) -> bool {
        self.has_ended(now)
    }
}

impl Ends for ClientSecretRecord {
    const TABLE: Table = Table::ClientSecret;

    /// It is kept for a while after its end: what it is tried for then is somebody's.
    fn has_ended(&self, now: Timestamp) -> bool {
        self.ends().plus_seconds(CLIENT_SECRET_KEPT_DAYS.saturating_mul(DAY_SECONDS)) < now
    }
}

impl Vault {
    /// Removes those that have ended, of the operation's tenant or of the instance, slice by slice. How many.
    pub(super) async fn sweep_ended<T: Ends>(&self, op: &Op, instance: bool) -> Result<u64, Error> {
        let owner = if instance { Some(TenantId::INSTANCE) } else { self.tenant_id(&op.tenant).await? };
        let Some(owner) = owner else { return Ok(0) };
        let prefix = keyspace::all_of(owner, T::TABLE);
        let (mut removed, mut after) = (0_u64, None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            if page.records.is_empty() {
                // Its keys need not be opened for nothing.
                return Ok(removed);
            }
            let ring = match instance {
                true => self.load_instance().await?,
                false => self.load_tenant(op).await?,
            };
            let mut ended = Vec::new();
            for (key, record) in &page.records {
                if T::has_ended(&open_record(ring.ring(), key, record)?, op.now) {
                    ended.push(*key);
                }
            }
            for slice in ended.chunks(ONCE_SLICE_MAX) {
                removed =
                    removed.saturating_add(self.remove_ended::<T>(op, Scope::of(instance), slice).await?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(removed);
            }
        }
    }

    /// Removes those of these that have still ended: one may have been used anew since it was looked at.
    async fn remove_ended<T: Ends>(&self, op: &Op, scope: Scope, keys: &[Key]) -> Result<u64, Error> {
        let done = self.change(op, scope, (Action::OnceSweep, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                let (mut changes, mut removed) = (Changes::default(), 0_u64);
                for key in keys {
                    let seen = round.read_fresh::<T>(*key).await?;
                    if seen.is_some_and(|seen| T::has_ended(&seen.value, op.now)) {
                        changes.delete(*key);
                        removed = removed.saturating_add(1);
                    }
                }
                if removed == 0 {
                    return Ok(Done { answer: GivenOnce(0), entries: Vec::new() });
                }
                let draft = Draft::new(Action::OnceSweep, "", Outcome::Done).changes(changes.described());
                round.commit(first, changes, vec![draft], GivenOnce(removed)).await
            })
        });
        Ok(done.await?.answer.0)
    }
}
