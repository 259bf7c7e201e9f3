//! Members of a tenant, and of the instance: made, changed, listed.
//!
//! Only who holds every right may say who holds which (`grant`): an administrator who grants himself `read` would read everything.

use super::Vault;
use super::changes::Changes;
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
use minicbor::{CborLen, Decode, Encode};

/// A member, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its number, which is what the log names.
    pub id: IdentityId,
    /// What is known of it.
    pub identity: Identity,
}

/// What becomes of a member; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// What it may do, all of it.
    pub grants: Option<Vec<Grant>>,
    /// Whether it has no power at all, whatever was granted.
    pub disabled: Option<bool>,
}

/// A member's line: whom a name means.
#[derive(Encode, Decode, CborLen)]
pub(super) struct MemberLine {
    #[n(0)]
    name: String,
    #[n(1)]
    id: ByteArray<16>,
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
                let ring = round.ring();
                let mut changes = Changes::default();
                let line = MemberLine { name: name.as_str().to_owned(), id: (*id.bytes()).into() };
                changes.seal(&ring, keyspace::member(&ring, name), &line)?;
                let identity = Identity {
                    name: name.as_str().to_owned(),
                    kind,
                    grants: grants.to_vec(),
                    disabled: false,
                };
                let answer = ByteArray::from(*id.bytes());
                round.commit_member(first, Action::MemberCreate, changes, (id, &identity), answer).await
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
                let (id, identity) = round.member(Action::MemberChange, name).await?;
                let identity = Identity {
                    grants: change.grants.clone().unwrap_or(identity.grants),
                    disabled: change.disabled.unwrap_or(identity.disabled),
                    ..identity
                };
                let changes = Changes::default();
                round.commit_member(first, Action::MemberChange, changes, (id, &identity), ()).await
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
        let Some(id) = self.member_line(name).await? else {
            let absent = NotFound::Member(name.as_str().to_owned());
            return Err(Stop::recorded(Draft::new(action, "", Outcome::Absent), absent));
        };
        let key = keyspace::identity(self.tenant.id(), id);
        let seen = self.read_fresh::<Identity>(key).await?.ok_or(Corrupt::new("a member"))?;
        Ok((id, seen.value.as_ref().clone()))
    }

    async fn member_line(&mut self, name: &MemberName) -> Result<Option<IdentityId>, Stop> {
        let key = keyspace::member(self.tenant.ring(), name);
        let Some(seen) = self.read_fresh::<MemberLine>(key).await? else { return Ok(None) };
        // The hash in the key is 128 bits wide; the name within decides.
        if seen.value.name != name.as_str() {
            return Err(Corrupt::new("a member's line").into());
        }
        Ok(Some(IdentityId::from_bytes(*seen.value.id)))
    }

    async fn members(&self) -> Result<Vec<Member>, Stop> {
        let prefix = keyspace::all_of(self.tenant.id(), Table::Identity);
        let (mut members, mut after) = (Vec::new(), None);
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let identity = open_record(self.tenant.ring(), key, record)?;
                let id = key.suffix_16().ok_or(Corrupt::new("a member"))?;
                members.push(Member { id: IdentityId::from_bytes(id), identity });
            }
            after = page.next;
            if after.is_none() {
                members.sort_by(|one, other| one.identity.name.cmp(&other.identity.name));
                return Ok(members);
            }
        }
    }

    async fn commit_member<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        mut changes: Changes,
        (id, identity): (IdentityId, &Identity),
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let ring = self.ring();
        changes.seal(&ring, keyspace::identity(ring.owner(), id), identity)?;
        let grants =
            identity.grants.iter().map(|grant| format!("{} on {}", grant.role.name(), grant.pattern));
        // Not by name: a name is a personal field.
        let detail = Detail::Member {
            disabled: identity.disabled,
            grants: grants.collect(),
            member: base16ct::lower::encode_string(id.bytes()),
        };
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described()).detail(detail);
        changes.touch(keyspace::single(ring.owner(), Table::Epoch))?;
        self.commit(first, changes, vec![draft], answer).await
    }
}

/// An entry has room for what a member may be granted.
fn check_grants(grants: &[Grant]) -> Result<(), Invalid> {
    let bytes = grants.iter().fold(0_usize, |sum, grant| sum.saturating_add(grant.pattern.to_string().len()));
    if grants.len() > GRANTS_MAX || bytes > GRANTS_MAX_BYTES {
        return Err(Invalid::new(
            "member.too_many_grants",
            format!("more than {GRANTS_MAX} grants, or more than {GRANTS_MAX_BYTES} bytes of patterns"),
            "grant a role on a folder above",
        ));
    }
    Ok(())
}
