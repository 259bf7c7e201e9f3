//! What is due from time to time: pending entries integrated, silence attested, heads of tenants committed to, old entries pruned,
//! tokens and idempotency keys that ended removed, the trash emptied, what has expired rotated, and erased tenants removed.
//!
//! It takes no input: it looks at what is there, and does what is due, through the same steps as anyone, as `Actor::System`. Whoever has
//! the store open calls it now and then; two at once do no harm.

use std::sync::Arc;

use coffer_log::Hash;
use minicbor::{CborLen, Decode, Encode};

use super::integrate::Turn;
use super::pass::unrecorded;
use super::sign::KnownHead;
use crate::access::{ClientSecretRecord, Place, ViolationsRecord};
use crate::action::Action;
use crate::audit::{Detail, DetailHead, Draft, Outcome};
use crate::error::{Conflict, Error, ErrorKind, NotFound};
use crate::fault::Corrupt;
use crate::limits::PENDING_PAGE_MAX;
use crate::op::{Actor, Manager, Op};
use crate::storage::committer::{Decided, Entries, LogOnly, Submission};
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{open_record, seal_record};
use crate::storage::{
    Batch, Durability, Expectation, Key, PendingPosition, Put, Record, Revision, StorageError,
};
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::once::OnceRecord;
use crate::vault::round::{Round, Scope, Stop};
use crate::vault::sign_in_jwt::ShownRecord;

/// How often the instance's log commits to the heads of the tenants' logs.
const HEADS_MS: u64 = 60 * 60 * 1000;
/// Heads that one entry has room for, and one commit writes.
const HEADS_MAX: usize = 256;

/// How often old entries are looked for.
const PRUNE_MS: u64 = 24 * 60 * 60 * 1000;
/// How often idempotency keys that have ended are looked for.
const SWEEP_MS: u64 = 60 * 60 * 1000;
/// Tenants whose old entries are looked for in one call: opening a tenant's keys takes a while. Of a hundred thousand all have been looked at after
/// nine hours, where a call comes each five seconds.
const PRUNED_TENANTS: usize = 16;
/// Tenants whose idempotency keys are looked for in one call: those that have none need not be opened.
const SWEPT_TENANTS: usize = 64;

/// When what was done last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct LastUpkeep {
    #[n(0)]
    heads_ms: u64,
    /// When the last round of clearing began.
    #[n(1)]
    prune_ms: u64,
    /// The tenant after which that round goes on; `None`: it is through.
    #[n(2)]
    prune_next: Option<String>,
    /// When the last round of sweeping began, and the tenant after which it goes on.
    #[n(3)]
    sweep_ms: Option<u64>,
    #[n(4)]
    sweep_next: Option<String>,
}

/// What is done at the instance and at every tenant, each time in a round of its own.
#[derive(Debug, Clone, Copy)]
enum Chore {
    /// Entries from before are pruned, unless they are held; tokens that ended long ago are removed; the trash is emptied of what is old;
    /// what has expired is rotated, where that was chosen.
    Clear(Timestamp),
    /// Idempotency keys that have ended are removed.
    Sweep,
}

impl Chore {
    const fn tenants_at_once(self) -> usize {
        match self {
            Self::Clear(_) => PRUNED_TENANTS,
            Self::Sweep => SWEPT_TENANTS,
        }
    }
}

/// How far a round has come: when it began, and the tenant after which it goes on, in the order of the directory's keys, which is nobody's.
type Walk = (u64, Option<String>);

/// What upkeep goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpkeepSettings {
    /// How long entries are kept, in days. What is older is pruned.
    pub retention_days: u32,
}

/// The head that the instance's log has committed to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct CommittedHead {
    #[n(0)]
    size: u64,
}

/// What upkeep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Logs into which pending entries went.
    pub integrated: usize,
    /// Tenants to whose heads the instance's log committed now.
    pub heads: usize,
    /// Entries that were pruned.
    pub pruned: u64,
    /// Idempotency keys that had ended and were removed.
    pub swept: u64,
    /// Tokens that were removed, long after they ended.
    pub tokens: usize,
    /// Secrets that had lain in the trash for long and were destroyed.
    pub purged: u64,
    /// Secrets that had expired and got a new value.
    pub rotated: u64,
    /// Erased tenants of which the last record was removed.
    pub erased: usize,
}

impl Vault {
    /// Whether so many entries are pending, or so much else has come due, that it is time for upkeep. Two small reads.
    ///
    /// # Errors
    /// When the storage can't be read.
    pub async fn upkeep_is_due(&self, now: Timestamp) -> Result<bool, Error> {
        if self.renewal_is_due(now) || self.is_erasing().await? {
            return Ok(true);
        }
        let backlog = u64::try_from(PENDING_PAGE_MAX).unwrap_or(u64::MAX);
        let Some((oldest, _)) = self.inner.storage.pending(None, None, 1).await?.pop() else {
            return Ok(false);
        };
        let far = PendingPosition(oldest.0.saturating_add(backlog));
        if !self.inner.storage.pending(None, Some(far), 1).await?.is_empty() {
            return Ok(true);
        }
        let last = self.last_upkeep().await?;
        Ok(now.millis().saturating_sub(last.heads_ms) >= HEADS_MS || last.sweep_next.is_some())
    }

    /// Commits whose entries wait to go into a log; at most [`PENDING_PAGE_MAX`] are counted.
    ///
    /// # Errors
    /// When the storage can't be read.
    pub async fn log_pending(&self) -> Result<usize, Error> {
        Ok(self.inner.storage.pending(None, None, PENDING_PAGE_MAX).await?.len())
    }

    /// Integrates what is pending in every log; has the instance's log commit to the heads of all that have grown, once an hour; and, a
    /// few tenants at a time, prunes what is older than the retention, removes tokens that ended long ago, destroys what has lain in the
    /// trash for long, and rotates what has expired, once a day, and removes idempotency keys that have ended, once an hour. What is known to
    /// have expired is rotated at once. What is left of tenants that were erased is removed.
    ///
    /// # Errors
    /// [`Corrupt`] when a log is damaged; storage errors. What was done before stays done.
    pub async fn upkeep(&self, op: &Op, settings: UpkeepSettings) -> Result<Upkeep, Error> {
        let op = &as_system(op);
        let mut done = Upkeep::default();
        self.drop_idle(op.now);
        self.let_go_of_closed().await?;
        for (owner, rows) in self.backlog().await? {
            let ring = match owner {
                TenantId::INSTANCE => Arc::clone(self.load_instance().await?.ring()),
                tenant => self.ring(tenant).await?,
            };
            self.integrate_given(&ring, op.now, rows).await?;
            // Whoever needs the index and can't have it is told why: here nobody does.
            let _ = self.keep_index_up(&ring).await;
            done.integrated = done.integrated.saturating_add(1);
        }
        let last = self.last_upkeep().await?;
        if op.now.millis().saturating_sub(last.heads_ms) >= HEADS_MS {
            done.heads = self.commit_to_heads(op).await?;
            // What is due is known from there, also where the store is open for one verb and nobody counts. A head that does not open is told
            // to who reads it.
            let _ = self.expiring(op.now).await;
        }
        self.clear_some(op, settings, &mut done).await?;
        self.sweep_some(op, &mut done).await?;
        done.rotated = self.renew_due(op).await?.saturating_add(done.rotated);
        done.erased = self.go_on_erasing(op).await?;
        Ok(done)
    }

    /// Clears the instance and the next few tenants of what is old, when the day has come.
    async fn clear_some(&self, op: &Op, settings: UpkeepSettings, done: &mut Upkeep) -> Result<(), Error> {
        let last = self.last_upkeep().await?;
        let kept_ms = u64::from(settings.retention_days).saturating_mul(PRUNE_MS);
        let before = Timestamp::from_millis(op.now.millis().saturating_sub(kept_ms));
        let at = (last.prune_ms, last.prune_next);
        let at = self.walk(op, Chore::Clear(before), PRUNE_MS, at, done).await?;
        if let Some((prune_ms, next)) = at {
            self.keep_upkeep(|last| LastUpkeep { prune_next: next.clone(), prune_ms, ..last }).await?;
        }
        Ok(())
    }

    /// Removes idempotency keys that have ended, of the instance and of the next few tenants, when the hour has come.
    async fn sweep_some(&self, op: &Op, done: &mut Upkeep) -> Result<(), Error> {
        let last = self.last_upkeep().await?;
        let at = (last.sweep_ms.unwrap_or(0), last.sweep_next);
        let at = self.walk(op, Chore::Sweep, SWEEP_MS, at, done).await?;
        if let Some((began_ms, next)) = at {
            let sweep_ms = Some(began_ms);
            self.keep_upkeep(|last| LastUpkeep { sweep_next: next.clone(), sweep_ms, ..last }).await?;
        }
        Ok(())
    }

    /// Goes on with a round, or begins another one when it is time: the instance first, and then its tenants, a few in one call. How
    /// far the round has come; `None`: nothing was due.
    async fn walk(
        &self,
        op: &Op,
        chore: Chore,
        every_ms: u64,
        (began_ms, next): Walk,
        done: &mut Upkeep,
    ) -> Result<Option<Walk>, Error> {
        let begins = next.is_none() && op.now.millis().saturating_sub(began_ms) >= every_ms;
        if !begins && next.is_none() {
            return Ok(None);
        }
        if begins {
            self.do_chore(op, chore, true, done).await?;
        }
        let next = next.and_then(|name| TenantName::parse(&name).ok());
        let (tenants, is_more) = self.some_tenants(next.as_ref(), chore.tenants_at_once()).await?;
        for tenant in &tenants {
            let op = Op { tenant: tenant.clone(), ..op.clone() };
            match self.do_chore(&op, chore, false, done).await {
                // It was erased since the names were read, or is locked: then it waits.
                Err(error) if is_closed(&error) => {}
                did => did?,
            }
        }
        let next = tenants.last().filter(|_| is_more).map(|name| name.as_str().to_owned());
        Ok(Some((if begins { op.now.millis() } else { began_ms }, next)))
    }

    async fn do_chore(&self, op: &Op, chore: Chore, instance: bool, done: &mut Upkeep) -> Result<(), Error> {
        match chore {
            Chore::Clear(before) => {
                done.pruned = self.prune_unless_held(op, before, instance).await?.saturating_add(done.pruned);
                done.tokens = self.sweep_tokens(op, instance).await?.saturating_add(done.tokens);
                if !instance {
                    done.purged = self.purge_trash(op).await?.saturating_add(done.purged);
                    done.rotated = self.renew_expired(op).await?.saturating_add(done.rotated);
                }
            }
            Chore::Sweep => {
                done.swept = self.sweep_ended::<OnceRecord>(op, instance).await?.saturating_add(done.swept);
                done.swept = self.sweep_attempts(op, instance).await?.saturating_add(done.swept);
                done.swept = self.sweep_ended::<ShownRecord>(op, instance).await?.saturating_add(done.swept);
                done.swept =
                    self.sweep_ended::<ClientSecretRecord>(op, instance).await?.saturating_add(done.swept);
                done.swept =
                    self.sweep_ended::<ViolationsRecord>(op, instance).await?.saturating_add(done.swept);
            }
        }
        Ok(())
    }

    async fn prune_unless_held(&self, op: &Op, before: Timestamp, instance: bool) -> Result<u64, Error> {
        match self.audit_prune(op, before, instance).await {
            Err(error) if matches!(error.kind(), ErrorKind::Conflict(Conflict::Held)) => Ok(0),
            pruned => pruned.map(|pruned| pruned.entries),
        }
    }

    /// Stores what was done, unless somebody else has meanwhile: then it is done once more, which does no harm.
    async fn keep_upkeep(&self, change: impl Fn(LastUpkeep) -> LastUpkeep) -> Result<(), Error> {
        let instance = self.load_instance().await?;
        let key = upkeep_key();
        let record = self.inner.storage.get(&[key]).await?.pop().flatten();
        let revision = record.as_ref().map(|record| record.revision);
        let last = record.map(|record| open_record(instance.ring(), &key, &record)).transpose()?;
        let put = seal_record(instance.ring(), key, &change(last.unwrap_or_default()))
            .map_err(|_| unrecorded(StorageError::Entries))?;
        self.commit_beside(key, revision, put).await.map(|_| ())
    }

    /// Commits one record that belongs to the log and says nothing of secrets. Whether it was as expected.
    pub(super) async fn commit_beside(
        &self,
        key: Key,
        revision: Option<Revision>,
        put: Put,
    ) -> Result<bool, Error> {
        let expect = vec![Expectation { key, revision }];
        let batch = Batch { expect, put: vec![put], ..Batch::default() };
        let entries = Entries::Nothing(LogOnly::of(&batch).map_err(unrecorded)?);
        let submission = Submission { batch, entries, durability: Durability::Synced };
        let decided = self.inner.committer.submit(submission).await.map_err(unrecorded)?;
        Ok(matches!(decided, Decided::Kept))
    }

    /// Commits to the heads of all tenants' logs that have grown since the last time, now: a commit and an entry for so many. One that did not
    /// come to its end has committed to some, and the next one goes on with the others.
    ///
    /// # Errors
    /// As for [`Vault::upkeep`].
    pub async fn commit_to_heads(&self, op: &Op) -> Result<usize, Error> {
        let op = &as_system(op);
        let (mut heads, mut from) = (0_usize, None);
        loop {
            let (grown, next) = self.grown_heads(from).await?;
            heads = heads.saturating_add(self.commit_to_these(op, &grown, next.is_none()).await?);
            from = next;
            if from.is_none() {
                break;
            }
        }
        let instance = self.load_instance().await?;
        self.integrate(instance.ring(), op.now, Turn::Skip).await?;
        Ok(heads)
    }

    async fn last_upkeep(&self) -> Result<LastUpkeep, Error> {
        let instance = self.load_instance().await?;
        let record = self.inner.storage.get(&[upkeep_key()]).await?.pop().flatten();
        let last = record.map(|record| open_record(instance.ring(), &upkeep_key(), &record)).transpose()?;
        Ok(last.unwrap_or_default())
    }
}

/// The log of a tenant, and its head that is known.
type TenantHead = ([u8; 16], KnownHead);

impl Vault {
    /// Of a part of the logs' heads those that are larger than when they were last committed to, and where the next part begins.
    async fn grown_heads(&self, from: Option<Key>) -> Result<(Vec<TenantHead>, Option<Key>), Error> {
        let (instance, storage) = (self.load_instance().await?, &self.inner.storage);
        let ring = instance.ring();
        let page =
            storage.scan(&keyspace::all_of(TenantId::INSTANCE, Table::LogHeads), from, HEADS_MAX).await?;
        let open = |(key, record): &(Key, Record)| {
            let tenant = key.suffix_16().ok_or(Corrupt::new("the heads of the logs"))?;
            Ok((tenant, open_record(ring, key, record)?))
        };
        let heads = page.records.iter().map(open).collect::<Result<Vec<TenantHead>, Error>>()?;
        let keys: Vec<Key> = heads.iter().map(|(tenant, _)| committed_key(*tenant)).collect();
        let mut grown = Vec::new();
        for ((head, key), committed) in heads.into_iter().zip(&keys).zip(storage.get(&keys).await?) {
            let last =
                committed.map(|record| open_record::<CommittedHead>(ring, key, &record)).transpose()?;
            if last.is_none_or(|last| last.size < head.1.size) {
                grown.push(head);
            }
        }
        Ok((grown, page.next))
    }

    /// Commits to these heads: how many. The last entry of all is there also where nothing has grown: it says that nothing had.
    async fn commit_to_these(&self, op: &Op, grown: &[TenantHead], is_last: bool) -> Result<usize, Error> {
        if grown.is_empty() && !is_last {
            return Ok(0);
        }
        let asked = (Action::AuditHeads, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                let mut changes = Changes::default();
                let heads = round.commits_to(grown, &mut changes).await?;
                if is_last {
                    let (ring, key) = (round.ring(), upkeep_key());
                    let last = round.read_fresh::<LastUpkeep>(key).await?;
                    let last = last.map(|last| last.value.as_ref().clone()).unwrap_or_default();
                    changes.seal(&ring, key, &LastUpkeep { heads_ms: op.now.millis(), ..last })?;
                }
                let count = heads.len();
                let draft = Draft::new(Action::AuditHeads, "", Outcome::Done).detail(Detail::Heads { heads });
                round.commit(first, changes, vec![draft], count).await
            })
        });
        Ok(done.await?.answer)
    }
}

impl Round<'_> {
    /// What the entry says of these heads, unless somebody else has committed to one of them meanwhile.
    async fn commits_to(
        &mut self,
        grown: &[TenantHead],
        changes: &mut Changes,
    ) -> Result<Vec<DetailHead>, Stop> {
        let (ring, mut heads) = (self.ring(), Vec::with_capacity(grown.len()));
        let keys: Vec<Key> = grown.iter().map(|(tenant, _)| committed_key(*tenant)).collect();
        let committed = self.read_all_fresh::<CommittedHead>(&keys).await?;
        for (((_, head), key), last) in grown.iter().zip(keys).zip(committed) {
            if last.is_none_or(|last| last.value.size < head.size) {
                changes.seal(&ring, key, &CommittedHead { size: head.size })?;
                let root = Hash::from_base64(&head.root).ok_or(Corrupt::new("the heads of the logs"))?;
                let (origin, size) = (head.origin.clone(), head.size);
                heads.push(DetailHead { origin, root: root.to_base64(), size });
            }
        }
        Ok(heads)
    }
}

/// The vault itself, at this moment.
pub(in crate::vault) fn as_system(op: &Op) -> Op {
    let manager = Manager::Instance;
    Op { actor: Actor::System, session: None, source: None, once: None, message: None, manager, ..op.clone() }
}

/// Whether nothing can be done in a tenant: it is not there, or is locked.
pub(in crate::vault) fn is_closed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound(NotFound::Tenant(_)) | ErrorKind::TenantLocked(_))
}

fn upkeep_key() -> Key {
    keyspace::single(TenantId::INSTANCE, Table::LogUpkeep)
}

fn committed_key(tenant: [u8; 16]) -> Key {
    keyspace::log_upkeep(tenant)
}
