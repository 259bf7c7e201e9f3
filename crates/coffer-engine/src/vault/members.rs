//! Members of a tenant, and of the instance: made, listed, and how they lie. Changes are in [`super::member_change`].
//!
//! Only who holds every right may say who holds which (`grant`): an administrator who grants himself `read` would read everything.

use std::collections::HashMap;

use super::Vault;
use super::changes::Changes;
use super::giving;
use super::member_line::MemberLine;
use super::once::{Answer, Done, First};
use super::round::{Round, Scope, Stop};
use crate::access::{Attached, Grant, Identity, IdentityKind, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{GROUPS_MAX, MEMBER_TEXT_MAX_BYTES, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::path::check_text;
use crate::slug::GroupName;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::time::Timestamp;
use coffer_encryption::random;
use minicbor::bytes::ByteArray;

/// What whoever asks is called where somebody is named: nobody else is.
const ONESELF: &str = "me";

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

/// A member that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// What it is.
    pub kind: IdentityKind,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Policies that are attached to it.
    pub policies: Vec<Attached>,
    /// Groups that it is in.
    pub groups: Vec<GroupName>,
    /// Who answers for it. May be empty.
    pub owner: String,
    /// What it is for. May be empty.
    pub purpose: String,
    /// The last moment at which it has any power.
    pub expires: Option<Timestamp>,
}

impl NewMember {
    /// One that has these grants, and nothing else.
    #[must_use]
    pub fn with(kind: IdentityKind, grants: Vec<Grant>) -> Self {
        Self {
            kind,
            grants,
            policies: Vec::new(),
            groups: Vec::new(),
            owner: String::new(),
            purpose: String::new(),
            expires: None,
        }
    }
}

impl Vault {
    /// Makes a member who may do this.
    ///
    /// # Errors
    /// [`Conflict::Exists`] when the name is taken; [`NotFound::Rules`]; [`crate::quota::Exceeded`]; [`Invalid`] for more grants than a member may have; refusals, also for
    /// what the actor does not hold, and storage errors as for every verb.
    pub async fn member_create(
        &self,
        op: &Op,
        name: &MemberName,
        new: &NewMember,
        instance: bool,
    ) -> Result<IdentityId, Error> {
        check_name(name)?;
        let asked = (Action::MemberCreate, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                if round.member_line(name).await?.is_some() {
                    let draft = Draft::new(Action::MemberCreate, "", Outcome::Mismatch);
                    return Err(Stop::recorded(draft, Conflict::Exists));
                }
                let id = IdentityId::from_bytes(random::bytes()?);
                let line = MemberLine::new(name, id);
                let mut groups = Vec::new();
                for group in &new.groups {
                    groups.push(round.group_ref(Action::MemberCreate, group).await?);
                }
                let identity = Identity {
                    policies: new.policies.clone(),
                    groups,
                    owner: new.owner.clone(),
                    purpose: new.purpose.clone(),
                    expires_ms: new.expires.map(Timestamp::millis),
                    ..Identity::new(name.as_str(), new.kind, new.grants.clone())
                };
                check(&identity)?;
                round.may_become(Action::MemberCreate, None, &identity).await?;
                let room = round.room_for_member(Action::MemberCreate).await?;
                let answer = ByteArray::from(*id.bytes());
                let (action, member) = (Action::MemberCreate, (name, &line, &identity));
                let done = round.commit_member(first, action, member, Changes::default(), answer).await?;
                round.fill_members(room);
                Ok(done)
            })
        });
        Ok(IdentityId::from_bytes(*done.await?.answer))
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

    /// The line of this name.
    pub(super) async fn member_line(&mut self, name: &MemberName) -> Result<Option<MemberLine>, Stop> {
        let key = keyspace::member(self.tenant.ring(), name);
        let Some(seen) = self.read_fresh::<MemberLine>(key).await? else { return Ok(None) };
        if !seen.value.is_of(name) {
            return Err(Corrupt::new("a member's line").into());
        }
        Ok(Some(seen.value.as_ref().clone()))
    }

    pub(super) async fn members(&self) -> Result<Vec<Member>, Stop> {
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

    /// Commits a member as it is by now, under its name, with these other changes.
    pub(super) async fn commit_member<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        (name, line, identity): (&MemberName, &MemberLine, &Identity),
        mut changes: Changes,
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let ring = self.ring();
        changes.seal(&ring, keyspace::member(&ring, name), line)?;
        changes.seal(&ring, keyspace::identity(ring.owner(), line.id()), identity)?;
        let detail = detail(line.id(), identity);
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described()).detail(detail);
        changes.touch(keyspace::single(ring.owner(), Table::Epoch))?;
        self.commit(first, changes, vec![draft], answer).await
    }
}

/// What an entry says of a member. Not its name: that is a personal field.
pub(super) fn detail(id: IdentityId, identity: &Identity) -> Detail {
    Detail::Member {
        disabled: identity.disabled,
        expires: identity.expires_ms,
        grants: identity.grants.iter().map(Grant::described).collect(),
        groups: identity.groups.iter().map(|group| group.name.to_string()).collect(),
        member: base16ct::lower::encode_string(id.bytes()),
        policies: identity.policies.iter().map(Attached::described).collect(),
    }
}

/// An entry has room for what a member may be granted.
pub(super) fn check(identity: &Identity) -> Result<(), Invalid> {
    giving::check(&identity.grants, &identity.policies)?;
    if identity.groups.len() > GROUPS_MAX {
        let cause = format!("a member is in {GROUPS_MAX} groups at most");
        return Err(Invalid::new("member.too_many_groups", cause, "make one of several"));
    }
    for (what, text) in [("member's owner", &identity.owner), ("member's purpose", &identity.purpose)] {
        if !text.is_empty() {
            check_text(what, text, MEMBER_TEXT_MAX_BYTES)?;
        }
    }
    Ok(())
}

/// Refuses a name that nobody has.
pub(super) fn check_name(name: &MemberName) -> Result<(), Invalid> {
    if name.as_str() != ONESELF {
        return Ok(());
    }
    Err(Invalid::new(
        "member.reserved",
        "`me` means whoever asks, and nobody is called so",
        "choose another name for the member",
    ))
}
