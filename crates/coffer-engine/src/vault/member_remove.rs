//! Removes a member, for good, and all with which it has signed in.
//!
//! # Invariants
//! - Its credentials go in the commit in which it goes: its password, its second factor, its client secrets, what was counted of it. What there is more
//!   of than fits into one commit is nobody's from then on, and ends by its time (`sweep.rs`, `ended.rs`), as its tokens do.

use super::Vault;
use super::changes::Changes;
use super::members::detail;
use super::round::{Round, Scope, Stop};
use crate::access::{Identity, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::identity::{IdentityId, MemberName};
use crate::limits::ONCE_SLICE_MAX;
use crate::op::Op;
use crate::storage::keyspace::{self, Table};

impl Vault {
    /// Removes a member, for good: whoever shows a token of theirs is a stranger from then on, and so is who gets the name later.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Member`]; refusals and storage errors as for every verb.
    pub async fn member_remove(&self, op: &Op, name: &MemberName, instance: bool) -> Result<(), Error> {
        let asked = (Action::MemberRemove, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let (line, identity) = round.seen_member(Action::MemberRemove, name).await?;
                // What was denied to it is given to nobody by this, so there is nothing to hold.
                let (ring, mut changes) = (round.ring(), Changes::default());
                changes.delete(keyspace::member(&ring, name));
                changes.delete(keyspace::identity(ring.owner(), line.id()));
                round.forget_credentials(line.id(), &mut changes).await?;
                let gone =
                    Identity { grants: Vec::new(), policies: Vec::new(), groups: Vec::new(), ..identity };
                let detail = detail(line.id(), &gone);
                let draft = Draft::new(Action::MemberRemove, "", Outcome::Done);
                let draft = draft.changes(changes.described()).detail(detail);
                changes.touch(keyspace::single(ring.owner(), Table::Epoch))?;
                round.commit(first, changes, vec![draft], ()).await
            })
        });
        done.await.map(drop)
    }
}

impl Round<'_> {
    /// All that a member signs in with, and that was counted of it, goes with these changes.
    async fn forget_credentials(&mut self, member: IdentityId, changes: &mut Changes) -> Result<(), Stop> {
        let tenant = self.tenant.id();
        if self.password(member).await?.is_some() {
            changes.delete(keyspace::password(tenant, member));
        }
        if self.factor(member).await?.is_some() {
            changes.delete(keyspace::factor(tenant, member));
        }
        self.forget_violations(member, changes).await?;
        for prefix in [keyspace::client_secrets_of(tenant, member), keyspace::attempts_of(tenant, member)] {
            let page = self.vault.inner.storage.scan(prefix.as_bytes(), None, ONCE_SLICE_MAX).await?;
            for (key, record) in page.records {
                self.expects(key, Some(record.revision))?;
                changes.delete(key);
            }
        }
        Ok(())
    }
}
