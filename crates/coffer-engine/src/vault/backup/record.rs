//! What the instance knows of the backups that were made of it: written before the first byte of one, and kept until it is forgotten.
//!
//! # Invariants
//! - A backup that was begun counts, also where nobody knows that it was ever whole: a part of a file may be somewhere.

use coffer_encryption::random;
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::BackupInfo;
use super::body::Written;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::limits::{BACKUPS_KEPT_MAX_DAYS, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::round::{Scope, Stop};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How far the clocks of two servers may be apart, when it is asked whether a backup was begun before a tenant was erased.
const CLOCKS_APART_MS: u64 = 10 * 60 * 1000;

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct BackupRecord {
    #[n(0)]
    backup: ByteArray<16>,
    #[n(1)]
    made_ms: u64,
    #[n(2)]
    expires_ms: u64,
    /// Bytes of the file up to the end of what is sealed; `None`: nobody knows that it is whole.
    #[n(3)]
    bytes: Option<u64>,
    /// SHA-256 of those.
    #[n(4)]
    hash: Option<ByteArray<32>>,
}

/// A backup that was made, or begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBackup {
    /// Its id.
    pub id: [u8; 16],
    /// When it was begun.
    pub made: Timestamp,
    /// Until when it is kept.
    pub expires: Timestamp,
    /// Bytes of the file up to the end of what is sealed; `None`: nobody knows that it is whole.
    pub bytes: Option<u64>,
}

impl Vault {
    /// The backups that are known, the newest first. Those that have expired, too, until they are forgotten.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn backup_list(&self, op: &Op) -> Result<Vec<KnownBackup>, Error> {
        self.decide(op, Scope::Instance, |round| {
            Box::pin(async move {
                round.permit(Action::BackupList, Place::Tenant)?;
                let mut all = round.vault.all_backups().await?;
                round.note(Draft::new(Action::BackupList, "", Outcome::Done)).await?;
                all.sort_by_key(|record| std::cmp::Reverse(record.made_ms));
                Ok(all.iter().map(BackupRecord::known).collect())
            })
        })
        .await
    }

    /// Forgets a backup: whoever asks says that it was destroyed, everywhere.
    ///
    /// # Errors
    /// [`NotFound::Backup`]; refusals and storage errors as for every verb.
    pub async fn backup_forget(&self, op: &Op, id: [u8; 16]) -> Result<(), Error> {
        let asked = (Action::BackupForget, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                let key = keyspace::backup(id);
                let Some(seen) = round.read_fresh::<BackupRecord>(key).await? else {
                    let absent = NotFound::Backup(base16ct::lower::encode_string(&id));
                    return Err(Stop::recorded(
                        Draft::new(Action::BackupForget, "", Outcome::Absent),
                        absent,
                    ));
                };
                let mut changes = Changes::default();
                changes.delete(key);
                let draft = Draft::new(Action::BackupForget, "", Outcome::Done).detail(seen.value.detail());
                let draft = draft.changes(changes.described());
                round.commit(first, changes, vec![draft], ()).await
            })
        });
        done.await.map(drop)
    }

    /// Says that a backup begins, and which.
    pub(super) async fn begin_backup(&self, op: &Op, kept_days: u32) -> Result<BackupInfo, Error> {
        if !(1..=BACKUPS_KEPT_MAX_DAYS).contains(&kept_days) {
            return Err(Invalid::new(
                "backup.lifetime",
                format!("a backup is kept for 1 to {BACKUPS_KEPT_MAX_DAYS} days"),
                "say for how long, for example 35d; it is destroyed when that is over",
            )
            .into());
        }
        let made_ms = op.now.millis();
        let record = BackupRecord {
            backup: random::bytes::<16>()?.into(),
            made_ms,
            expires_ms: made_ms.saturating_add(u64::from(kept_days).saturating_mul(DAY_MS)),
            bytes: None,
            hash: None,
        };
        self.write_backup(op, &record).await?;
        Ok(BackupInfo {
            id: *record.backup,
            instance: self.inner.instance,
            made: op.now,
            expires: Timestamp::from_millis(record.expires_ms),
        })
    }

    /// Says what it became.
    pub(super) async fn end_backup(
        &self,
        op: &Op,
        info: &BackupInfo,
        written: &Written,
    ) -> Result<(), Error> {
        let record = BackupRecord {
            backup: info.id.into(),
            made_ms: info.made.millis(),
            expires_ms: info.expires.millis(),
            bytes: Some(written.bytes),
            hash: Some(written.hash.into()),
        };
        self.write_backup(op, &record).await
    }

    async fn write_backup(&self, op: &Op, record: &BackupRecord) -> Result<(), Error> {
        let asked = (Action::BackupCreate, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                let mut changes = Changes::default();
                changes.seal(&round.ring(), keyspace::backup(*record.backup), record)?;
                let draft = Draft::new(Action::BackupCreate, "", Outcome::Done).detail(record.detail());
                let draft = draft.changes(changes.described());
                round.commit(first, changes, vec![draft], ()).await
            })
        });
        done.await.map(drop)
    }

    /// Until when a backup is kept that was begun before this moment, and may hold what was there then.
    pub(in crate::vault) async fn backed_up_until(&self, before: Timestamp) -> Result<Option<u64>, Error> {
        let all = self.all_backups().await?;
        let may_hold =
            |record: &&BackupRecord| record.made_ms <= before.millis().saturating_add(CLOCKS_APART_MS);
        Ok(all.iter().filter(may_hold).map(|record| record.expires_ms).max())
    }

    async fn all_backups(&self) -> Result<Vec<BackupRecord>, Error> {
        let instance = self.load_instance().await?;
        let prefix = keyspace::all_of(TenantId::INSTANCE, Table::Backup);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let record: BackupRecord = open_record(instance.ring(), key, record)?;
                if key.suffix_16() != Some(*record.backup) {
                    return Err(Corrupt::new("the record of a backup").into());
                }
                all.push(record);
            }
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

impl BackupRecord {
    fn known(&self) -> KnownBackup {
        KnownBackup {
            id: *self.backup,
            made: Timestamp::from_millis(self.made_ms),
            expires: Timestamp::from_millis(self.expires_ms),
            bytes: self.bytes,
        }
    }

    fn detail(&self) -> Detail {
        let hex = base16ct::lower::encode_string;
        Detail::Backup {
            backup: hex(self.backup.as_slice()),
            bytes: self.bytes,
            expires: self.expires_ms,
            hash: self.hash.as_ref().map(|hash| hex(hash.as_slice())),
        }
    }
}
