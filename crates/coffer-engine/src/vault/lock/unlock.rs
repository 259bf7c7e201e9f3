//! A tenant is unlocked, by whoever has the code.

use std::sync::Arc;

use super::record::LockRecord;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::lock_code::LockCode;
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::decode;
use crate::tenant::TenantId;
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::log::as_system;
use crate::vault::managed::Line;
use crate::vault::once::{Done, First};
use crate::vault::round::{Round, Scope, Stop};

impl Vault {
    /// Unlocks the operation's tenant: all is as it was before. Who the operation is of means nothing; the entries say that the vault did it,
    /// as whoever has the code is nobody in particular.
    ///
    /// # Errors
    /// [`ErrorKind::WrongLockCode`], also where there is no such tenant, or it is not locked: without an entry, as nobody in particular has asked.
    /// Storage errors as for every verb.
    pub async fn tenant_unlock(&self, op: &Op, code: &LockCode) -> Result<(), Error> {
        let Some(id) = self.tenant_id(&op.tenant).await? else {
            return Err(ErrorKind::WrongLockCode.into());
        };
        let op = &as_system(op);
        let asked = (Action::TenantUnlock, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move { round.unlock(first, code).await })
        });
        match done.await {
            Ok(_) => {
                // What the code opened is gone from the store's own files too, if they let it.
                let _ = Arc::clone(&self.inner.storage).erase_deleted().await;
                Ok(())
            }
            Err(error) => {
                // It may have been opened, and is not unlocked.
                if !matches!(error.kind(), ErrorKind::WrongLockCode) {
                    self.let_go(id);
                }
                Err(error)
            }
        }
    }
}

impl Round<'_> {
    async fn unlock(&mut self, first: First<()>, code: &LockCode) -> Result<Done<()>, Stop> {
        let (vault, instance) = (self.vault, self.vault.inner.instance);
        let name = self.manages(Action::TenantUnlock, &self.op.tenant)?;
        let Some(line) = self.line(&name).await? else { return Err(wrong()) };
        let Line { id, said, .. } = line;
        self.mark(keyspace::single(id, Table::Epoch)).await?;
        let Some(lock) = self.locked_keys(id).await? else { return Err(wrong()) };
        let key = code.key(&instance, id).map_err(|_| ErrorKind::NoEntropy)?;
        let keys = lock.open(&key, instance, id).ok_or_else(wrong)?;
        let (ring, rows) = vault.wrap_again(id, keys).await?;
        let (mut lines, mut theirs) = (Changes::default(), Changes::default());
        lines.put(self.write_line(&name, id, said).await?);
        lines.delete(keyspace::locked(id));
        rows.into_iter().for_each(|row| theirs.put(row));
        let about = Draft::new(Action::TenantUnlock, "", Outcome::Done).changes(theirs.described());
        theirs.touch(keyspace::single(id, Table::Epoch))?;
        let draft = Draft::new(Action::TenantUnlock, name.name().as_str(), Outcome::Done);
        self.commit_managed(first, draft, (lines, theirs), Some((ring, about)), ()).await
    }

    /// The keys of a tenant that is locked, expected by the commit.
    async fn locked_keys(&mut self, id: TenantId) -> Result<Option<LockRecord>, Stop> {
        let key = keyspace::locked(id);
        let found = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        self.expects(key, found.as_ref().map(|record| record.revision))?;
        Ok(found.map(|record| decode(&record.value)).transpose()?)
    }
}

fn wrong() -> Stop {
    ErrorKind::WrongLockCode.into()
}
