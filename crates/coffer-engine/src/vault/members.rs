//! Members of a tenant, and of the instance: made, changed, listed.
//!
//! Only who holds every right may say who holds which (`grant`): an administrator who grants himself `read` would read everything.

use std::collections::HashMap;

use super::Vault;
use super::changes::Changes;
use super::member_line::{MemberLine, Power, pattern_bytes};
use super::once::{Answer, Done, First};
use super::round::{Round, Scope, Stop};
use crate::access::{Grant, Identity, IdentityKind, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{GRANTS_MAX, GRANTS_MAX_BYTES, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use coffer_encryption::random;
use minicbor::bytes::ByteArray;

/// A member, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its number, which is what the log names.
    pub id: IdentityId,
    /// What is known of it.
    pub identity: Identity,
    /// How many changes of what it may do can be taken back.
    pub undo_steps: usize,
}

/// What becomes of a member; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// What it may do, all of it.
    pub grants: Option<Vec<Grant>>,
    /// Whether it has no power at all, whatever was granted.
    pub disabled: Option<bool>,
}

impl Vault {
    /// Makes a member who may do this.
    ///
    /// # Errors
    /// [`Conflict::Exists`] when the name is taken; [`Invalid`] for more grants than a member may have; refusals and storage errors as for
    /// every verb.
    pub async fn member_create(
        &self,
        op: &Op,
        name: &MemberName,
        (kind, grants): (IdentityKind, &[Grant]),
        instance: bool,
    ) -> Result<IdentityId, Error> {
        check_grants(grants)?;
        let asked = (Action::MemberCreate, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                if round.member_line(name).await?.is_some() {
                    let draft = Draft::new(Action::MemberCreate, "", Outcome::Mismatch);
                    return Err(Stop::recorded(draft, Conflict::Exists));
                }
                let id = IdentityId::from_bytes(random::bytes()?);
                let line = MemberLine::new(name, id);
                let identity = Identity {
                    name: name.as_str().to_owned(),
                    kind,
                    grants: grants.to_vec(),
                    disabled: false,
                };
                let answer = ByteArray::from(*id.bytes());
                round.commit_member(first, Action::MemberCreate, (name, &line, &identity), answer).await
            })
        });
        Ok(IdentityId::from_bytes(*done.await?.answer))
    }

    /// Changes what a member may do. From then on nobody is answered on what it could do before.
    ///
    /// # Errors
    /// [`NotFound::Member`]; [`Invalid`] for more grants than a member may have; refusals and storage errors as for every verb.
    pub async fn member_change(
        &self,
        op: &Op,
        name: &MemberName,
        change: &MemberChange,
        instance: bool,
    ) -> Result<(), Error> {
        check_grants(change.grants.as_deref().unwrap_or_default())?;
        let asked = (Action::MemberChange, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let (mut line, identity) = round.seen_member(Action::MemberChange, name).await?;
                let before = Power::of(&identity);
                let identity = Identity {
                    grants: change.grants.clone().unwrap_or(identity.grants),
                    disabled: change.disabled.unwrap_or(identity.disabled),
                    ..identity
                };
                if Power::of(&identity) != before {
                    line.remember(before);
                }
                round.commit_member(first, Action::MemberChange, (name, &line, &identity), ()).await
            })
        });
        done.await.map(drop)
    }

    /// All members, by name. The local owner is one of them.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn member_list(&self, op: &Op, instance: bool) -> Result<Vec<Member>, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::MemberList, Place::Tenant)?;
                // Every change of a member renews the epoch, which the commit expects.
                let members = round.members().await?;
                round.note(Draft::new(Action::MemberList, "", Outcome::Done)).await?;
                Ok(members)
            })
        })
        .await
    }
}

impl Round<'_> {
    /// The member of this name; one that is not there ends the round.
    pub(super) async fn member(
        &mut self,
        action: Action,
        name: &MemberName,
    ) -> Result<(IdentityId, Identity), Stop> {
        let (line, identity) = self.seen_member(action, name).await?;
        Ok((line.id(), identity))
    }

    /// The same, with all that can be taken back.
    pub(super) async fn seen_member(
        &mut self,
        action: Action,
        name: &MemberName,
    ) -> Result<(MemberLine, Identity), Stop> {
        let Some(line) = self.member_line(name).await? else {
            let absent = NotFound::Member(name.as_str().to_owned());
            return Err(Stop::recorded(Draft::new(action, "", Outcome::Absent), absent));
        };
        let key = keyspace::identity(self.tenant.id(), line.id());
        let seen = self.read_fresh::<Identity>(key).await?.ok_or(Corrupt::new("a member"))?;
        Ok((line, seen.value.as_ref().clone()))
    }

    async fn member_line(&mut self, name: &MemberName) -> Result<Option<MemberLine>, Stop> {
        let key = keyspace::member(self.tenant.ring(), name);
        let Some(seen) = self.read_fresh::<MemberLine>(key).await? else { return Ok(None) };
        if !seen.value.is_of(name) {
            return Err(Corrupt::new("a member's line").into());
        }
        Ok(Some(seen.value.as_ref().clone()))
    }

    async fn members(&self) -> Result<Vec<Member>, Stop> {
        let steps = self.undo_steps().await?;
        let prefix = keyspace::all_of(self.tenant.id(), Table::Identity);
        let (mut members, mut after) = (Vec::new(), None);
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let identity = open_record(self.tenant.ring(), key, record)?;
                let id = IdentityId::from_bytes(key.suffix_16().ok_or(Corrupt::new("a member"))?);
                let undo_steps = steps.get(&id).copied().unwrap_or_default();
                members.push(Member { id, identity, undo_steps });
            }
            after = page.next;
            if after.is_none() {
                members.sort_by(|one, other| one.identity.name.cmp(&other.identity.name));
                return Ok(members);
            }
        }
    }

    /// How many changes of each member can be taken back.
    async fn undo_steps(&self) -> Result<HashMap<IdentityId, usize>, Stop> {
        let prefix = keyspace::all_of(self.tenant.id(), Table::MemberName);
        let (mut steps, mut after) = (HashMap::new(), None);
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let line: MemberLine = open_record(self.tenant.ring(), key, record)?;
                steps.insert(line.id(), line.undo_steps());
            }
            after = page.next;
            if after.is_none() {
                return Ok(steps);
            }
        }
    }

    /// Commits a member as it is by now, under its name.
    pub(super) async fn commit_member<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        (name, line, identity): (&MemberName, &MemberLine, &Identity),
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let (ring, mut changes) = (self.ring(), Changes::default());
        changes.seal(&ring, keyspace::member(&ring, name), line)?;
        changes.seal(&ring, keyspace::identity(ring.owner(), line.id()), identity)?;
        let grants =
            identity.grants.iter().map(|grant| format!("{} on {}", grant.role.name(), grant.pattern));
        // Not by name: a name is a personal field.
        let detail = Detail::Member {
            disabled: identity.disabled,
            grants: grants.collect(),
            member: base16ct::lower::encode_string(line.id().bytes()),
        };
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described()).detail(detail);
        changes.touch(keyspace::single(ring.owner(), Table::Epoch))?;
        self.commit(first, changes, vec![draft], answer).await
    }
}

/// An entry has room for what a member may be granted.
fn check_grants(grants: &[Grant]) -> Result<(), Invalid> {
    if grants.len() > GRANTS_MAX || pattern_bytes(grants) > GRANTS_MAX_BYTES {
        return Err(Invalid::new(
            "member.too_many_grants",
            format!("more than {GRANTS_MAX} grants, or more than {GRANTS_MAX_BYTES} bytes of patterns"),
            "grant a role on a folder above",
        ));
    }
    Ok(())
}
