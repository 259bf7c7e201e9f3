//! Roles, policies and groups: what rights are made of, besides the grants of members. All three are kept, changed, listed and taken back in
//! the same way; so are authorities of client certificates (`authorities.rs`).
//!
//! # Invariants
//! - Each change renews the epoch: from then on nobody is answered on what was so before.
//! - Nobody gives more than they hold, not by making it, not by changing it, not by taking a change back (T-P10).
//! - What is in use is not removed: a policy that is gone would deny nothing any more.
//! - A group that was removed keeps its number for `undo`; one that is made again is another, and has no members (T-N6).

use coffer_encryption::random;
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::changes::Changes;
use super::once::{Done, First};
use super::round::{Round, Scope, Stop};
use crate::access::policy::Rule;
use crate::access::{Attached, Grant, Place, Rights, Role};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::identity::IdentityId;
use crate::limits::{RULES_MAX, RULES_UNDO_MAX, RULES_UNDO_MAX_BYTES, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::slug::{GroupName, PolicyName, RoleName};
use crate::storage::Key;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;

/// A role of the tenant's own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct RoleBody {
    /// What it gives.
    #[n(0)]
    pub rights: Rights,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct PolicyBody {
    /// As it was written.
    #[n(0)]
    pub text: String,
    /// What that says.
    #[n(1)]
    pub rules: Vec<Rule>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, CborLen)]
pub struct GroupBody {
    /// What its members may do.
    #[n(0)]
    pub grants: Vec<Grant>,
    /// Policies that are attached to it.
    #[n(1)]
    pub policies: Vec<Attached>,
}

/// One of them, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What it is called.
    pub name: String,
    /// What it says.
    pub body: T,
    /// How many changes of it can be taken back.
    pub undo_steps: usize,
}

/// What is stored of one. Without a body it is not there; only `undo` still knows it.
#[derive(Debug, Clone, Encode, Decode, CborLen)]
pub(super) struct RulesRecord<T> {
    #[n(0)]
    name: String,
    #[n(1)]
    id: ByteArray<16>,
    #[n(2)]
    body: Option<T>,
    /// What it said before each change, the newest last.
    #[n(3)]
    undo: Vec<Option<T>>,
}

impl<T> RulesRecord<T> {
    pub(super) fn id(&self) -> [u8; 16] {
        *self.id
    }

    pub(super) fn body(&self) -> Option<&T> {
        self.body.as_ref()
    }

    /// As lists show it, if it is there.
    pub(super) fn listed(self) -> Option<Listed<T>> {
        let undo_steps = self.undo.len();
        self.body.map(|body| Listed { name: self.name, body, undo_steps })
    }

    /// Whether it is the one of this name: the hash in its key is 128 bits wide.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.name == name
    }
}

/// What they have in common.
pub(super) trait Ruled:
    Clone + PartialEq + Send + Sync + 'static + Encode<()> + CborLen<()> + for<'b> Decode<'b, ()>
{
    /// How it is named.
    type Name: Clone + Send + Sync;
    /// `role`, and so on.
    const NOUN: &'static str;
    const TABLE: Table;
    /// As many there are at most.
    const MAX: usize = RULES_MAX;
    const SET: Action;
    const LIST: Action;
    const REMOVE: Action;
    const UNDO: Action;

    fn text(name: &Self::Name) -> &str;

    /// Refuses one that can't be.
    fn check(&self, name: &Self::Name) -> Result<(), Invalid>;

    /// What it says, a line each, as the log has it.
    fn lines(&self) -> Vec<String>;

    /// How much it is, of what there is room for to be gone back to.
    fn bytes(&self) -> usize {
        self.lines().iter().fold(0, |sum, line| sum.saturating_add(line.len()))
    }

    /// What is in it, to compare with what the actor holds.
    fn gives(&self) -> Gives<'_>;

    /// Whether a grant, or a policy that is attached, means this one.
    fn is_meant(name: &Self::Name, grants: &[Grant], policies: &[Attached]) -> bool;

    fn key(ring: &KeyRing, name: &Self::Name) -> Key {
        keyspace::ruled(ring, Self::TABLE, Self::text(name))
    }
}

/// What something gives, in parts that can be compared one by one.
#[derive(Default)]
pub(super) struct Gives<'g> {
    pub(super) everywhere: Rights,
    pub(super) grants: Vec<&'g Grant>,
    pub(super) policies: Vec<&'g Attached>,
    pub(super) rules: Vec<&'g Rule>,
    /// Whom it lets somebody sign in as.
    pub(super) acts_as: Option<IdentityId>,
}

impl Vault {
    /// Writes one, whether it was there or not.
    pub(super) async fn rules_set<T: Ruled>(
        &self,
        op: &Op,
        name: &T::Name,
        make: &(dyn Fn(Option<&T>) -> T + Sync),
        instance: bool,
    ) -> Result<(), Error> {
        let done = self.change(op, Scope::of(instance), (T::SET, &[Place::Tenant]), |round, first| {
            Box::pin(async move { round.set_ruled(first, name, &|before| Ok(make(before))).await })
        });
        done.await.map(drop)
    }

    /// Removes one. What it was can be taken back.
    pub(super) async fn rules_remove<T: Ruled>(
        &self,
        op: &Op,
        name: &T::Name,
        instance: bool,
    ) -> Result<(), Error> {
        let done = self.change(op, Scope::of(instance), (T::REMOVE, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                let record = round.ruled_there::<T>(T::REMOVE, name).await?;
                round.change_ruled(first, T::REMOVE, name, record, None, false).await
            })
        });
        done.await.map(drop)
    }

    /// Takes the last change of one back; what it says then, `None` when it is not there then.
    pub(super) async fn rules_undo<T: Ruled>(
        &self,
        op: &Op,
        name: &T::Name,
        instance: bool,
    ) -> Result<Option<T>, Error> {
        let done = self.change(op, Scope::of(instance), (T::UNDO, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                let absent = || {
                    let nothing = NotFound::Change(T::text(name).to_owned());
                    Stop::recorded(Draft::new(T::UNDO, "", Outcome::Absent), nothing)
                };
                let mut record = round.ruled::<T>(name).await?.ok_or_else(absent)?;
                let before = record.undo.pop().ok_or_else(absent)?;
                round.change_ruled(first, T::UNDO, name, record, before, true).await
            })
        });
        Ok(done.await?.answer)
    }

    /// All of them, by name.
    pub(super) async fn rules_list<T: Ruled>(
        &self,
        op: &Op,
        instance: bool,
    ) -> Result<Vec<Listed<T>>, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(T::LIST, Place::Tenant)?;
                let all = round.list_ruled::<T>().await?;
                round.note(Draft::new(T::LIST, "", Outcome::Done)).await?;
                Ok(all)
            })
        })
        .await
    }
}

impl Round<'_> {
    /// Commits one as `make` says, whether it was there or not.
    pub(super) async fn set_ruled<T: Ruled>(
        &mut self,
        first: First<Option<T>>,
        name: &T::Name,
        make: &(dyn Fn(Option<&T>) -> Result<T, Invalid> + Sync),
    ) -> Result<Done<Option<T>>, Stop> {
        let mut record = self.ruled::<T>(name).await?.unwrap_or(RulesRecord {
            name: T::text(name).to_owned(),
            id: random::bytes()?.into(),
            body: None,
            undo: Vec::new(),
        });
        if record.body.is_none() {
            self.check_room::<T>().await?;
            // What was removed is not what is made now.
            record.id = random::bytes()?.into();
            record.undo.clear();
        }
        let body = make(record.body.as_ref())?;
        body.check(name)?;
        self.change_ruled(first, T::SET, name, record, Some(body), false).await
    }

    /// All that are there, by name.
    pub(super) async fn list_ruled<T: Ruled>(&self) -> Result<Vec<Listed<T>>, Stop> {
        let mut all = Vec::new();
        self.each_ruled::<T>(|record| all.extend(record.listed())).await?;
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    /// The record of this name.
    async fn ruled<T: Ruled>(&mut self, name: &T::Name) -> Result<Option<RulesRecord<T>>, Stop> {
        let key = T::key(self.tenant.ring(), name);
        let Some(seen) = self.read_fresh::<RulesRecord<T>>(key).await? else { return Ok(None) };
        if !seen.value.is_of(T::text(name)) {
            return Err(Corrupt::new("a role, a policy, a group or an authority").into());
        }
        Ok(Some(seen.value.as_ref().clone()))
    }

    /// The same; one that is not there ends the round.
    pub(super) async fn ruled_there<T: Ruled>(
        &mut self,
        action: Action,
        name: &T::Name,
    ) -> Result<RulesRecord<T>, Stop> {
        let found = self.ruled::<T>(name).await?.filter(|record| record.body.is_some());
        found.ok_or_else(|| {
            let absent = NotFound::Rules { noun: T::NOUN, name: T::text(name).to_owned() };
            Stop::recorded(Draft::new(action, "", Outcome::Absent), absent)
        })
    }

    /// Commits one as it is by now, if the actor may give what is new in it.
    async fn change_ruled<T: Ruled>(
        &mut self,
        first: First<Option<T>>,
        action: Action,
        name: &T::Name,
        mut record: RulesRecord<T>,
        after: Option<T>,
        is_undo: bool,
    ) -> Result<Done<Option<T>>, Stop> {
        if after.is_none() && self.is_in_use::<T>(name).await? {
            return Err(Stop::recorded(Draft::new(action, "", Outcome::Mismatch), Conflict::RulesInUse));
        }
        let before = std::mem::replace(&mut record.body, after.clone());
        self.may_give(action, before.as_ref().map(T::gives), after.as_ref().map(T::gives)).await?;
        let (was, is) = (before.as_ref().map(T::lines), after.as_ref().map(T::lines));
        let detail = Detail::rules(T::text(name), &was.unwrap_or_default(), &is.unwrap_or_default());
        if !is_undo && before != after {
            remember(&mut record.undo, before);
        }
        let (ring, mut changes) = (self.ring(), Changes::default());
        changes.seal(&ring, T::key(&ring, name), &record)?;
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described()).detail(detail);
        changes.touch(keyspace::single(ring.owner(), Table::Epoch))?;
        self.commit(first, changes, vec![draft], after).await
    }

    /// Whether a member or a group has it. Whoever gives it to one meanwhile renews the epoch, which the commit expects.
    async fn is_in_use<T: Ruled>(&mut self, name: &T::Name) -> Result<bool, Stop> {
        let mut in_use = false;
        for member in self.members().await? {
            in_use |= T::is_meant(name, &member.identity.grants, &member.identity.policies);
        }
        self.each_ruled::<GroupBody>(|record| {
            in_use |= record.body.is_some_and(|body| T::is_meant(name, &body.grants, &body.policies));
        })
        .await?;
        Ok(in_use)
    }

    /// Whether one more fits.
    async fn check_room<T: Ruled>(&self) -> Result<(), Stop> {
        let mut there = 0_usize;
        self.each_ruled::<T>(|record| there = there.saturating_add(usize::from(record.body.is_some())))
            .await?;
        if there >= T::MAX {
            let cause = format!("there are {} already", T::MAX);
            return Err(Invalid::new("access.too_many", cause, "remove one that nobody needs").into());
        }
        Ok(())
    }

    /// Every record of one kind, in no order that means anything. None of them is expected by the commit: the epoch is.
    async fn each_ruled<T: Ruled>(&self, mut each: impl FnMut(RulesRecord<T>) + Send) -> Result<(), Stop> {
        let prefix = keyspace::all_of(self.tenant.id(), T::TABLE);
        let mut after = None;
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                each(open_record(self.tenant.ring(), key, record)?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// Keeps what it said, to be gone back to. The oldest are forgotten.
fn remember<T: Ruled>(undo: &mut Vec<Option<T>>, before: Option<T>) {
    undo.push(before);
    let mut bytes = 0_usize;
    let fits = |step: &&Option<T>| {
        bytes = bytes.saturating_add(step.as_ref().map(T::bytes).unwrap_or_default());
        bytes <= RULES_UNDO_MAX_BYTES
    };
    let kept = undo.iter().rev().take(RULES_UNDO_MAX).take_while(fits).count();
    undo.drain(..undo.len().saturating_sub(kept));
}

impl Ruled for RoleBody {
    type Name = RoleName;
    const NOUN: &'static str = "role";
    const TABLE: Table = Table::Role;
    const SET: Action = Action::RoleSet;
    const LIST: Action = Action::RoleList;
    const REMOVE: Action = Action::RoleRemove;
    const UNDO: Action = Action::RoleUndo;

    fn text(name: &RoleName) -> &str {
        name.as_str()
    }

    fn check(&self, name: &RoleName) -> Result<(), Invalid> {
        if Role::named(name.as_str()).is_some() {
            let cause = format!("`{name}` is built in, and stays as it is");
            return Err(Invalid::new("role.built_in", cause, "choose another name"));
        }
        if self.rights.is_empty() {
            let fix = "name some, for example `read` and `list`";
            return Err(Invalid::new("role.empty", "the role has no rights", fix));
        }
        Ok(())
    }

    fn lines(&self) -> Vec<String> {
        self.rights.each().map(|right| right.name().to_owned()).collect()
    }

    fn gives(&self) -> Gives<'_> {
        Gives { everywhere: self.rights, ..Gives::default() }
    }

    fn is_meant(name: &RoleName, grants: &[Grant], _: &[Attached]) -> bool {
        grants.iter().any(|grant| grant.role == *name)
    }
}

impl Ruled for PolicyBody {
    type Name = PolicyName;
    const NOUN: &'static str = "policy";
    const TABLE: Table = Table::Policy;
    const SET: Action = Action::PolicySet;
    const LIST: Action = Action::PolicyList;
    const REMOVE: Action = Action::PolicyRemove;
    const UNDO: Action = Action::PolicyUndo;

    fn text(name: &PolicyName) -> &str {
        name.as_str()
    }

    /// Its rules were read from its text: there is nothing left to refuse.
    fn check(&self, _: &PolicyName) -> Result<(), Invalid> {
        Ok(())
    }

    fn lines(&self) -> Vec<String> {
        self.text.lines().map(str::to_owned).collect()
    }

    fn gives(&self) -> Gives<'_> {
        Gives { rules: self.rules.iter().collect(), ..Gives::default() }
    }

    fn is_meant(name: &PolicyName, _: &[Grant], policies: &[Attached]) -> bool {
        policies.iter().any(|attached| attached.policy == *name)
    }
}

impl Ruled for GroupBody {
    type Name = GroupName;
    const NOUN: &'static str = "group";
    const TABLE: Table = Table::Group;
    const SET: Action = Action::GroupSet;
    const LIST: Action = Action::GroupList;
    const REMOVE: Action = Action::GroupRemove;
    const UNDO: Action = Action::GroupUndo;

    fn text(name: &GroupName) -> &str {
        name.as_str()
    }

    fn check(&self, _: &GroupName) -> Result<(), Invalid> {
        super::giving::check(&self.grants, &self.policies)
    }

    fn lines(&self) -> Vec<String> {
        let policies = self.policies.iter().map(|attached| format!("policy {}", attached.described()));
        self.grants.iter().map(Grant::described).chain(policies).collect()
    }

    fn gives(&self) -> Gives<'_> {
        let (grants, policies) = (self.grants.iter().collect(), self.policies.iter().collect());
        Gives { grants, policies, ..Gives::default() }
    }

    /// Members of a group that is gone are in none.
    fn is_meant(_: &GroupName, _: &[Grant], _: &[Attached]) -> bool {
        false
    }
}
