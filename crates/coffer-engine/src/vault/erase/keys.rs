//! The commit that erases a tenant: its keys, its name in the directory, the heads of its log.

use coffer_log::Frontier;

use super::Id;
use super::record::{ErasedRecord, ErasingRecord};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, ErrorKind, NotFound};
use crate::limits::SCAN_PAGE_MAX;
use crate::storage::keyspace::{self, Table};
use crate::tenant::{TenantId, TenantName};
use crate::vault::changes::Changes;
use crate::vault::lock::LockRecord;
use crate::vault::log::KnownHead;
use crate::vault::managed::{Line, Managed};
use crate::vault::once::{Done, First};
use crate::vault::round::{Round, Stop};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// The tables that hold keys: the tenant's own in all generations, the one that hides names, those of people's fields, the one that signs.
const KEYS: [Table; 4] = [Table::Generation, Table::Index, Table::Subject, Table::LogSigner];

impl Round<'_> {
    /// Destroys the keys of the tenant of this name.
    pub(super) async fn destroy_keys(
        &mut self,
        first: First<Id>,
        name: &TenantName,
        backups_kept_days: u32,
    ) -> Result<Done<Id>, Stop> {
        let managed = self.manages(Action::TenantErase, name)?;
        let Some(Line { key: directory, id, .. }) = self.line(&managed).await? else {
            return self.go_on(first, name).await;
        };
        let instance = self.vault.load_instance().await?;
        let instance = instance.ring();
        self.mark(keyspace::single(id, Table::Epoch)).await?;
        self.may_be_erased(&managed, id).await?;
        let (mut theirs, mut keys) = self.keys_of(id).await?;
        let lock = self.vault.lock_record(id).await?;
        keys = keys.saturating_add(lock.as_ref().map_or(0, LockRecord::keys));
        let head = self.read_fresh_of::<KnownHead>(instance, keyspace::log_heads(id)).await?;
        let (log_size, log_root) = head.map_or_else(
            || (0, Frontier::new().root().to_base64()),
            |head| (head.value.size, head.value.root.clone()),
        );
        theirs.delete(keyspace::single(id, Table::Epoch));
        theirs.delete(keyspace::single(id, Table::LogHead));
        theirs.delete(keyspace::log_heads(id));
        theirs.delete(keyspace::log_upkeep(*id.bytes()));
        let now = self.op.now.millis();
        let backups_until_ms = now.saturating_add(u64::from(backups_kept_days).saturating_mul(DAY_MS));
        let record = ErasedRecord {
            name: name.as_str().to_owned(),
            tenant: (*id.bytes()).into(),
            erased_ms: now,
            backups_until_ms,
            keys,
            log_size,
            log_root,
            removed_ms: None,
            rows: 0,
        };
        let mut changes = Changes::default();
        changes.delete(directory);
        lock.iter().for_each(|_| changes.delete(keyspace::locked(id)));
        changes.seal(instance, keyspace::erased(instance, name, id), &record)?;
        let left = ErasingRecord { name: name.as_str().to_owned(), rows: 0 };
        changes.seal(instance, keyspace::erasing(id), &left)?;
        // The entry names what lies in the instance. Of the tenant's own records no log will speak.
        let draft = draft(name, Outcome::Done).detail(detail(&record));
        self.commit_managed(first, draft, (changes, theirs), None, record.tenant).await
    }

    /// Its keys are destroyed already: what is left is removed, if anything is.
    async fn go_on(&mut self, first: First<Id>, name: &TenantName) -> Result<Done<Id>, Stop> {
        let all = self.vault.all_erased(name).await?;
        let Some(record) = all.into_iter().rfind(|record| record.removed_ms.is_none()) else {
            let absent = NotFound::Tenant(name.as_str().to_owned());
            return Err(Stop::recorded(draft(name, Outcome::Absent), absent));
        };
        let draft = draft(name, Outcome::Done).detail(detail(&record));
        self.commit(first, Changes::default(), vec![draft], record.tenant).await
    }

    /// Stops what a hold of its log forbids, and what would leave tenants below one that is gone.
    async fn may_be_erased(&mut self, managed: &Managed, id: TenantId) -> Result<(), Stop> {
        let name = managed.name();
        if self.has_children(managed).await? {
            let children = Conflict::HasChildren(name.as_str().to_owned());
            return Err(Stop::recorded(draft(name, Outcome::Mismatch), children));
        }
        match self.vault.ring(id).await {
            Ok(ring) => self.not_held_in(&ring, Action::TenantErase, name.as_str()).await,
            // Nobody can tell, and nothing of it can be read.
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt(_) | ErrorKind::TenantLocked(_)) => {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The records of all keys, to be deleted; how many.
    async fn keys_of(&self, id: TenantId) -> Result<(Changes, u64), Stop> {
        let (mut changes, mut keys) = (Changes::default(), 0_u64);
        for table in KEYS {
            let (prefix, mut after) = (keyspace::all_of(id, table), None);
            loop {
                let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
                for (key, _) in page.records {
                    changes.delete(key);
                    keys = keys.saturating_add(1);
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok((changes, keys))
    }
}

fn draft(name: &TenantName, outcome: Outcome) -> Draft {
    Draft::new(Action::TenantErase, name.as_str(), outcome)
}

fn detail(record: &ErasedRecord) -> Detail {
    Detail::Erase {
        backups_until: record.backups_until_ms,
        keys: record.keys,
        log_root: record.log_root.clone(),
        log_size: record.log_size,
        tenant: base16ct::lower::encode_string(record.tenant.as_slice()),
    }
}
