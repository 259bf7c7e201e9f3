//! A store opened with an unlocker, or made.

use std::sync::Arc;

use coffer_encryption::{RootKey, random};
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::changes::Changes;
use super::commits::Commits;
use super::directory::KeptDirectory;
use super::index::Indexes;
use super::kept::Kept;
use super::loaded::Tenants;
use super::novelty::Novelty;
use super::passwords::Passwords;
use super::persons::Persons;
use super::renew::Renewals;
use super::round::Stop;
use super::secret_ids::SecretIds;
use super::tenants::found;
use super::turns::Turns;
use super::writers::Writers;
use super::{Inner, Settings, Vault, keys};
use crate::action::Action;
use crate::audit::{Asker, Basis, Draft, Entry, Outcome, Who};
use crate::error::{Error, ErrorKind};
use crate::fault::Corrupt;
use crate::limits::SCAN_PAGE_MAX;
use crate::op::Op;
use crate::storage::cache::Cache;
use crate::storage::committer::{Committer, Decided, Entries, Submission};
use crate::storage::keyspace::{self, Table};
use crate::storage::moving::Beginning;
use crate::storage::record::{decode, encode, plain_record};
use crate::storage::{Durability, Expectation, Record, Storage, StorageError};
use crate::tenant::{TenantId, TenantName};
use crate::unlock::{Enrolment, UnlockError, Unlocker, UnlockerRow};

/// The format of the records that this build writes.
pub(super) const FORMAT: u32 = 1;
/// The first generation of the root key.
const FIRST_ROOT_GENERATION: u32 = 1;

/// The instance's record: what is read before there is any key.
#[derive(Encode, Decode, CborLen)]
pub(super) struct InstanceRecord {
    #[n(0)]
    format: u32,
    #[n(1)]
    instance: ByteArray<16>,
    #[n(2)]
    root_generation: u32,
    #[n(3)]
    created_ms: u64,
}

impl InstanceRecord {
    pub(super) fn id(&self) -> [u8; 16] {
        *self.instance
    }

    pub(super) fn format(&self) -> u32 {
        self.format
    }
}

/// How a store is opened.
pub struct OpenOptions<'a> {
    /// What may open it, in the order in which they are tried. A new store is set up with all of them.
    pub unlockers: &'a [&'a dyn Unlocker],
    /// How this process uses it.
    pub settings: Settings,
}

impl Vault {
    /// Opens a store that is there.
    ///
    /// # Errors
    /// [`StorageError::Missing`] when there is none; [`StorageError::Unfinished`] and [`StorageError::Moved`] where it is not in service;
    /// [`UnlockError`] when no unlocker opens it.
    pub async fn open(storage: Arc<dyn Storage>, options: OpenOptions<'_>) -> Result<Self, Error> {
        let record = Beginning::of(storage.as_ref()).await?.in_service()?;
        Self::open_as(storage, record, options).await
    }

    /// Opens a store that has this record, in service or not.
    pub(super) async fn open_as(
        storage: Arc<dyn Storage>,
        record: Option<Record>,
        options: OpenOptions<'_>,
    ) -> Result<Self, Error> {
        let record = record.ok_or(StorageError::Missing(std::path::PathBuf::new()))?;
        let record: InstanceRecord = decode(&record.value)?;
        if record.format > FORMAT {
            return Err(StorageError::TooNew { found: record.format, known: FORMAT }.into());
        }
        let instance = *record.instance;
        let unlocked = unlock(storage.as_ref(), instance, options.unlockers).await?;
        Self::assemble(storage, instance, unlocked, options.settings)
    }

    /// Opens a store, or makes one where there is none, with the tenant `default` in it. Safe when several processes do it at
    /// once: one makes it, the others open it.
    ///
    /// # Errors
    /// As [`Vault::open`], and what keeps a store from being made.
    pub async fn open_or_create(
        storage: Arc<dyn Storage>,
        options: OpenOptions<'_>,
        op: &Op,
    ) -> Result<Self, Error> {
        let unlockers = options.unlockers;
        let settings = options.settings;
        let vault = match Self::open(Arc::clone(&storage), options).await {
            Err(error) if is_missing(&error) => {
                match Self::create(Arc::clone(&storage), unlockers, settings, op).await? {
                    Some(vault) => vault,
                    None => Self::open(storage, OpenOptions { unlockers, settings }).await?,
                }
            }
            opened => opened?,
        };
        vault.ensure_default_tenant(op).await?;
        Ok(vault)
    }

    /// Makes a store; `None` when another process was first.
    async fn create(
        storage: Arc<dyn Storage>,
        unlockers: &[&dyn Unlocker],
        settings: Settings,
        op: &Op,
    ) -> Result<Option<Self>, Error> {
        // Records without the instance's own are a damaged store. Its only way back may be a backup of that one record, so
        // nothing is laid over it.
        if !storage.scan(&[], None, 1).await?.records.is_empty() {
            let key = keyspace::single(TenantId::INSTANCE, Table::Instance);
            let made_by_another = storage.get(&[key]).await?.pop().flatten().is_some();
            return if made_by_another {
                Ok(None)
            } else {
                Err(Corrupt::new("the instance's record").into())
            };
        }
        let instance: [u8; 16] = random::bytes()?;
        let root = RootKey::generate()?;
        let root_generation = FIRST_ROOT_GENERATION;
        let record = InstanceRecord {
            format: FORMAT,
            instance: instance.into(),
            root_generation,
            created_ms: op.now.millis(),
        };
        let mut changes = Changes::default();
        let key = keyspace::single(TenantId::INSTANCE, Table::Instance);
        changes.put(plain_record(key, encode(&record).as_slice())?);
        if unlockers.is_empty() {
            return Err(UnlockError::NoneFits { wanted: "at least one".into(), given: "none".into() }.into());
        }
        for unlocker in unlockers {
            let id = unlocker.own_id().map_or_else(random::bytes, Ok)?;
            let place = Enrolment { instance, id, root_generation, now_ms: op.now.millis() };
            let row = unlocker.enroll(&root, place).await?;
            changes.put(plain_record(keyspace::unlocker(id), encode(&row).as_slice())?);
        }
        let (ring, rows) =
            keys::make(&root, root_generation, instance, TenantId::INSTANCE, settings.iterations, None)?;
        rows.into_iter().for_each(|row| changes.put(row));
        found(&mut changes, &ring).map_err(Stop::into_error)?;
        let draft = Draft::new(Action::StoreCreate, "", Outcome::Done).changes(changes.described());
        // The first entry is decided on nothing: there was nothing.
        let basis = Basis { epoch: None, identity: None };
        let mut entry = Entry::write(&Asker::of(op, Who::LOCAL), TenantId::INSTANCE, basis, draft)?;
        let submission = Submission {
            batch: changes.into_batch([Expectation { key, revision: None }], None),
            entries: Entries::Leaves { leaves: vec![entry.take_leaf()], seal: Arc::new(ring) },
            durability: Durability::Synced,
        };
        let vault =
            Self::assemble(storage, instance, Unlocked { root, root_generation, by: None }, settings)?;
        match vault.inner.committer.submit(submission).await.map_err(ErrorKind::Unrecorded)? {
            Decided::Committed(_) => Ok(Some(vault)),
            Decided::Conflict | Decided::Expired | Decided::Kept => Ok(None),
        }
    }

    fn assemble(
        storage: Arc<dyn Storage>,
        instance: [u8; 16],
        unlocked: Unlocked,
        settings: Settings,
    ) -> Result<Self, Error> {
        let process = random::bytes()?;
        let watch = Arc::default();
        let Unlocked { root, root_generation, by } = unlocked;
        let inner = Inner {
            committer: Committer::new(Arc::clone(&storage), Arc::clone(&watch)),
            storage,
            cache: Cache::new(),
            tenants: Tenants::default(),
            directory: KeptDirectory::default(),
            kept: Kept::new(instance)?,
            writers: Writers::default(),
            secret_ids: SecretIds::new()?,
            novelty: Novelty::default(),
            persons: Persons::default(),
            indexes: Indexes::default(),
            commits: Commits::default(),
            turns: Turns::default(),
            renewals: Renewals::default(),
            passwords: Passwords::new(),
            process,
            instance,
            root,
            root_generation,
            unlocked_by: by,
            settings,
            watch,
            gone: tokio::sync::watch::Sender::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A store whose maker died before its first tenant was made gets it now: the same step as on the day it was made.
    async fn ensure_default_tenant(&self, op: &Op) -> Result<(), Error> {
        let name = TenantName::default_tenant();
        if self.tenant_exists(&name).await? {
            return Ok(());
        }
        match self.tenant_create(op, &name).await {
            Err(error) if matches!(error.kind(), ErrorKind::Conflict(_)) => Ok(()),
            made => made.map(|_| ()),
        }
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable(StorageError::Missing(_)))
}

/// The root key, and which unlocker it came from.
struct Unlocked {
    root: RootKey,
    root_generation: u32,
    /// `None` where it was made just now.
    by: Option<[u8; 16]>,
}

/// The root key, from the first unlocker that opens it.
async fn unlock(
    storage: &dyn Storage,
    instance: [u8; 16],
    unlockers: &[&dyn Unlocker],
) -> Result<Unlocked, Error> {
    let rows = unlocker_rows(storage).await?;
    let mut first_error = None;
    for unlocker in unlockers {
        for (id, row) in rows.iter().filter(|(_, row)| row.kind == unlocker.kind()) {
            match unlocker.open(instance, *id, row).await {
                Ok(Some(root)) => {
                    let root_generation = row.root_generation;
                    return Ok(Unlocked { root, root_generation, by: Some(*id) });
                }
                Ok(None) => {}
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
    }
    let names =
        |kinds: Vec<&'static str>| if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
    Err(first_error
        .unwrap_or_else(|| UnlockError::NoneFits {
            wanted: names(rows.iter().map(|(_, row)| row.kind.name()).collect()),
            given: names(unlockers.iter().map(|unlocker| unlocker.kind().name()).collect()),
        })
        .into())
}

/// The rows of all unlockers.
pub(super) async fn unlocker_rows(storage: &dyn Storage) -> Result<Vec<([u8; 16], UnlockerRow)>, Error> {
    let prefix = keyspace::all_of(TenantId::INSTANCE, Table::Unlocker);
    let page = storage.scan(&prefix, None, SCAN_PAGE_MAX).await?;
    let row = |(key, record): &(crate::storage::Key, crate::storage::Record)| {
        let id = key.suffix_16().ok_or(Corrupt::new("an unlocker's row"))?;
        Ok((id, decode(&record.value)?))
    };
    page.records.iter().map(row).collect()
}
