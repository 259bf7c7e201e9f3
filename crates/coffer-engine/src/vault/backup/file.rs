//! A backup's file: read from its beginning to its end, and loaded into an empty storage if it is whole.

use std::io::Read;
use std::sync::Arc;

use coffer_encryption::{Backup as BackupPlace, RootKey, hash};
use coffer_log::{Backup, KeyHistory, VerifierKey};

use super::body::{BodyReader, Item, Pieces, manifest_bytes};
use super::head::BackupHead;
use super::manifest::BackupManifest;
use super::trailer::BackupTrailer;
use super::{BackupError, BackupInfo};
use crate::error::Error;
use crate::limits::{BACKUP_LOADED_AT_ONCE_BYTES, BACKUP_PAGE};
use crate::storage::keyspace::{self, Table};
use crate::storage::load::Loader;
use crate::storage::moving::{MovingRecord, State};
use crate::storage::record::decode;
use crate::storage::{Key, PendingRow, Record, Storage, StorageError, UnfinishedStore};
use crate::tenant::TenantId;
use crate::unlock::Unlocker;
use crate::vault::open::{FORMAT, InstanceRecord};

/// A file whose head was read.
pub struct BackupFile<'r> {
    from: &'r mut (dyn Read + Send),
    head: BackupHead,
    bytes: Vec<u8>,
}

/// What was loaded from a backup, and what was signed of it.
pub struct LoadedBackup {
    /// Which backup.
    pub info: BackupInfo,
    /// What was signed.
    pub signed: Backup,
    pub(super) manifest: BackupManifest,
    pub(super) keys: KeyHistory,
}

/// What was signed of a backup that was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBackup {
    /// Which backup.
    pub info: BackupInfo,
    /// What was signed.
    pub signed: Backup,
    /// The first key of the log whose key signed.
    pub genesis: VerifierKey,
}

impl<'r> BackupFile<'r> {
    /// Reads the head.
    ///
    /// # Errors
    /// [`BackupError`] for what is no backup, or one of a newer Coffer.
    pub fn begin(from: &'r mut (dyn Read + Send)) -> Result<Self, BackupError> {
        let (head, bytes) = BackupHead::read(from)?;
        if head.records_format > FORMAT {
            return Err(
                Error::from(StorageError::TooNew { found: head.records_format, known: FORMAT }).into()
            );
        }
        Ok(Self { from, head, bytes })
    }

    /// Which backup it says that it is.
    #[must_use]
    pub fn info(&self) -> BackupInfo {
        self.head.info()
    }

    /// Opens it with one of these, and loads all that is in it into an empty storage, which is a store only when all was as it was
    /// written and signed. `progress` is told how many records there are by now.
    ///
    /// # Errors
    /// [`BackupError`]; the storage is then no store, and is to be thrown away, or loaded into again.
    pub async fn load(
        self,
        unlockers: &[&dyn Unlocker],
        storage: Arc<dyn Storage>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<LoadedBackup, BackupError> {
        let (loaded, store) = self.load_unfinished(unlockers, storage, progress).await?;
        store.finish().await.map_err(Error::from)?;
        Ok(loaded)
    }

    /// The same, where it is a store only when the caller has done with it what is to be done before anybody uses it.
    ///
    /// # Errors
    /// As [`BackupFile::load`].
    pub async fn load_unfinished(
        self,
        unlockers: &[&dyn Unlocker],
        storage: Arc<dyn Storage>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(LoadedBackup, UnfinishedStore), BackupError> {
        let Self { from, head, bytes } = self;
        let root = head.root(unlockers).await?;
        let place = head.place(&bytes);
        let key = root.derive_backup(&place).map_err(|_| BackupError::Damaged("its head"))?;
        let mut body = BodyReader::begin(from, &bytes, (&key, &place))?;
        let info = head.info();
        let what = MovingRecord::new(State::Restoring, info.id, info.instance, info.made, "");
        let loader = Loader::begin(storage, what).await.map_err(Error::from)?;
        let mut loading =
            Loading { loader, place, records: Vec::new(), rows: Vec::new(), bytes: 0, seen: Seen::default() };
        let manifest = loop {
            match body.next()? {
                Some(Item::Record(key, record)) => loading.record(key, record).await?,
                Some(Item::Row(row)) => loading.row(row).await?,
                Some(Item::Manifest(manifest)) => break *manifest,
                None => return Err(BackupError::Damaged("its end")),
            }
            progress(loading.seen.records);
        };
        if body.next()?.is_some() {
            return Err(BackupError::Damaged("its end"));
        }
        let counted = (manifest.records, manifest.pending) == (loading.seen.records, loading.seen.pending);
        if !counted || *manifest.hash != body.items_hash() {
            return Err(BackupError::Damaged("its manifest"));
        }
        let (signed, keys) = whole(&mut body.pieces, &head)?;
        if signed.manifest_sha256 != base16ct::lower::encode_string(&hash::sha256(&manifest_bytes(&manifest)))
        {
            return Err(BackupError::OtherThanSigned("its manifest"));
        }
        let store = loading.finish().await?;
        Ok((LoadedBackup { info, signed, manifest, keys }, store))
    }

    /// Checks what anybody can check: that the file is whole, and what was signed, by a log whose first key the caller knows.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn check_signature(self) -> Result<SignedBackup, BackupError> {
        let (mut pieces, _) = Pieces::begin(self.from, &self.bytes)?;
        while pieces.next()?.is_some() {}
        let (signed, keys) = whole(&mut pieces, &self.head)?;
        Ok(SignedBackup { info: self.head.info(), signed, genesis: keys.genesis().clone() })
    }
}

/// What was signed of a file whose pieces were all taken, if it is of this file.
fn whole(pieces: &mut Pieces<'_>, head: &BackupHead) -> Result<(Backup, KeyHistory), BackupError> {
    // Those behind the last one that was asked for.
    while pieces.next()?.is_some() {}
    let (bytes, hash) = (pieces.bytes, pieces.hash());
    let (signed, keys) = BackupTrailer::read(pieces.from, pieces.next.saturating_sub(1))?.checked()?;
    let hex = base16ct::lower::encode_string;
    let same = [
        (signed.file_size == bytes, "its length"),
        (signed.file_sha256 == hex(&hash), "its content"),
        (signed.instance == hex(head.instance.as_slice()), "its instance"),
        (signed.backup == hex(head.backup.as_slice()), "its id"),
        ((signed.made, signed.expires) == (head.made_ms, head.expires_ms), "its time"),
    ];
    match same.into_iter().find(|(same, _)| !same) {
        Some((_, what)) => Err(BackupError::OtherThanSigned(what)),
        None => Ok((signed, keys)),
    }
}

impl BackupHead {
    /// The root key, from the first unlocker that opens it.
    async fn root(&self, unlockers: &[&dyn Unlocker]) -> Result<RootKey, BackupError> {
        let mut first_error = None;
        for unlocker in unlockers {
            for stored in self.unlockers.iter().filter(|stored| stored.row.kind == unlocker.kind()) {
                match unlocker.open(*self.instance, *stored.id, &stored.row).await {
                    // The body's key comes from one generation of the root key.
                    Ok(Some(root)) if stored.row.root_generation == self.root_generation => return Ok(root),
                    Ok(_) => {}
                    Err(error) => first_error = first_error.or(Some(error)),
                }
            }
        }
        match first_error {
            Some(error) => Err(Error::from(error).into()),
            None => Err(BackupError::OtherInstance(base16ct::lower::encode_string(self.instance.as_slice()))),
        }
    }
}

#[derive(Default)]
struct Seen {
    records: u64,
    pending: u64,
}

/// What was read and is not in the storage yet.
struct Loading {
    loader: Loader,
    place: BackupPlace,
    records: Vec<(Key, Record)>,
    rows: Vec<PendingRow>,
    bytes: usize,
    seen: Seen,
}

impl Loading {
    async fn record(&mut self, key: Key, record: Record) -> Result<(), BackupError> {
        if key == keyspace::single(TenantId::INSTANCE, Table::Instance) {
            let instance: InstanceRecord = decode(&record.value).map_err(Error::from)?;
            if instance.id() != self.place.instance {
                return Err(BackupError::Damaged("its instance"));
            }
        }
        self.seen.records = self.seen.records.saturating_add(1);
        self.bytes = self.bytes.saturating_add(record.value.len());
        self.records.push((key, record));
        self.flush_if(BACKUP_PAGE).await
    }

    async fn row(&mut self, row: PendingRow) -> Result<(), BackupError> {
        self.seen.pending = self.seen.pending.saturating_add(1);
        self.bytes = self.bytes.saturating_add(row.sealed.len());
        self.rows.push(row);
        self.flush_if(BACKUP_PAGE).await
    }

    async fn flush_if(&mut self, full: usize) -> Result<(), BackupError> {
        let waiting = self.records.len().saturating_add(self.rows.len());
        if waiting < full && self.bytes < BACKUP_LOADED_AT_ONCE_BYTES {
            return Ok(());
        }
        self.bytes = 0;
        self.loader.records(std::mem::take(&mut self.records)).await.map_err(Error::from)?;
        self.loader.pending(std::mem::take(&mut self.rows)).await.map_err(Error::from)?;
        Ok(())
    }

    async fn finish(mut self) -> Result<UnfinishedStore, BackupError> {
        self.flush_if(0).await?;
        Ok(self.loader.loaded().map_err(Error::from)?)
    }
}
