//! Tenants: made and listed, by their lines in the directory.

use coffer_encryption::random;
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::changes::Changes;
use super::directory::TenantPage;
use super::list::ListPart;
use super::managed::Said;
use super::round::{Round, Scope, Stop};
use super::tenant_record::TenantRecord;
use super::{Vault, keys};
use crate::access::{Grant, Identity, IdentityKind, PathPattern, Place, Role};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::fault::Corrupt;
use crate::identity::IdentityId;
use crate::limits::SCAN_PAGE_MAX;
use crate::op::Op;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::storage::{Key, Record};
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;

/// A tenant's line in the directory, sealed under the instance's keys.
#[derive(Encode, Decode, CborLen)]
pub(super) struct DirectoryRecord {
    #[n(0)]
    pub(super) name: String,
    #[n(1)]
    pub(super) tenant: ByteArray<16>,
    /// Since when it is suspended, said again for lists: no tenant is opened for them.
    #[n(2)]
    pub(super) suspended_ms: Option<u64>,
    /// Since when it is locked by its own members, said again for lists.
    #[n(3)]
    pub(super) locked_ms: Option<u64>,
    /// Where it has to stay, said again for lists.
    #[n(4)]
    pub(super) residency: Option<String>,
}

/// A tenant, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantInfo {
    /// What it is called.
    pub name: TenantName,
    /// Since when nothing in it is answered.
    pub suspended: Option<Timestamp>,
    /// Since when it is locked by its own members.
    pub locked: Option<Timestamp>,
    /// Where what it holds has to stay.
    pub residency: Option<String>,
}

impl Vault {
    /// Makes a tenant, with keys and a log of its own and the local owner as its first identity.
    ///
    /// # Errors
    /// [`Conflict::Exists`] when the name is taken; refusals and storage errors as for every verb.
    pub async fn tenant_create(&self, op: &Op, name: &TenantName) -> Result<TenantId, Error> {
        let asked = (Action::TenantCreate, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::managing(op), asked, |round, first| {
            Box::pin(async move {
                let NewTenant { id, lines, above, .. } = round.new_tenant(name).await?;
                let draft = Draft::new(Action::TenantCreate, name.as_str(), Outcome::Done);
                let id = ByteArray::from(*id.bytes());
                round.commit_managed(first, draft, (lines, above), None, id).await
            })
        });
        Ok(TenantId::from_bytes(*done.await?.answer))
    }

    /// The tenants that whoever asks manages, by name.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn tenant_list(&self, op: &Op) -> Result<Vec<TenantInfo>, Error> {
        self.tenant_list_below(op, None).await
    }

    /// Those that lie below this one in the tree, by name; all of them where none is named.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn tenant_list_below(
        &self,
        op: &Op,
        below: Option<&TenantName>,
    ) -> Result<Vec<TenantInfo>, Error> {
        Ok(self.tenant_page(op, below, ListPart::WHOLE).await?.tenants)
    }

    /// A part of the same list.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn tenant_page(
        &self,
        op: &Op,
        below: Option<&TenantName>,
        part: ListPart<'_>,
    ) -> Result<TenantPage, Error> {
        self.decide(op, Scope::managing(op), |round| {
            Box::pin(async move {
                round.permit(Action::TenantList, Place::Tenant)?;
                let page = round.managed_page(below, part).await?;
                let of = below.map_or("", TenantName::as_str);
                round.note(Draft::new(Action::TenantList, of, Outcome::Done)).await?;
                Ok(page)
            })
        })
        .await
    }

    /// All of the directory, by name.
    pub(super) async fn all_tenants(&self) -> Result<Vec<TenantInfo>, Error> {
        Ok(self.directory().await?.into_iter().map(|(_, tenant)| tenant).collect())
    }

    /// The same, with their ids.
    pub(super) async fn directory(&self) -> Result<Vec<(TenantId, TenantInfo)>, Error> {
        let (mut tenants, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = self.directory_page(after, SCAN_PAGE_MAX).await?;
            tenants.extend(page);
            after = next;
            if after.is_none() {
                tenants.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
                return Ok(tenants);
            }
        }
    }

    /// So many names behind this one, in the order of the directory's keys, whether it is there or not; and whether there are more.
    pub(super) async fn some_tenants(
        &self,
        behind: Option<&TenantName>,
        limit: usize,
    ) -> Result<(Vec<TenantName>, bool), Error> {
        let instance = self.load_instance().await?;
        let after = behind.map(|name| keyspace::directory(instance.ring(), name));
        let (page, next) = self.directory_page(after, limit).await?;
        Ok((page.into_iter().map(|(_, tenant)| tenant.name).collect(), next.is_some()))
    }

    /// A part of the directory, in the order of its keys, and behind what the next one is.
    async fn directory_page(
        &self,
        after: Option<Key>,
        limit: usize,
    ) -> Result<(Vec<(TenantId, TenantInfo)>, Option<Key>), Error> {
        let instance = self.load_instance().await?;
        let prefix = keyspace::all_of(TenantId::INSTANCE, Table::Directory);
        let page = self.inner.storage.scan(&prefix, after, limit).await?;
        let line = |(key, record): &(Key, Record)| {
            let line: DirectoryRecord = open_record(instance.ring(), key, record)?;
            let name = TenantName::parse(&line.name).map_err(|_| Corrupt::new("the directory of tenants"))?;
            let since = |ms: Option<u64>| ms.map(Timestamp::from_millis);
            let (suspended, locked) = (since(line.suspended_ms), since(line.locked_ms));
            let info = TenantInfo { name, suspended, locked, residency: line.residency };
            Ok((TenantId::from_bytes(*line.tenant), info))
        };
        Ok((page.records.iter().map(line).collect::<Result<_, Error>>()?, page.next))
    }

    /// Whether the directory has this name.
    pub(super) async fn tenant_exists(&self, name: &TenantName) -> Result<bool, Error> {
        let key = keyspace::directory(self.load_instance().await?.ring(), name);
        Ok(self.inner.storage.get(&[key]).await?.pop().flatten().is_some())
    }

    /// Whom a name means, as the directory says.
    pub(super) async fn tenant_id(&self, name: &TenantName) -> Result<Option<TenantId>, Error> {
        let instance = self.load_instance().await?;
        let key = keyspace::directory(instance.ring(), name);
        let Some(line) = self.inner.storage.get(&[key]).await?.pop().flatten() else { return Ok(None) };
        let line: DirectoryRecord = open_record(instance.ring(), &key, &line)?;
        if line.name != name.as_str() {
            return Err(Corrupt::new("the directory of tenants").into());
        }
        Ok(Some(TenantId::from_bytes(*line.tenant)))
    }
}

/// A tenant that is to be made.
pub(super) struct NewTenant {
    pub(super) id: TenantId,
    pub(super) ring: KeyRing,
    /// What it begins with: the instance's log says it, since its own has nobody's entry yet.
    pub(super) lines: Changes,
    /// Those above it are told.
    pub(super) above: Changes,
}

impl Round<'_> {
    /// A tenant of this name, with keys, a record and the local owner, to be committed.
    pub(super) async fn new_tenant(&mut self, name: &TenantName) -> Result<NewTenant, Stop> {
        let name = self.may_call(name)?;
        if self.line(&name).await?.is_some() {
            let draft = Draft::new(Action::TenantCreate, name.name().as_str(), Outcome::Mismatch);
            return Err(Stop::recorded(draft, Conflict::Exists));
        }
        let id = TenantId::from_bytes(random::bytes()?);
        let inner = &self.vault.inner;
        let (ring, rows) = keys::make(
            &inner.root,
            inner.root_generation,
            inner.instance,
            id,
            inner.settings.iterations,
            Some(&inner.kept),
        )?;
        let (mut lines, mut above) = (Changes::default(), Changes::default());
        rows.into_iter().for_each(|row| lines.put(row));
        lines.put(self.write_line(&name, id, Said::default()).await?);
        let mut record = TenantRecord::new(name.name(), self.op.now);
        record.begin_with(self.tenant.quota());
        lines.seal(&ring, keyspace::single(id, Table::Tenant), &record)?;
        found(&mut lines, &ring)?;
        self.comes_below(&name, &mut above).await?;
        Ok(NewTenant { id, ring, lines, above })
    }
}

/// What a tenant, and the instance, begins with: an epoch, and the local owner.
pub(super) fn found(changes: &mut Changes, ring: &KeyRing) -> Result<(), Stop> {
    let everything = Grant::always(Role::Owner, PathPattern::everything());
    let owner = Identity::new("local", IdentityKind::Human, vec![everything]);
    changes.seal(ring, keyspace::identity(ring.owner(), IdentityId::LOCAL), &owner)?;
    changes.touch(keyspace::single(ring.owner(), Table::Epoch))
}
