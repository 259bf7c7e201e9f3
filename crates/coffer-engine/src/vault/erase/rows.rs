//! What is left of a tenant whose keys are destroyed is removed, slice by slice, until nothing is there.
//!
//! # Invariants
//! - Each slice expects the record that says how much was removed so far, and writes it anew: two at once never count a row twice.
//! - The last commit comes when nothing is there any more and the storage has written over what was. Whatever dies before leaves the record
//!   that says that something is left, and upkeep goes on from there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::record::{ErasedRecord, ErasingRecord, tenant_name};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::Error;
use crate::fault::Corrupt;
use crate::limits::{ERASED_AT_ONCE, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::storage::keyspace::Table;
use crate::storage::{Key, keyspace};
use crate::tenant::TenantId;
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::log::as_system;
use crate::vault::once::{Done, First, GivenOnce};
use crate::vault::round::{Round, Scope, Stop};

/// Records that are read at once for their keys: each may be a part of a file.
const PAGE: usize = 32;

/// Whether there was something to do. Nobody asks for it with a key.
type Did = GivenOnce<bool>;

impl Vault {
    /// Removes all that is left of a tenant whose keys are destroyed. Whether something was.
    pub(super) async fn remove_rows(&self, op: &Op, id: TenantId) -> Result<bool, Error> {
        let op = &as_system(op);
        let erasing = keyspace::erasing(id);
        while self.inner.storage.get(&[erasing]).await?.pop().flatten().is_some() {
            while self.sweep(op, id, Step::Slice).await? {}
            Arc::clone(&self.inner.storage).erase_deleted().await?;
            if self.sweep(op, id, Step::Last).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether something is left of a tenant that was erased.
    pub(in crate::vault) async fn is_erasing(&self) -> Result<bool, Error> {
        let prefix = keyspace::all_of(TenantId::INSTANCE, Table::Erasing);
        Ok(!self.inner.storage.scan(&prefix, None, 1).await?.records.is_empty())
    }

    /// Removes what is left of tenants that were erased, where whoever erased them did not come to the end. Of how many it was the last.
    pub(in crate::vault) async fn go_on_erasing(&self, op: &Op) -> Result<usize, Error> {
        let prefix = keyspace::all_of(TenantId::INSTANCE, Table::Erasing);
        let (mut done, mut after) = (0_usize, None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, _) in &page.records {
                let id = key.suffix_16().ok_or(Corrupt::new("the record of an erased tenant"))?;
                if self.remove_rows(op, TenantId::from_bytes(id)).await? {
                    done = done.saturating_add(1);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(done);
            }
        }
    }

    /// Of these, those that are neither erased nor locked: what is pending of the others comes into no log, or waits.
    pub(in crate::vault) async fn with_keys(
        &self,
        owners: BTreeSet<TenantId>,
    ) -> Result<BTreeSet<TenantId>, Error> {
        let erasing = owners.iter().map(|owner| keyspace::erasing(*owner));
        let keys: Vec<Key> = erasing.chain(owners.iter().map(|owner| keyspace::locked(*owner))).collect();
        let mut erased = self.inner.storage.get(&keys).await?;
        let locked = erased.split_off(owners.len());
        let found = erased.into_iter().zip(locked);
        let open = owners.into_iter().zip(found).filter(|(_, (one, other))| one.is_none() && other.is_none());
        Ok(open.map(|(owner, _)| owner).collect())
    }

    async fn sweep(&self, op: &Op, id: TenantId, step: Step) -> Result<bool, Error> {
        let asked = (Action::TenantSweep, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                match step {
                    Step::Slice => round.remove_slice(first, id).await,
                    Step::Last => round.finish(first, id).await,
                }
            })
        });
        Ok(done.await?.answer.0)
    }
}

/// What a commit does.
#[derive(Clone, Copy)]
enum Step {
    /// Removes some.
    Slice,
    /// Says that nothing is left.
    Last,
}

impl Round<'_> {
    async fn remove_slice(&mut self, first: First<Did>, id: TenantId) -> Result<Done<Did>, Stop> {
        let erasing = keyspace::erasing(id);
        let Some(left) = self.read_fresh::<ErasingRecord>(erasing).await? else { return Ok(nothing()) };
        let (mut theirs, mut removed, mut after) = (Changes::default(), 0_usize, None);
        let storage = &self.vault.inner.storage;
        for (position, _) in storage.pending(Some(id), None, ERASED_AT_ONCE).await? {
            theirs.drop_pending(position);
            removed = removed.saturating_add(1);
        }
        while removed < ERASED_AT_ONCE {
            let page = storage.scan(id.bytes(), after, PAGE).await?;
            for (key, _) in page.records {
                theirs.delete(key);
                removed = removed.saturating_add(1);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if removed == 0 {
            return Ok(nothing());
        }
        let rows = left.value.rows.saturating_add(u64::try_from(removed).unwrap_or(u64::MAX));
        let left = ErasingRecord { name: left.value.name.clone(), rows };
        let mut changes = Changes::default();
        changes.seal(&self.ring(), erasing, &left)?;
        let draft = draft(&left, id, false).changes(changes.described());
        changes.absorb(theirs);
        self.commit(first, changes, vec![draft], GivenOnce(true)).await
    }

    async fn finish(&mut self, first: First<Did>, id: TenantId) -> Result<Done<Did>, Stop> {
        let erasing = keyspace::erasing(id);
        let Some(left) = self.read_fresh::<ErasingRecord>(erasing).await? else { return Ok(nothing()) };
        let storage = &self.vault.inner.storage;
        let is_empty = storage.scan(id.bytes(), None, 1).await?.records.is_empty()
            && storage.pending(Some(id), None, 1).await?.is_empty();
        if !is_empty {
            return Ok(nothing());
        }
        let ring = self.ring();
        let erased = keyspace::erased(&ring, &tenant_name(&left.value.name)?, id);
        let record = self.read_fresh::<ErasedRecord>(erased).await?;
        let record = record.ok_or(Corrupt::new("the record of an erased tenant"))?;
        let record = ErasedRecord {
            removed_ms: Some(self.op.now.millis().max(record.value.erased_ms)),
            rows: left.value.rows,
            ..record.value.as_ref().clone()
        };
        let mut changes = Changes::default();
        changes.seal(&ring, erased, &record)?;
        changes.delete(erasing);
        let draft = draft(&left.value, id, true).changes(changes.described());
        self.commit(first, changes, vec![draft], GivenOnce(true)).await
    }
}

fn nothing() -> Done<Did> {
    Done { answer: GivenOnce(false), entries: Vec::new() }
}

fn draft(left: &ErasingRecord, id: TenantId, last: bool) -> Draft {
    let tenant = base16ct::lower::encode_string(id.bytes());
    let draft = Draft::new(Action::TenantSweep, &left.name, Outcome::Done);
    draft.detail(Detail::Swept { last, rows: left.rows, tenant })
}
