//! Which tenants whoever asks manages: all of them, as a member of the instance; as a member of a tenant those below it in the tree, and
//! no others.
//!
//! The directory of tenants lies in the instance and is sealed under its keys. A round of a tenant reads and changes lines of it too, but only
//! those of a [`Managed`], and one is made here alone, of a name that was compared with the tenant's own.
//!
//! # Invariants
//! - A tenant never manages itself, what lies above it, or what lies beside it. To its members those are as if they were not there.
//! - What was compared with the tenant's name ends with that: a rename renews its epoch, which every commit of it expects.
//! - Who manages a tenant has no right in it: what he does is decided on his own tenant's grants, and opens nothing of the other but its
//!   record and its tally.
//! - A tenant that is made, or comes to another place, renews the epochs of those above it, and expects them: none of them is renamed or erased
//!   at the same moment, as if it had none below it.

use minicbor::bytes::ByteArray;

use super::changes::Changes;
use super::list::ListPart;
use super::once::{Answer, Done, First};
use super::round::{About, Round, Stop};
use super::tenants::DirectoryRecord;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::NotFound;
use crate::fault::{Corrupt, Invalid};
use crate::storage::keyspace::{self, Table};
use crate::storage::record::seal_record;
use crate::storage::{Key, Put};
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;

/// The name of a tenant that whoever asks manages, or would if there were one.
pub(super) struct Managed(TenantName);

/// Where a tenant's line lies in the directory, and whose it is.
pub(super) struct Line {
    pub(super) key: Key,
    pub(super) id: TenantId,
    pub(super) said: Said,
}

/// What a line says of a tenant besides.
#[derive(Default)]
pub(super) struct Said {
    /// Since when it is suspended.
    pub(super) suspended_ms: Option<u64>,
    /// Where it has to stay.
    pub(super) residency: Option<String>,
}

/// The line of a tenant that locks itself, to be written.
pub(super) struct OwnLine {
    pub(super) name: TenantName,
    pub(super) put: Put,
}

impl Managed {
    pub(super) fn name(&self) -> &TenantName {
        &self.0
    }
}

impl Round<'_> {
    /// Whether whoever asks manages the tenant of this name; if not, it is not there.
    pub(super) fn manages(&self, action: Action, name: &TenantName) -> Result<Managed, Stop> {
        self.managed(name).ok_or_else(|| no_tenant(action, name))
    }

    /// Whether whoever asks may call a tenant so.
    pub(super) fn may_call(&self, name: &TenantName) -> Result<Managed, Stop> {
        Ok(self.managed(name).ok_or_else(not_below)?)
    }

    fn managed(&self, name: &TenantName) -> Option<Managed> {
        let is_managed = self.tenant.name().is_none_or(|own| name.is_below(own));
        is_managed.then(|| Managed(name.clone()))
    }

    /// The line of a tenant, expected by the commit; `None`: the name is free.
    pub(super) async fn line(&mut self, of: &Managed) -> Result<Option<Line>, Stop> {
        self.line_called(&of.0).await
    }

    /// The same of a tenant that has to be there.
    pub(super) async fn line_there(&mut self, action: Action, of: &Managed) -> Result<Line, Stop> {
        self.line(of).await?.ok_or_else(|| no_tenant(action, &of.0))
    }

    /// Where the line of a tenant lies, or would.
    pub(super) async fn line_key(&self, of: &Managed) -> Result<Key, Stop> {
        Ok(keyspace::directory(self.vault.load_instance().await?.ring(), &of.0))
    }

    async fn line_called(&mut self, name: &TenantName) -> Result<Option<Line>, Stop> {
        let instance = self.vault.load_instance().await?;
        let key = keyspace::directory(instance.ring(), name);
        let Some(line) = self.read_fresh_of::<DirectoryRecord>(instance.ring(), key).await? else {
            return Ok(None);
        };
        if line.value.name != name.as_str() {
            return Err(Corrupt::new("the directory of tenants").into());
        }
        let said = Said { suspended_ms: line.value.suspended_ms, residency: line.value.residency.clone() };
        Ok(Some(Line { key, id: TenantId::from_bytes(*line.value.tenant), said }))
    }

    /// A line of the directory, to be written.
    pub(super) async fn write_line(&self, of: &Managed, id: TenantId, said: Said) -> Result<Put, Stop> {
        let instance = self.vault.load_instance().await?;
        let key = keyspace::directory(instance.ring(), &of.0);
        let tenant = ByteArray::from(*id.bytes());
        let name = of.0.as_str().to_owned();
        let line = DirectoryRecord {
            name,
            tenant,
            suspended_ms: said.suspended_ms,
            locked_ms: None,
            residency: said.residency,
        };
        Ok(seal_record(instance.ring(), key, &line)?)
    }

    /// The line of the tenant itself, expected by the commit, as it is once it is locked.
    pub(super) async fn own_line_locked(&mut self, now: Timestamp) -> Result<OwnLine, Stop> {
        let name = self.tenant.name().cloned().ok_or(Corrupt::new("the directory of tenants"))?;
        let Line { key, id, said } =
            self.line_called(&name).await?.ok_or(Corrupt::new("the directory of tenants"))?;
        let tenant = ByteArray::from(*id.bytes());
        let line = DirectoryRecord {
            name: name.as_str().to_owned(),
            tenant,
            suspended_ms: said.suspended_ms,
            locked_ms: Some(now.millis()),
            residency: said.residency,
        };
        let instance = self.vault.load_instance().await?;
        Ok(OwnLine { name, put: seal_record(instance.ring(), key, &line)? })
    }

    /// Has those above a name know that a tenant comes below them.
    pub(super) async fn comes_below(&mut self, of: &Managed, changes: &mut Changes) -> Result<(), Stop> {
        for above in of.0.above() {
            if let Some(Line { id, .. }) = self.line_called(&above).await? {
                let epoch = keyspace::single(id, Table::Epoch);
                self.mark(epoch).await?;
                changes.touch(epoch)?;
            }
        }
        Ok(())
    }

    /// Whether there is a tenant below this one.
    pub(super) async fn has_children(&self, of: &Managed) -> Result<bool, Stop> {
        let one = ListPart { after: None, limit: 1 };
        Ok(!self.vault.sorted_directory().await?.page(&[&of.0], one).tenants.is_empty())
    }

    /// Commits what becomes of a tenant: `lines` are records of the instance, or are verified against its log, and that log says so; `rest` is
    /// what no entry of it names. Who did it is in the log of whose member they are, and what is said to the tenant in its own.
    pub(super) async fn commit_managed<T: Answer>(
        &mut self,
        first: First<T>,
        draft: Draft,
        (lines, rest): (Changes, Changes),
        about: Option<About>,
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let in_instance = draft.clone().changes(lines.described());
        let mut others: Vec<About> = about.into_iter().collect();
        let own = if self.tenant.name().is_none() {
            in_instance
        } else {
            let instance = self.vault.load_instance().await?;
            others.push((instance.ring().clone(), in_instance));
            draft
        };
        let mut changes = lines;
        changes.absorb(rest);
        self.commit_about(first, changes, vec![own], answer, others).await
    }
}

fn no_tenant(action: Action, name: &TenantName) -> Stop {
    let absent = NotFound::Tenant(name.as_str().to_owned());
    Stop::recorded(Draft::new(action, name.as_str(), Outcome::Absent), absent)
}

fn not_below() -> Invalid {
    Invalid::new(
        "tenant.not_below",
        "a member of a tenant manages those below it, and this name does not lie there",
        "begin it with the tenant's own name and `/`, such as `acme/eu` for a member of `acme`",
    )
}
