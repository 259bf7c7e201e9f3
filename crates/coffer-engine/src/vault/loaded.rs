//! Tenants that are open in this process: loaded on first use, with their keys, and forgotten when their epoch has changed.
//!
//! What is here may be as stale as it likes: a commit expects the epochs that a tenant was loaded with ([`LoadedTenant::epochs`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Vault;
use super::pace::Paces;
use super::powers::KeptPowers;
use super::round::{Scope, Stop};
use super::tenant_settings::TenantSettings;
use super::tenants::DirectoryRecord;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Conflict, Error, ErrorKind, NotFound};
use crate::fault::Corrupt;
use crate::limits::ATTEMPTS_MAX;
use crate::op::{Actor, Op};
use crate::quota::Quota;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::storage::{Key, Revision};
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;

/// Tenants that were used in this process.
#[derive(Default)]
pub(super) struct Tenants {
    loaded: Mutex<HashMap<TenantName, Arc<LoadedTenant>>>,
    /// Rings outlive their tenant's line above: a changed epoch alone costs no PBKDF2.
    rings: Mutex<HashMap<TenantId, OpenedRing>>,
    /// One tenant is loaded at a time: many requests for the same one derive its key once.
    loading: tokio::sync::Mutex<()>,
    /// How many members those have where somebody had to know, as it was counted last.
    members: Mutex<HashMap<TenantId, u64>>,
    /// How often the members of those ask that have a quota of requests.
    paces: Paces,
    instance: Mutex<Option<Arc<LoadedTenant>>>,
}

/// A ring, and the rows that it was opened from.
struct OpenedRing {
    basis: Vec<Revision>,
    ring: Arc<KeyRing>,
}

/// A tenant as it was when it was loaded; the epochs say whether it still is.
pub(super) struct LoadedTenant {
    name: Option<TenantName>,
    ring: Arc<KeyRing>,
    epochs: BTreeMap<Key, Option<Revision>>,
    /// What is suspended: it, or one above it. As the epochs say, and so for its quota: that is renewed with its own.
    suspended: Option<TenantName>,
    quota: Quota,
    settings: TenantSettings,
    powers: KeptPowers,
}

impl Tenants {
    /// The keys of those that have them open, but for the instance's.
    pub(super) fn in_use(&self) -> Vec<Arc<KeyRing>> {
        let rings = lock(&self.rings);
        let tenants = rings.iter().filter(|(id, _)| **id != TenantId::INSTANCE);
        tenants.map(|(_, opened)| Arc::clone(&opened.ring)).collect()
    }

    /// Those that have a quota, of those that were used since it changed.
    pub(super) fn with_quota(&self) -> Vec<(TenantName, TenantId, Quota)> {
        let loaded = lock(&self.loaded);
        let limited = loaded.iter().filter(|(_, tenant)| !tenant.quota.is_none());
        limited.map(|(name, tenant)| (name.clone(), tenant.id(), tenant.quota)).collect()
    }

    /// Lets go of the keys of these tenants.
    pub(super) fn let_go(&self, gone: &BTreeSet<TenantId>) {
        lock(&self.loaded).retain(|_, tenant| !gone.contains(&tenant.id()));
        lock(&self.rings).retain(|id, _| !gone.contains(id));
        lock(&self.members).retain(|id, _| !gone.contains(id));
        self.paces.let_go(gone);
    }

    /// So many members this one has.
    pub(super) fn has_members(&self, tenant: TenantId, members: u64) {
        if lock(&self.rings).contains_key(&tenant) {
            lock(&self.members).insert(tenant, members);
        }
    }

    /// How many members this one had when they were counted last; `None`: nobody had to know.
    pub(super) fn last_members(&self, tenant: TenantId) -> Option<u64> {
        lock(&self.members).get(&tenant).copied()
    }

    /// How often members ask.
    pub(super) fn paces(&self) -> &Paces {
        &self.paces
    }

    /// When each that is open was last used.
    pub(super) fn uses(&self) -> Vec<(Timestamp, TenantId)> {
        let rings = lock(&self.rings);
        let tenants = rings.iter().filter(|(id, _)| **id != TenantId::INSTANCE);
        tenants.map(|(id, opened)| (opened.ring.used(), *id)).collect()
    }

    /// How many have their keys open.
    pub(super) fn open(&self) -> usize {
        lock(&self.rings).len()
    }
}

impl LoadedTenant {
    pub(super) fn id(&self) -> TenantId {
        self.ring.owner()
    }

    pub(super) fn ring(&self) -> &Arc<KeyRing> {
        &self.ring
    }

    /// What it is called; the instance has no name.
    pub(super) fn name(&self) -> Option<&TenantName> {
        self.name.as_ref()
    }

    /// When nothing in it is answered: who is suspended, it or one above it.
    pub(super) fn suspended(&self) -> Option<&TenantName> {
        self.suspended.as_ref()
    }

    /// What its identities may do, as long as this stands.
    pub(super) fn powers(&self) -> &KeptPowers {
        &self.powers
    }

    /// What is set of it.
    pub(super) fn settings(&self) -> &TenantSettings {
        &self.settings
    }

    /// What it may hold at most.
    pub(super) fn quota(&self) -> Quota {
        self.quota
    }

    /// What every commit expects: the epochs of the instance and the tenant, and the lines in the directory of those above it.
    pub(super) fn epochs(&self) -> BTreeMap<Key, Option<Revision>> {
        self.epochs.clone()
    }
}

/// What is above a tenant.
#[derive(Default)]
struct Above {
    lines: BTreeMap<Key, Option<Revision>>,
    suspended: Option<TenantName>,
}

impl Vault {
    /// The tenant that the operation names. One that is not there is noted in the instance's log.
    pub(super) async fn load_tenant(&self, op: &Op) -> Result<Arc<LoadedTenant>, Error> {
        if let Some(tenant) = self.loaded(op) {
            return Ok(tenant);
        }
        self.check_proof_is_known(op).await?;
        let _one = self.inner.tenants.loading.lock().await;
        if let Some(tenant) = self.loaded(op) {
            return Ok(tenant);
        }
        match self.load(&op.tenant).await? {
            Some(tenant) => {
                tenant.ring.touch(op.now);
                lock(&self.inner.tenants.loaded).insert(op.tenant.clone(), Arc::clone(&tenant));
                Ok(tenant)
            }
            None => Err(Box::pin(self.no_such_tenant(op)).await),
        }
    }

    /// The tenant that the operation names, if it is loaded; it is used now.
    fn loaded(&self, op: &Op) -> Option<Arc<LoadedTenant>> {
        let tenant = lock(&self.inner.tenants.loaded).get(&op.tenant).map(Arc::clone)?;
        tenant.ring.touch(op.now);
        Some(tenant)
    }

    /// A tenant that is not open yet is opened, which costs a derivation, for a token, a code or a client secret that has a row
    /// there, and for no other.
    /// What the row says is looked at once it is open.
    async fn check_proof_is_known(&self, op: &Op) -> Result<(), Error> {
        let row: &(dyn Fn(TenantId) -> Key + Send + Sync) = match op.actor {
            // Who is proved was looked at in it.
            Actor::Local | Actor::Identity(_) | Actor::Proved(_) | Actor::System => return Ok(()),
            Actor::Token(hash) => &move |tenant| keyspace::token(tenant, hash),
            Actor::Stranger => return Err(ErrorKind::Unauthenticated.into()),
            Actor::Code(hash) => &move |tenant| keyspace::code(tenant, hash),
            Actor::Client(client) => {
                &move |tenant| keyspace::client_secret(tenant, client.id, client.secret.place())
            }
        };
        let Some(tenant) = self.tenant_id(&op.tenant).await? else {
            return Err(ErrorKind::Unauthenticated.into());
        };
        let row = row(tenant);
        let row = self.inner.storage.get(&[row]).await?.pop().flatten();
        if row.is_some() { Ok(()) } else { Err(ErrorKind::Unauthenticated.into()) }
    }

    /// The instance itself.
    pub(super) async fn load_instance(&self) -> Result<Arc<LoadedTenant>, Error> {
        if let Some(instance) = lock(&self.inner.tenants.instance).as_ref() {
            return Ok(Arc::clone(instance));
        }
        let epochs = self.epochs(TenantId::INSTANCE).await?;
        let ring = self.ring(TenantId::INSTANCE).await?;
        let instance = Arc::new(LoadedTenant {
            name: None,
            ring,
            epochs,
            suspended: None,
            quota: Quota::default(),
            settings: TenantSettings::default(),
            powers: KeptPowers::default(),
        });
        *lock(&self.inner.tenants.instance) = Some(Arc::clone(&instance));
        Ok(instance)
    }

    /// Forgets a tenant whose epoch has changed.
    pub(super) fn forget_tenant(&self, tenant: &LoadedTenant) {
        *lock(&self.inner.tenants.instance) = None;
        match &tenant.name {
            Some(name) => lock(&self.inner.tenants.loaded).remove(name),
            None => None,
        };
    }

    async fn load(&self, name: &TenantName) -> Result<Option<Arc<LoadedTenant>>, Error> {
        for _ in 0..ATTEMPTS_MAX {
            let Some(id) = self.tenant_id(name).await? else { return Ok(None) };
            match self.load_called(name, id).await {
                Ok(tenant) => return Ok(Some(tenant)),
                // It was renamed, or erased, while it was looked at: its line says what is so by now.
                Err(_) if self.tenant_id(name).await? != Some(id) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Conflict::Contended.into())
    }

    async fn load_called(&self, name: &TenantName, id: TenantId) -> Result<Arc<LoadedTenant>, Error> {
        // The epochs first: whatever is read after them and changes later makes them change too.
        let mut epochs = self.epochs(id).await?;
        let above = self.above(name).await?;
        epochs.extend(above.lines);
        let ring = self.ring(id).await?;
        let record = self.tenant_record(&ring).await?;
        if record.name != name.as_str() {
            return Err(Corrupt::new("the directory of tenants").into());
        }
        let suspended = record.suspended_ms.map(|_| name.clone()).or(above.suspended);
        let (quota, settings) = (record.quota(), record.settings());
        Ok(Arc::new(LoadedTenant {
            name: Some(name.clone()),
            ring,
            epochs,
            suspended,
            quota,
            settings,
            powers: KeptPowers::default(),
        }))
    }

    async fn epochs(&self, tenant: TenantId) -> Result<BTreeMap<Key, Option<Revision>>, Error> {
        let keys =
            [keyspace::single(TenantId::INSTANCE, Table::Epoch), keyspace::single(tenant, Table::Epoch)];
        let records = self.inner.storage.get(&keys).await?;
        Ok(keys
            .into_iter()
            .zip(records.into_iter().map(|record| record.map(|record| record.revision)))
            .collect())
    }

    pub(super) async fn ring(&self, owner: TenantId) -> Result<Arc<KeyRing>, Error> {
        let rows = self.key_rows(owner).await?;
        let basis = rows.basis();
        if let Some(opened) =
            lock(&self.inner.tenants.rings).get(&owner).filter(|opened| opened.basis == basis)
        {
            return Ok(Arc::clone(&opened.ring));
        }
        let ring = Arc::new(self.open_ring(owner, rows).await?);
        self.inner.tenants.make_room();
        lock(&self.inner.tenants.rings).insert(owner, OpenedRing { basis, ring: Arc::clone(&ring) });
        Ok(ring)
    }

    async fn no_such_tenant(&self, op: &Op) -> Error {
        let name = op.tenant.as_str();
        let noted: Result<(), Error> = self
            .decide(op, Scope::Instance, |_| {
                Box::pin(async move {
                    let draft = Draft::new(Action::TenantList, name, Outcome::Absent);
                    Err(Stop::recorded(draft, NotFound::Tenant(name.to_owned())))
                })
            })
            .await;
        noted.err().unwrap_or_else(|| NotFound::Tenant(name.to_owned()).into())
    }

    /// The lines of those above a tenant, as its commits expect them; and the lowest of them that is suspended.
    async fn above(&self, name: &TenantName) -> Result<Above, Error> {
        let instance = self.load_instance().await?;
        let names: Vec<TenantName> = name.above().collect();
        let keys: Vec<Key> = names.iter().map(|above| keyspace::directory(instance.ring(), above)).collect();
        let lines = self.inner.storage.get(&keys).await?;
        let mut above = Above::default();
        for ((key, name), line) in keys.into_iter().zip(names).zip(lines) {
            above.lines.insert(key, line.as_ref().map(|line| line.revision));
            let Some(line) = line else { continue };
            let line: DirectoryRecord = open_record(instance.ring(), &key, &line)?;
            if line.name != name.as_str() {
                return Err(Corrupt::new("the directory of tenants").into());
            }
            if line.suspended_ms.is_some() {
                above.suspended = Some(name);
            }
        }
        Ok(above)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
