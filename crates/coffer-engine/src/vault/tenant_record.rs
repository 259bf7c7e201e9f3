//! A tenant's record, and how it is changed by who manages it: with an entry in the log of whose member they are, one in the instance's, and one
//! in the tenant's.
//!
//! # Invariants
//! - The tenant's record and its epoch change in one commit. Every commit in the tenant expects the epoch, so none that was decided
//!   before holds once that one does, on whatever server (law 3).

use std::sync::Arc;

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::changes::Changes;
use super::managed::{Line, Managed, Said};
use super::once::{Answer, Done, First};
use super::round::{Round, Stop};
use super::tenant_settings::TenantSettings;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::fault::Corrupt;
use crate::limits::TENANT_UNDO_MAX;
use crate::quota::Quota;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;

/// A tenant's record, sealed under its own keys.
#[derive(Encode, Decode, CborLen)]
pub(super) struct TenantRecord {
    #[n(0)]
    pub(super) name: String,
    #[n(1)]
    pub(super) created_ms: u64,
    /// Since when nothing in it is answered.
    #[n(2)]
    pub(super) suspended_ms: Option<u64>,
    /// What it may hold at most; `None`: nothing is limited.
    #[n(3)]
    quota: Option<Quota>,
    /// What it was before each change, the newest last.
    #[n(4)]
    #[cbor(default)]
    undo: Vec<Quota>,
    /// What is set of it; `None`: nothing is.
    #[n(5)]
    settings: Option<TenantSettings>,
    /// What both were before each change, the newest last. What is in the list above is older.
    #[n(6)]
    #[cbor(default)]
    before: Vec<Before>,
}

/// What a tenant's record said before a change.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct Before {
    #[n(0)]
    quota: Quota,
    #[n(1)]
    settings: TenantSettings,
}

impl TenantRecord {
    pub(super) fn new(name: &TenantName, now: Timestamp) -> Self {
        Self {
            name: name.as_str().to_owned(),
            created_ms: now.millis(),
            suspended_ms: None,
            quota: None,
            undo: Vec::new(),
            settings: None,
            before: Vec::new(),
        }
    }

    pub(super) fn quota(&self) -> Quota {
        self.quota.unwrap_or_default()
    }

    /// The limits with which it is made: there is nothing to take back.
    pub(super) fn begin_with(&mut self, quota: Quota) {
        self.quota = Some(quota).filter(|quota| !quota.is_none());
    }

    /// Other limits from now on. The oldest change is forgotten beyond [`TENANT_UNDO_MAX`].
    pub(super) fn limit(&mut self, quota: Quota) {
        if quota == self.quota() {
            return;
        }
        self.remember();
        self.quota = Some(quota).filter(|quota| !quota.is_none());
    }

    /// What is set of it.
    pub(super) fn settings(&self) -> TenantSettings {
        self.settings.clone().unwrap_or_default()
    }

    /// Other settings from now on. The oldest change is forgotten beyond [`TENANT_UNDO_MAX`].
    pub(super) fn set(&mut self, settings: TenantSettings) {
        if settings == self.settings() {
            return;
        }
        self.remember();
        self.settings = Some(settings).filter(|settings| *settings != TenantSettings::default());
    }

    fn remember(&mut self) {
        self.before.push(Before { quota: self.quota(), settings: self.settings() });
        let too_many = |most: usize| self.undo.len().saturating_sub(most);
        let old = too_many(TENANT_UNDO_MAX.saturating_sub(self.before.len()));
        self.undo.drain(..old);
        self.before.drain(..self.before.len().saturating_sub(TENANT_UNDO_MAX));
    }

    /// Takes back the last change; whether there was one.
    pub(super) fn undo(&mut self) -> bool {
        let before = match self.before.pop() {
            Some(before) => before,
            None => match self.undo.pop() {
                Some(quota) => Before { quota, settings: self.settings() },
                None => return false,
            },
        };
        self.quota = Some(before.quota).filter(|quota| !quota.is_none());
        self.settings = Some(before.settings).filter(|settings| *settings != TenantSettings::default());
        true
    }

    pub(super) fn undo_steps(&self) -> u64 {
        u64::try_from(self.undo.len().saturating_add(self.before.len())).unwrap_or(u64::MAX)
    }
}

/// A tenant as the commit expects it to be.
pub(super) struct SeenTenant {
    pub(super) record: TenantRecord,
    pub(super) ring: Arc<KeyRing>,
    id: TenantId,
    /// What it is called by then, and what it was when it was looked at, if that was something else.
    name: Managed,
    left: Option<Managed>,
}

impl SeenTenant {
    /// What it is called.
    pub(super) fn name(&self) -> &Managed {
        &self.name
    }

    /// Calls it by another name.
    pub(super) fn move_to(&mut self, name: Managed) {
        name.name().as_str().clone_into(&mut self.record.name);
        self.left = Some(std::mem::replace(&mut self.name, name));
    }
}

impl Vault {
    /// A tenant's record, as it is now.
    pub(super) async fn tenant_record(&self, ring: &KeyRing) -> Result<TenantRecord, Error> {
        let key = keyspace::single(ring.owner(), Table::Tenant);
        let record = self.inner.storage.get(&[key]).await?.pop().flatten();
        Ok(open_record(ring, &key, &record.ok_or(Corrupt::new("a tenant's record"))?)?)
    }
}

impl Round<'_> {
    /// The tenant of this name, expected by the commit; one that is not there, or that whoever asks does not manage, ends the round.
    pub(super) async fn seen_tenant(
        &mut self,
        action: Action,
        name: &TenantName,
    ) -> Result<SeenTenant, Stop> {
        let name = self.manages(action, name)?;
        let Line { id, .. } = self.line_there(action, &name).await?;
        self.mark(keyspace::single(id, Table::Epoch)).await?;
        let ring = match self.vault.ring(id).await {
            Err(error) if matches!(error.kind(), ErrorKind::TenantLocked(_)) => {
                let draft = Draft::new(action, name.name().as_str(), Outcome::Refused);
                return Err(Stop::recorded(draft, error.into_kind()));
            }
            ring => ring?,
        };
        let key = keyspace::single(id, Table::Tenant);
        let stored = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        self.expects(key, stored.as_ref().map(|stored| stored.revision))?;
        let stored = stored.ok_or(Corrupt::new("a tenant's record"))?;
        let record: TenantRecord = open_record(&ring, &key, &stored)?;
        if record.name != name.name().as_str() {
            // Renamed since its line was read: then that is another one now, and this ends the round.
            self.line_there(action, &name).await?;
            return Err(Corrupt::new("the directory of tenants").into());
        }
        Ok(SeenTenant { record, ring, id, name, left: None })
    }

    /// Commits a tenant's record as it is by now, and says the same in all logs that it concerns.
    pub(super) async fn commit_tenant<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        seen: SeenTenant,
        detail: Option<Detail>,
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let SeenTenant { record, ring, id, name, left } = seen;
        // What each owner's records say is said in its own log: there it is verified against the store.
        let (mut lines, mut theirs) = (Changes::default(), Changes::default());
        let said = Said { suspended_ms: record.suspended_ms, residency: record.settings().residency };
        lines.put(self.write_line(&name, id, said).await?);
        if let Some(left) = &left {
            lines.delete(self.line_key(left).await?);
            self.comes_below(&name, &mut theirs).await?;
        }
        theirs.seal(&ring, keyspace::single(id, Table::Tenant), &record)?;
        let called = left.as_ref().unwrap_or(&name).name().as_str();
        let draft = |place| Draft { detail: detail.clone(), ..Draft::new(action, place, Outcome::Done) };
        let (draft, about) = (draft(called), draft("").changes(theirs.described()));
        theirs.touch(keyspace::single(id, Table::Epoch))?;
        self.commit_managed(first, draft, (lines, theirs), Some((ring, about)), answer).await
    }
}

#[cfg(test)]
mod tests;
