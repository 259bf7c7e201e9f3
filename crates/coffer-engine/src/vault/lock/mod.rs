//! A tenant is locked by its own members, and unlocked with a code that they keep.
//!
//! While it is locked, its keys lie in the store in one form: wrapped under a key that the code yields. Whoever runs the instance has the root
//! key and the store, and opens nothing of it with them; a suspension, in contrast, is a mark that whoever set it takes away. What was
//! copied before the lock, out of the store or out of the memory of a process, is not locked: see `docs/threats.md`.
//!
//! # Invariants
//! - One commit removes the wraps under the root key, writes those under the code, and renews the epoch: what was decided before does not hold after
//!   it, on whatever server (law 3). Unlocking is the same, the other way round.
//! - The code is made by whoever locks, and is in no record and no entry. The vault has it for the time of one call.
//! - Nobody can show who they are in a tenant that is locked: the records that would tell are sealed. So the code itself is the proof, and who
//!   shows another learns no more than that.
//! - In its own log there is an entry before and one after, and none between: what is refused while it is locked has nowhere to be written to.

mod record;
mod unlock;

use std::sync::Arc;

use coffer_encryption::{LockWrap, wrap};

pub(super) use self::record::{LockRecord, LockedKey};
use super::Vault;
use super::changes::Changes;
use super::log::Turn;
use super::once::{Done, First, GivenOnce};
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::lock_code::LockCode;
use crate::op::Op;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{encode, plain_record};

/// The keys as they were open at the lock. Nobody asks for it with a key.
type Open = GivenOnce<Arc<KeyRing>>;

impl Vault {
    /// Locks the operation's tenant: from then on nothing in it is answered, and nothing of it can be opened without the code. Whether the storage
    /// has written over the wraps in its own files as well.
    ///
    /// Who loses the code has lost the tenant.
    ///
    /// # Errors
    /// [`ErrorKind::TenantLocked`] when it is; refusals and storage errors as for every verb.
    pub async fn tenant_lock(&self, op: &Op, code: &LockCode) -> Result<bool, Error> {
        let asked = (Action::TenantLock, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Tenant, asked, |round, first| {
            Box::pin(async move { round.lock(first, code).await })
        });
        let GivenOnce(ring) = done.await?.answer;
        // With the keys that are still here: the last entry comes into the tree now. Where something is in the way it waits.
        let _ = self.integrate(&ring, op.now, Turn::Wait).await;
        self.let_go(ring.owner());
        Ok(Arc::clone(&self.inner.storage).erase_deleted().await.is_ok())
    }
}

impl Round<'_> {
    async fn lock(&mut self, first: First<Open>, code: &LockCode) -> Result<Done<Open>, Stop> {
        let (vault, ring) = (self.vault, self.ring());
        let (instance, id) = (vault.inner.instance, ring.owner());
        let lock = code.key(&instance, id).map_err(|_| ErrorKind::NoEntropy)?;
        let (mut theirs, mut keys) = (Changes::default(), Vec::new());
        for opened in vault.owner_keys(id).await? {
            self.expects(opened.row, Some(opened.revision))?;
            let place = LockWrap { instance, owner: *id.bytes(), generation: opened.generation };
            keys.push(LockedKey::new(opened.generation, wrap(&lock, &place, &opened.key)?));
            theirs.delete(opened.row);
        }
        let key = keyspace::locked(id);
        self.expects(key, None)?;
        let mut lines = Changes::default();
        let line = self.own_line_locked(self.op.now).await?;
        let name = line.name;
        lines.put(line.put);
        lines.put(plain_record(key, encode(&LockRecord::new(self.op.now, keys)).as_slice())?);
        let draft = Draft::new(Action::TenantLock, "", Outcome::Done).changes(theirs.described());
        let about = Draft::new(Action::TenantLock, name.as_str(), Outcome::Done).changes(lines.described());
        let mut changes = theirs;
        changes.absorb(lines);
        changes.touch(keyspace::single(id, Table::Epoch))?;
        let instance = vault.load_instance().await?;
        let others = vec![(Arc::clone(instance.ring()), about)];
        self.commit_about(first, changes, vec![draft], GivenOnce(ring), others).await
    }
}
