//! The opened keys of one tenant (or of the instance): what records are sealed and found with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coffer_encryption::{AuditKey, DataWrapKey, DeriveError, IndexKey, OwnerKey, RecordKey};

use super::folder_hashes::FolderHashes;
use crate::fault::Corrupt;
use crate::monitoring::Watch;
use crate::path::FolderPath;
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// The opened keys of one tenant. Every key in it is silent and wiped when the ring is dropped.
#[derive(Debug)]
pub(crate) struct KeyRing {
    instance: [u8; 16],
    owner: TenantId,
    index: IndexKey,
    folders: FolderHashes,
    primary: u32,
    generations: BTreeMap<u32, Generation>,
    watch: Arc<Watch>,
    /// When somebody last acted with it, in milliseconds; 0: nobody has.
    used_ms: AtomicU64,
}

/// The purpose keys of one generation.
#[derive(Debug)]
pub(crate) struct Generation {
    number: u32,
    /// Wraps data keys.
    pub(crate) data_wrap: DataWrapKey,
    /// Seals records.
    pub(crate) record: RecordKey,
    /// Seals audit rows.
    pub(crate) audit: AuditKey,
}

impl Generation {
    /// Derives the purpose keys of one generation.
    ///
    /// # Errors
    /// When the derivation fails.
    pub(crate) fn derive(key: &OwnerKey, owner: TenantId, number: u32) -> Result<Self, DeriveError> {
        let id = owner.bytes();
        Ok(Self {
            number,
            data_wrap: key.derive(id, number)?,
            record: key.derive(id, number)?,
            audit: key.derive(id, number)?,
        })
    }

    /// Its number.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }
}

impl KeyRing {
    /// A ring whose newest generation seals and all of whose generations open.
    pub(crate) fn new(
        instance: [u8; 16],
        owner: TenantId,
        index: IndexKey,
        newest: Generation,
        older: impl IntoIterator<Item = Generation>,
    ) -> Self {
        let primary = newest.number;
        let generations =
            older.into_iter().chain([newest]).map(|generation| (generation.number, generation)).collect();
        Self {
            instance,
            owner,
            index,
            folders: FolderHashes::default(),
            primary,
            generations,
            watch: Arc::default(),
            used_ms: AtomicU64::new(0),
        }
    }

    /// The same ring, watched.
    pub(crate) fn watched(self, watch: Arc<Watch>) -> Self {
        Self { watch, ..self }
    }

    /// Somebody acts with it at this moment.
    pub(crate) fn touch(&self, now: Timestamp) {
        self.used_ms.fetch_max(now.millis(), Ordering::Relaxed);
    }

    /// When somebody last did.
    pub(crate) fn used(&self) -> Timestamp {
        Timestamp::from_millis(self.used_ms.load(Ordering::Relaxed))
    }

    /// Whoever watches what is done with these keys.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The instance it belongs to.
    pub(crate) fn instance(&self) -> [u8; 16] {
        self.instance
    }

    /// Whose keys these are.
    #[must_use]
    pub(crate) fn owner(&self) -> TenantId {
        self.owner
    }

    /// The key that hides names.
    pub(crate) fn index(&self) -> &IndexKey {
        &self.index
    }

    /// What stands for a folder in keys.
    pub(crate) fn folder_hash(&self, folder: &FolderPath) -> [u8; 16] {
        self.folders.hash(folder, || self.index.hash(b"folder", folder.as_str().as_bytes()))
    }

    /// The generation that seals now.
    pub(crate) fn newest(&self) -> Result<&Generation, Corrupt> {
        self.generation(self.primary)
    }

    /// The generation of this number.
    pub(crate) fn generation(&self, number: u32) -> Result<&Generation, Corrupt> {
        self.generations.get(&number).ok_or(Corrupt::new("a record of an unknown key generation"))
    }
}
