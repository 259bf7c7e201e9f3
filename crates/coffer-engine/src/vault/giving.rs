//! Whether the actor may give what a change gives.

use super::round::{Round, Stop};
use super::rules::{Gives, GroupBody, PolicyBody, RoleBody};
use crate::access::{
    Attached, Conditions, Grant, GroupRef, Identity, Place, Rights, Role, Sources, refuse_giving,
};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::fault::Invalid;
use crate::limits::{GRANTS_MAX, GRANTS_MAX_BYTES, POLICIES_ATTACHED_MAX};
use crate::slug::GroupName;
use crate::storage::keyspace;

impl Round<'_> {
    /// Whether the actor holds all that is in the one and not in the other; if not, that is refused, and written down. What names a role or a
    /// policy that is not there ends the round, too.
    pub(super) async fn may_give(
        &mut self,
        action: Action,
        before: Option<Gives<'_>>,
        after: Option<Gives<'_>>,
    ) -> Result<(), Stop> {
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let grants = only(&after.grants, &before.grants);
        let (attached, detached) =
            (only(&after.policies, &before.policies), only(&before.policies, &after.policies));
        for grant in grants.iter().filter(|grant| Role::named(grant.role.as_str()).is_none()) {
            self.ruled_there::<RoleBody>(action, &grant.role).await?;
        }
        for one in &attached {
            self.ruled_there::<PolicyBody>(action, &one.policy).await?;
        }
        if let Some(member) = after.acts_as {
            let key = keyspace::identity(self.tenant.id(), member);
            if let Some(seen) = self.read_fresh::<Identity>(key).await? {
                self.may_act_for(action, &seen.value).await?;
            }
        }
        let mut sources = Sources::default();
        self.add_roles(&mut sources, grants.iter().map(|grant| grant.role.clone())).await?;
        let named = attached.iter().chain(&detached).map(|one| one.policy.clone());
        self.add_policies(&mut sources, named.collect()).await?;
        let Some(holder) = self.holder() else { return Ok(()) };
        let (powers, standing) = (holder.powers, holder.standing);
        let mut lacks = powers.lacks_everywhere(standing, after.everywhere.without(before.everywhere));
        for grant in grants {
            lacks = lacks.and(powers.lacks_for(standing, grant, &sources));
        }
        for policy in attached {
            lacks = lacks.and(powers.lacks_for_policy(standing, policy, &sources.policies));
        }
        for rule in only(&after.rules, &before.rules) {
            lacks = lacks.and(powers.lacks_for_rule(standing, rule, None));
        }
        // A deny that goes away gives back what it took.
        let gone = detached.into_iter().filter_map(|one| sources.policies.get(&one.policy)).flatten();
        for rule in gone.map(AsRef::as_ref).chain(only(&before.rules, &after.rules)) {
            lacks = lacks.and(powers.lacks_for_denial(standing, rule));
        }
        self.refuse_beyond(action, lacks)
    }

    /// Whether the actor holds all that somebody else does, and so may make what acts as them.
    pub(super) async fn may_act_for(&mut self, action: Action, identity: &Identity) -> Result<(), Stop> {
        let other = self.compile(identity).await?;
        let Some(holder) = self.holder() else { return Ok(()) };
        let lacks = holder.powers.lacks_of(holder.standing, &other);
        self.refuse_beyond(action, lacks)
    }

    /// What a member gains by a change, by groups too.
    pub(super) async fn may_become(
        &mut self,
        action: Action,
        before: Option<&Identity>,
        after: &Identity,
    ) -> Result<(), Stop> {
        // Who had no power gains all of it.
        let before = before.filter(|before| !before.disabled && before.expires_ms.is_none());
        let was = before.map(|before| before.groups.as_slice()).unwrap_or_default();
        let joined = self.bodies(after.groups.iter().filter(|group| !was.contains(group))).await?;
        let left = self.bodies(was.iter().filter(|group| !after.groups.contains(group))).await?;
        let before = before.map(|before| Gives::of(before).with(&left));
        self.may_give(action, before, Some(Gives::of(after).with(&joined))).await
    }

    async fn bodies(&self, groups: impl Iterator<Item = &GroupRef> + Send) -> Result<Vec<GroupBody>, Stop> {
        let mut bodies = Vec::new();
        for group in groups {
            let found = self.rules_of::<GroupBody>(&group.name).await?;
            bodies.extend(found.filter(|(record, _)| record.id() == *group.id).map(|(_, body)| body));
        }
        Ok(bodies)
    }

    fn refuse_beyond(&self, action: Action, lacks: Rights) -> Result<(), Stop> {
        match self.holder().filter(|_| !lacks.is_empty()) {
            None => Ok(()),
            Some(holder) => {
                let refusal = refuse_giving(&holder, action, Place::Tenant, lacks);
                Err(Stop::recorded(Draft::new(action, "", Outcome::Refused), refusal))
            }
        }
    }

    /// A group that is there, as an identity names it.
    pub(super) async fn group_ref(&mut self, action: Action, name: &GroupName) -> Result<GroupRef, Stop> {
        let record = self.ruled_there::<GroupBody>(action, name).await?;
        Ok(GroupRef { name: name.clone(), id: record.id().into() })
    }
}

impl<'g> Gives<'g> {
    /// What an identity has of its own.
    pub(super) fn of(identity: &'g Identity) -> Self {
        Self {
            grants: identity.grants.iter().collect(),
            policies: identity.policies.iter().collect(),
            ..Self::default()
        }
    }

    /// And what these groups give.
    fn with(mut self, groups: &'g [GroupBody]) -> Self {
        self.grants.extend(groups.iter().flat_map(|body| &body.grants));
        self.policies.extend(groups.iter().flat_map(|body| &body.policies));
        self
    }
}

/// What is in the one and not in the other.
fn only<'g, T: PartialEq>(one: &[&'g T], other: &[&T]) -> Vec<&'g T> {
    one.iter().filter(|part| !other.contains(part)).copied().collect()
}

/// An entry has room for what may be granted.
pub(super) fn check(grants: &[Grant], policies: &[Attached]) -> Result<(), Invalid> {
    let bytes = grants.iter().fold(0_usize, |sum, grant| sum.saturating_add(grant.described().len()));
    if grants.len() > GRANTS_MAX || bytes > GRANTS_MAX_BYTES {
        return Err(Invalid::new(
            "member.too_many_grants",
            format!("more than {GRANTS_MAX} grants, or more than {GRANTS_MAX_BYTES} bytes of them"),
            "grant a role on a folder above",
        ));
    }
    if policies.len() > POLICIES_ATTACHED_MAX {
        let cause = format!("more than {POLICIES_ATTACHED_MAX} policies");
        return Err(Invalid::new("member.too_many_policies", cause, "make one of several"));
    }
    let mut conditions = grants.iter().map(|grant| &grant.when).chain(policies.iter().map(|one| &one.when));
    conditions.try_for_each(Conditions::check)
}
