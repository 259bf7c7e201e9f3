//! A backup is made, while others read and write.

use std::io::Write;
use std::path::PathBuf;

use coffer_encryption::hash;
use coffer_log::Backup;
use minicbor::bytes::ByteArray;

use super::body::{BodyWriter, Written, manifest_bytes};
use super::head::{BackupHead, HeadUnlocker};
use super::manifest::{BackupManifest, ManifestLog};
use super::trailer::BackupTrailer;
use super::{BackupError, BackupInfo};
use crate::audit::log::head::LogHead;
use crate::error::Error;
use crate::fault::Corrupt;
use crate::limits::{BACKUP_PAGE, PENDING_PAGE_MAX};
use crate::op::Op;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{decode, open_record};
use crate::storage::{Key, Record, Snapshot, StorageError};
use crate::tenant::TenantId;
use crate::vault::Vault;
use crate::vault::log::{KnownHead, Turn};
use crate::vault::open::InstanceRecord;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeBackup {
    /// Which.
    pub info: BackupInfo,
    /// Records in it.
    pub records: u64,
    /// Rows of entries that were in no log yet.
    pub pending: u64,
    /// Tenants.
    pub tenants: u64,
    /// Bytes up to the end of what is sealed.
    pub bytes: u64,
    /// SHA-256 of those.
    pub hash: [u8; 32],
}

impl Vault {
    /// Makes a backup of the whole instance, as it is at one moment, and writes it to `out`, which takes its place only when this is done.
    /// It is kept for so many days. `progress` is told how many records there are by now.
    ///
    /// # Errors
    /// [`BackupError`], refusals included. What was written is then no backup; the entry that it was begun stands.
    pub async fn backup_create(
        &self,
        op: &Op,
        kept_days: u32,
        out: &mut (dyn Write + Send),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<MadeBackup, BackupError> {
        let info = self.begin_backup(op, kept_days).await?;
        // The log has its first key by then: what is restored can tell whose signature it is.
        let instance = self.load_instance().await?;
        self.integrate(instance.ring(), op.now, Turn::Wait).await?;
        // Behind the entry: what is restored knows of the backup that it came from.
        let mut snapshot = self.inner.storage.clone().snapshot().await.map_err(Error::from)?;
        let head = self.backup_head(&info, &mut *snapshot).await?;
        let bytes = head.bytes()?;
        let place = head.place(&bytes);
        let key =
            self.inner.root.derive_backup(&place).map_err(|_| Error::from(Corrupt::new("the root key")))?;
        let body = BodyWriter::begin(out, &bytes, (&key, &place))?;
        let (manifest, written) = self.write_body(body, &mut *snapshot, progress).await?;
        drop(snapshot);
        self.end_backup(op, &info, &written).await?;
        let made = MadeBackup {
            info,
            records: manifest.records,
            pending: manifest.pending,
            tenants: manifest.tenants,
            bytes: written.bytes,
            hash: written.hash,
        };
        let trailer = self.sign_backup(op, &made, &manifest_bytes(&manifest)).await?;
        out.write_all(&trailer.bytes()?).and_then(|()| out.flush()).map_err(BackupError::Unwritten)?;
        Ok(made)
    }

    /// What opens it, as it stands in the snapshot itself.
    async fn backup_head(
        &self,
        info: &BackupInfo,
        snapshot: &mut dyn Snapshot,
    ) -> Result<BackupHead, BackupError> {
        let at = keyspace::single(TenantId::INSTANCE, Table::Instance);
        let unlockers = keyspace::all_of(TenantId::INSTANCE, Table::Unlocker);
        let (mut instance, mut rows, mut after) = (None, Vec::new(), None);
        'pages: loop {
            let page = snapshot.records(after, BACKUP_PAGE).await.map_err(Error::from)?;
            for (key, record) in page.records {
                if key == at {
                    instance = Some(decode::<InstanceRecord>(&record.value).map_err(Error::from)?);
                } else if key.as_bytes().starts_with(&unlockers) {
                    let id = key.suffix_16().ok_or(Error::from(Corrupt::new("an unlocker's row")))?;
                    let row = decode(&record.value).map_err(Error::from)?;
                    rows.push(HeadUnlocker { id: id.into(), row });
                } else if key.as_bytes() > unlockers.as_slice() {
                    break 'pages;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let instance = instance.ok_or(Error::from(StorageError::Missing(PathBuf::new())))?;
        Ok(BackupHead {
            instance: info.instance.into(),
            backup: info.id.into(),
            root_generation: self.inner.root_generation,
            made_ms: info.made.millis(),
            expires_ms: info.expires.millis(),
            records_format: instance.format(),
            unlockers: rows,
        })
    }

    async fn write_body(
        &self,
        mut body: BodyWriter<'_>,
        snapshot: &mut dyn Snapshot,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(BackupManifest, Written), BackupError> {
        let instance = self.load_instance().await?;
        let hash = ByteArray::from([0; 32]);
        let mut manifest = BackupManifest { records: 0, pending: 0, hash, tenants: 0, logs: Vec::new() };
        let mut after = None;
        loop {
            let page = snapshot.records(after, BACKUP_PAGE).await.map_err(Error::from)?;
            for (key, record) in &page.records {
                body.record(key, record)?;
                manifest.take(instance.ring(), key, record)?;
            }
            progress(manifest.records);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let rows = snapshot.pending(after, PENDING_PAGE_MAX).await.map_err(Error::from)?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(*last);
            for (_, row) in &rows {
                body.row(row)?;
                manifest.pending = manifest.pending.saturating_add(1);
            }
        }
        manifest.hash = body.items_hash().into();
        let written = body.finish(&manifest_bytes(&manifest))?;
        Ok((manifest, written))
    }

    /// What the key of the instance's log signs; its tree holds the entry that tells of the backup by then.
    async fn sign_backup(
        &self,
        op: &Op,
        made: &MadeBackup,
        manifest: &[u8],
    ) -> Result<BackupTrailer, BackupError> {
        let hex = base16ct::lower::encode_string;
        let signed = self.sign_as_instance(op.now, |checkpoint, key| {
            let backup = Backup {
                origin: checkpoint.origin,
                size: checkpoint.size,
                root: checkpoint.root,
                instance: hex(&made.info.instance),
                backup: hex(&made.info.id),
                made: made.info.made.millis(),
                expires: made.info.expires.millis(),
                records: made.records,
                pending: made.pending,
                tenants: made.tenants,
                file_size: made.bytes,
                file_sha256: hex(&made.hash),
                manifest_sha256: hex(&hash::sha256(manifest)),
            };
            backup.sign(key)
        });
        let signed = signed.await?;
        Ok(BackupTrailer::new(&signed.note, &signed.keys))
    }
}

impl BackupManifest {
    /// Counts a record, and notes what it says of a log.
    fn take(&mut self, instance: &KeyRing, key: &Key, record: &Record) -> Result<(), BackupError> {
        self.records = self.records.saturating_add(1);
        if key.owner() != TenantId::INSTANCE {
            return Ok(());
        }
        let (table, _) = key.table_and_suffix();
        if table == Table::Directory as u8 {
            self.tenants = self.tenants.saturating_add(1);
        } else if table == Table::LogHeads as u8 {
            let head: KnownHead = open_record(instance, key, record).map_err(Error::from)?;
            let owner = key.suffix_16().map(TenantId::from_bytes);
            let (Some(owner), Some(root)) = (owner, coffer_log::Hash::from_base64(&head.root)) else {
                return Err(Error::from(Corrupt::new("the head of a tenant's log")).into());
            };
            self.logs.push(ManifestLog::new(owner, head.size, root));
        } else if table == Table::LogHead as u8 {
            let head: LogHead = open_record(instance, key, record).map_err(Error::from)?;
            let root = head.frontier().map_err(Error::from)?.root();
            self.logs.push(ManifestLog::new(TenantId::INSTANCE, head.size(), root));
        }
        Ok(())
    }
}
