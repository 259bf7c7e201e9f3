//! Removes what is noted of tokens of issuers that are good once, when they are refused for their age alone.

use super::Vault;
use super::changes::Changes;
use super::once::{Done, GivenOnce};
use super::round::Scope;
use super::sign_in_jwt::ShownRecord;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::limits::{ONCE_SLICE_MAX, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::storage::Key;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::tenant::TenantId;

impl Vault {
    /// Removes them, of the operation's tenant or of the instance, slice by slice. How many.
    pub(super) async fn sweep_shown(&self, op: &Op, instance: bool) -> Result<u64, Error> {
        let owner = if instance { Some(TenantId::INSTANCE) } else { self.tenant_id(&op.tenant).await? };
        let Some(owner) = owner else { return Ok(0) };
        let prefix = keyspace::all_of(owner, Table::Shown);
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
                if open_record::<ShownRecord>(ring.ring(), key, record)?.has_ended(op.now) {
                    ended.push(*key);
                }
            }
            for slice in ended.chunks(ONCE_SLICE_MAX) {
                removed = removed.saturating_add(self.remove_shown(op, Scope::of(instance), slice).await?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(removed);
            }
        }
    }

    /// Removes those of these that have still ended.
    async fn remove_shown(&self, op: &Op, scope: Scope, keys: &[Key]) -> Result<u64, Error> {
        let done = self.change(op, scope, (Action::OnceSweep, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                let (mut changes, mut removed) = (Changes::default(), 0_u64);
                for key in keys {
                    let seen = round.read_fresh::<ShownRecord>(*key).await?;
                    if seen.is_some_and(|seen| seen.value.has_ended(op.now)) {
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
