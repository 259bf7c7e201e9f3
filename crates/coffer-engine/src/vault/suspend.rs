//! A tenant is suspended, and resumed, by who manages the instance. While it is, nothing in it is answered, to nobody.
//!
//! # Invariants
//! - The tenant's record and its epoch change in one commit. Every commit in the tenant expects the epoch, so none that was decided
//!   before holds once that one does, on whatever server (law 3).
//! - The log goes on: entries become leaves, heads are committed to, and whoever opened the store with an unlocker reads and
//!   proves what is in it.

use std::sync::Arc;

use super::Vault;
use super::changes::Changes;
use super::once::{Done, First};
use super::round::{Round, Scope, Stop};
use super::tenants::{DirectoryRecord, TenantRecord};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::fault::Corrupt;
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::tenant::{TenantId, TenantName};

impl Vault {
    /// Suspends a tenant: from then on nothing in it is answered. One that is suspended already stays so, since when it was.
    ///
    /// # Errors
    /// [`NotFound::Tenant`]; refusals and storage errors as for every verb.
    pub async fn tenant_suspend(&self, op: &Op, name: &TenantName) -> Result<(), Error> {
        let now = op.now.millis();
        self.change_suspension(op, name, Action::TenantSuspend, &|since| since.or(Some(now))).await
    }

    /// Ends a suspension: all is as it was before.
    ///
    /// # Errors
    /// As for [`Vault::tenant_suspend`].
    pub async fn tenant_resume(&self, op: &Op, name: &TenantName) -> Result<(), Error> {
        self.change_suspension(op, name, Action::TenantResume, &|_| None).await
    }

    async fn change_suspension(
        &self,
        op: &Op,
        name: &TenantName,
        action: Action,
        change: &(dyn Fn(Option<u64>) -> Option<u64> + Sync),
    ) -> Result<(), Error> {
        let done = self.change(op, Scope::Instance, (action, &[Place::Tenant]), |round, first| {
            Box::pin(round.commit_suspension(first, action, name, change))
        });
        done.await.map(drop)
    }
}

impl Round<'_> {
    async fn commit_suspension(
        &mut self,
        first: First<()>,
        action: Action,
        name: &TenantName,
        change: &(dyn Fn(Option<u64>) -> Option<u64> + Sync),
    ) -> Result<Done<()>, Stop> {
        let directory = keyspace::directory(self.tenant.ring(), name);
        let Some(line) = self.read_fresh::<DirectoryRecord>(directory).await? else {
            let absent = NotFound::Tenant(name.as_str().to_owned());
            return Err(Stop::recorded(Draft::new(action, name.as_str(), Outcome::Absent), absent));
        };
        let id = TenantId::from_bytes(*line.value.tenant);
        let (epoch, key) = (keyspace::single(id, Table::Epoch), keyspace::single(id, Table::Tenant));
        self.mark(epoch).await?;
        let ring = self.vault.ring(id).await?;
        let stored = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        self.expects(key, stored.as_ref().map(|stored| stored.revision))?;
        let stored = stored.ok_or(Corrupt::new("a tenant's record"))?;
        let record: TenantRecord = open_record(&ring, &key, &stored)?;
        if record.name != name.as_str() || line.value.name != name.as_str() {
            return Err(Corrupt::new("the directory of tenants").into());
        }
        let suspended_ms = change(record.suspended_ms);
        let tenant = line.value.tenant;
        let line = DirectoryRecord { name: record.name.clone(), tenant, suspended_ms };
        // What each owner's records say is said in its own log: there it is verified against the store.
        let (mut changes, mut theirs) = (Changes::default(), Changes::default());
        changes.seal(self.tenant.ring(), directory, &line)?;
        theirs.seal(&ring, key, &TenantRecord { suspended_ms, ..record })?;
        let draft = Draft::new(action, name.as_str(), Outcome::Done).changes(changes.described());
        let about = Draft::new(action, "", Outcome::Done).changes(theirs.described());
        changes.absorb(theirs);
        changes.touch(epoch)?;
        self.commit_about(first, changes, vec![draft], (), Some((Arc::clone(&ring), about))).await
    }
}
