//! The rows that hold a tenant's wrapped keys: made once, opened when the tenant is first used.

use std::sync::Arc;

use coffer_encryption::{
    IndexKey, IndexWrap, Iterations, Kdf, OwnerKey, OwnerWrap, RootKey, WrappingPlace, generation_of, random,
    unwrap, wrap,
};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::kept::Kept;
use crate::error::{Error, ErrorKind};
use crate::fault::Corrupt;
use crate::limits::SCAN_PAGE_MAX;
use crate::own_thread::on_its_own_thread;
use crate::storage::keyring::{Generation, KeyRing};
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{decode, encode, plain_record};
use crate::storage::{Key, Put, Record, Revision};
use crate::tenant::TenantId;

/// The first generation of every key.
pub(super) const FIRST_GENERATION: u32 = 1;

/// One generation of a tenant's key, as it is stored.
#[derive(Encode, Decode, CborLen)]
pub(super) struct GenerationRow {
    /// 1: HKDF from the root key, for the instance alone. 2: PBKDF2-HMAC-SHA256.
    #[n(0)]
    kdf: u8,
    #[n(1)]
    root_generation: u32,
    #[n(2)]
    wrapped: ByteVec,
    #[n(3)]
    salt: Option<ByteArray<32>>,
    #[n(4)]
    iterations: Option<u32>,
}

/// Fresh keys for a tenant (or the instance): the opened ring, and the rows to store. What is kept of them spares the first who opens them
/// a derivation.
pub(super) fn make(
    root: &RootKey,
    root_generation: u32,
    instance: [u8; 16],
    owner: TenantId,
    iterations: Iterations,
    kept: Option<&Kept>,
) -> Result<(KeyRing, Vec<Put>), Error> {
    let number = FIRST_GENERATION;
    let key = OwnerKey::generate()?;
    let (place, stored) = row(root, root_generation, (instance, owner, number), iterations, &key)?;
    let index = IndexKey::generate()?;
    let index_place = IndexWrap { instance, owner: *owner.bytes(), generation: number };
    if let Some(kept) = kept {
        kept.keep(owner, kept.line(&place, stored.revision, &key).into_iter().collect());
    }
    let puts =
        vec![stored, plain_record(keyspace::single(owner, Table::Index), wrap(&key, &index_place, &index)?)?];
    let generation = Generation::derive(&key, owner, number).map_err(|_| ErrorKind::NoEntropy)?;
    Ok((KeyRing::new(instance, owner, index, generation, []), puts))
}

/// The row of one generation: its key, wrapped under one that is derived from the root key.
fn row(
    root: &RootKey,
    root_generation: u32,
    (instance, owner, generation): ([u8; 16], TenantId, u32),
    iterations: Iterations,
    key: &OwnerKey,
) -> Result<(OwnerWrap, Put), Error> {
    let (kdf, stored) = if owner == TenantId::INSTANCE {
        (Kdf::InstanceHkdf, None)
    } else {
        let salt = random::bytes()?;
        (Kdf::Pbkdf2Sha256 { salt, iterations }, Some((salt, iterations)))
    };
    let place = WrappingPlace { instance, owner: *owner.bytes(), generation, root_generation, kdf };
    let wrapping = root.derive_wrapping(&place).map_err(|_| ErrorKind::NoEntropy)?;
    let row = GenerationRow {
        kdf: place.kdf.id(),
        root_generation,
        wrapped: wrap(&wrapping, &place, key)?.into(),
        salt: stored.map(|(salt, _)| salt.into()),
        iterations: stored.map(|(_, iterations)| iterations.get()),
    };
    let stored = plain_record(keyspace::generation(owner, generation), encode(&row).as_slice())?;
    Ok((place, stored))
}

/// One generation of a tenant's key, open, and the row that it came from.
pub(super) struct OpenedKey {
    pub(super) row: Key,
    pub(super) revision: Revision,
    pub(super) generation: u32,
    pub(super) key: OwnerKey,
}

/// The rows that a ring is opened from, as they are stored now.
pub(super) struct KeyRows {
    generations: Vec<(Key, Record)>,
    index: Record,
}

impl KeyRows {
    /// The rows of one generation, as they will be stored.
    #[cfg(test)]
    pub(super) fn of(puts: &[Put]) -> Self {
        let record = |put: &Put| Record { revision: put.revision, value: Arc::clone(&put.value) };
        Self { generations: vec![(puts[0].key, record(&puts[0]))], index: record(&puts[1]) }
    }

    /// Which rows these are: a ring opened from the same need not be opened again.
    pub(super) fn basis(&self) -> Vec<Revision> {
        self.generations.iter().map(|(_, record)| record.revision).chain([self.index.revision]).collect()
    }
}

impl Vault {
    /// Reads the rows of a tenant's keys. One that is locked has none.
    ///
    /// # Errors
    /// [`ErrorKind::TenantLocked`]; what was open of it here is let go of then.
    pub(super) async fn key_rows(&self, owner: TenantId) -> Result<KeyRows, Error> {
        let prefix = keyspace::all_of(owner, Table::Generation);
        let mut page = self.inner.storage.scan(&prefix, None, SCAN_PAGE_MAX).await?;
        if page.records.is_empty() {
            if let Some(lock) = self.lock_record(owner).await? {
                self.let_go(owner);
                return Err(ErrorKind::TenantLocked(lock.since()).into());
            }
            // It may have been unlocked between the two looks.
            page = self.inner.storage.scan(&prefix, None, SCAN_PAGE_MAX).await?;
        }
        let index = self.inner.storage.get(&[keyspace::single(owner, Table::Index)]).await?.pop().flatten();
        Ok(KeyRows { generations: page.records, index: index.ok_or(Corrupt::new("the keys of a tenant"))? })
    }

    /// Opens a tenant's keys. PBKDF2 takes some 11 ms for each generation, so it runs on a thread of its own: no executor
    /// stands still for it. What was open before takes none.
    pub(super) async fn open_ring(&self, owner: TenantId, rows: KeyRows) -> Result<KeyRing, Error> {
        let inner = Arc::clone(&self.inner);
        let is_kept = inner.kept.has(owner, rows.generations.iter().map(|(_, record)| record.revision));
        let work = move || open(&inner.root, &inner.kept, inner.instance, owner, &rows);
        let ring = match is_kept {
            true => work()?,
            false => on_its_own_thread("coffer-unlock", work).await.ok_or(ErrorKind::NoEntropy)??,
        };
        Ok(ring.watched(Arc::clone(&self.inner.watch)))
    }
}

impl Vault {
    /// The keys of a tenant in all generations, open.
    pub(super) async fn owner_keys(&self, owner: TenantId) -> Result<Vec<OpenedKey>, Error> {
        let rows = self.key_rows(owner).await?;
        let inner = Arc::clone(&self.inner);
        let work = move || {
            let opened = |(row, record): &(Key, Record)| {
                let generation = row.suffix_u32().ok_or(corrupt())?;
                let at = (inner.instance, owner, generation);
                let (key, _) = open_generation(&inner.root, &inner.kept, at, record)?;
                Ok(OpenedKey { row: *row, revision: record.revision, generation, key })
            };
            rows.generations.iter().map(opened).collect::<Result<Vec<_>, Error>>()
        };
        on_its_own_thread("coffer-unlock", work).await.ok_or(ErrorKind::NoEntropy)?
    }

    /// Wraps a tenant's keys under the root key anew, the oldest generation first: the ring that they are, and the rows to store.
    pub(super) async fn wrap_again(
        &self,
        owner: TenantId,
        keys: Vec<(u32, OwnerKey)>,
    ) -> Result<(Arc<KeyRing>, Vec<Put>), Error> {
        let index = self.inner.storage.get(&[keyspace::single(owner, Table::Index)]).await?.pop().flatten();
        let index = index.ok_or(corrupt())?;
        let inner = Arc::clone(&self.inner);
        let work = move || -> Result<(KeyRing, Vec<Put>), Error> {
            let (mut puts, mut lines) = (Vec::with_capacity(keys.len()), Vec::with_capacity(keys.len()));
            for (generation, key) in &keys {
                let at = (inner.instance, owner, *generation);
                let (place, put) =
                    row(&inner.root, inner.root_generation, at, inner.settings.iterations, key)?;
                lines.extend(inner.kept.line(&place, put.revision, key));
                puts.push(put);
            }
            inner.kept.keep(owner, lines);
            let record =
                |put: &Put| (put.key, Record { revision: put.revision, value: Arc::clone(&put.value) });
            let rows = KeyRows { generations: puts.iter().map(record).collect(), index };
            Ok((open(&inner.root, &inner.kept, inner.instance, owner, &rows)?, puts))
        };
        let (ring, puts) = on_its_own_thread("coffer-unlock", work).await.ok_or(ErrorKind::NoEntropy)??;
        Ok::<_, Error>((Arc::new(ring.watched(Arc::clone(&self.inner.watch))), puts))
    }
}

/// Opens a ring from its rows.
pub(super) fn open(
    root: &RootKey,
    kept: &Kept,
    instance: [u8; 16],
    owner: TenantId,
    rows: &KeyRows,
) -> Result<KeyRing, Error> {
    let (mut index, mut lines) = (None, Vec::with_capacity(rows.generations.len()));
    let mut opened = Vec::with_capacity(rows.generations.len());
    let index_generation = generation_of(&rows.index.value).map_err(|_| corrupt())?;
    for (key, record) in &rows.generations {
        let number = key.suffix_u32().ok_or(corrupt())?;
        let (key, place) = open_generation(root, kept, (instance, owner, number), record)?;
        lines.extend(kept.line(&place, record.revision, &key));
        if number == index_generation {
            let place = IndexWrap { instance, owner: *owner.bytes(), generation: number };
            index = Some(unwrap(&key, &place, &rows.index.value).map_err(|_| corrupt())?);
        }
        opened.push(Generation::derive(&key, owner, number).map_err(|_| ErrorKind::NoEntropy)?);
    }
    kept.keep(owner, lines);
    // Keys sort by number: the last row is the newest generation.
    let newest = opened.pop().ok_or(corrupt())?;
    Ok(KeyRing::new(instance, owner, index.ok_or(corrupt())?, newest, opened))
}

fn open_generation(
    root: &RootKey,
    kept: &Kept,
    (instance, owner, generation): ([u8; 16], TenantId, u32),
    record: &Record,
) -> Result<(OwnerKey, OwnerWrap), Error> {
    let row: GenerationRow = decode(&record.value)?;
    let kdf = match (row.kdf, row.salt, row.iterations) {
        (1, None, None) => Kdf::InstanceHkdf,
        (2, Some(salt), Some(count)) => {
            Kdf::Pbkdf2Sha256 { salt: *salt, iterations: Iterations::new(count).map_err(|_| corrupt())? }
        }
        _ => return Err(corrupt().into()),
    };
    let place =
        OwnerWrap { instance, owner: *owner.bytes(), generation, root_generation: row.root_generation, kdf };
    if let Some(key) = kept.open(&place, record.revision) {
        return Ok((key, place));
    }
    let wrapping = root.derive_wrapping(&place).map_err(|_| corrupt())?;
    let key = unwrap(&wrapping, &place, &row.wrapped).map_err(|_| corrupt())?;
    Ok((key, place))
}

fn corrupt() -> Corrupt {
    Corrupt::new("the keys of a tenant")
}
