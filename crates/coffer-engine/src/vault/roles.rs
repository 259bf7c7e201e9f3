//! The verbs on roles, policies and groups: what each is, and nothing else. How they are kept is in [`super::rules`].

use super::Vault;
use super::member_change::MemberEdit;
use super::round::Scope;
use super::rules::{GroupBody, Listed, PolicyBody, RoleBody};
use crate::access::{Place, Rights, policy};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::op::Op;
use crate::slug::{GroupName, PolicyName, RoleName};

/// A role, as lists show it.
pub type ListedRole = Listed<RoleBody>;
/// A policy, as lists show it.
pub type ListedPolicy = Listed<PolicyBody>;
/// A group, as lists show it.
pub type ListedGroup = Listed<GroupBody>;

impl Vault {
    /// Makes a role with these rights, or gives it these in place of what it had.
    ///
    /// # Errors
    /// [`crate::fault::Invalid`] for a built-in role, or one without rights; refusals, also for what the actor does not hold everywhere, and
    /// storage errors as for every verb.
    pub async fn role_set(
        &self,
        op: &Op,
        name: &RoleName,
        rights: Rights,
        instance: bool,
    ) -> Result<(), Error> {
        self.rules_set(op, name, &|_| RoleBody { rights }, instance).await
    }

    /// The tenant's own roles, by name.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn role_list(&self, op: &Op, instance: bool) -> Result<Vec<ListedRole>, Error> {
        self.rules_list(op, instance).await
    }

    /// Removes a role that is granted to nobody.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Rules`]; [`crate::error::Conflict::RulesInUse`]; refusals and storage errors as for every verb.
    pub async fn role_remove(&self, op: &Op, name: &RoleName, instance: bool) -> Result<(), Error> {
        self.rules_remove::<RoleBody>(op, name, instance).await
    }

    /// Takes the last change of a role back; what it is then, `None` when it is not there then.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Change`]; [`crate::error::Conflict::RulesInUse`]; refusals and storage errors as for every verb.
    pub async fn role_undo(
        &self,
        op: &Op,
        name: &RoleName,
        instance: bool,
    ) -> Result<Option<RoleBody>, Error> {
        self.rules_undo(op, name, instance).await
    }

    /// Makes a policy of this text, or gives it this text in place of what it had.
    ///
    /// # Errors
    /// [`crate::fault::Invalid`] names what can't be read, and the line; refusals, also for what the actor does not hold, and storage errors
    /// as for every verb.
    pub async fn policy_set(
        &self,
        op: &Op,
        name: &PolicyName,
        text: &str,
        instance: bool,
    ) -> Result<(), Error> {
        let body = PolicyBody { text: text.to_owned(), rules: policy::parse(text)? };
        self.rules_set(op, name, &|_| body.clone(), instance).await
    }

    /// One policy.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Rules`]; refusals and storage errors as for every verb.
    pub async fn policy_get(
        &self,
        op: &Op,
        name: &PolicyName,
        instance: bool,
    ) -> Result<ListedPolicy, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::PolicyGet, Place::Tenant)?;
                let listed = round.ruled_there::<PolicyBody>(Action::PolicyGet, name).await?.listed();
                round.note(Draft::new(Action::PolicyGet, "", Outcome::Done)).await?;
                listed.ok_or_else(|| crate::fault::Corrupt::new("a policy").into())
            })
        })
        .await
    }

    /// All policies, by name.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn policy_list(&self, op: &Op, instance: bool) -> Result<Vec<ListedPolicy>, Error> {
        self.rules_list(op, instance).await
    }

    /// Removes a policy that is attached to nobody.
    ///
    /// # Errors
    /// As for [`Vault::role_remove`].
    pub async fn policy_remove(&self, op: &Op, name: &PolicyName, instance: bool) -> Result<(), Error> {
        self.rules_remove::<PolicyBody>(op, name, instance).await
    }

    /// Takes the last change of a policy back; what it is then, `None` when it is not there then.
    ///
    /// # Errors
    /// As for [`Vault::role_undo`].
    pub async fn policy_undo(
        &self,
        op: &Op,
        name: &PolicyName,
        instance: bool,
    ) -> Result<Option<PolicyBody>, Error> {
        self.rules_undo(op, name, instance).await
    }

    /// Makes a group, or changes what its members may do: one edit after the other.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Rules`] for a role or a policy that is not there; [`crate::fault::Invalid`] for too many; refusals, also for
    /// what the actor does not hold, and storage errors as for every verb.
    pub async fn group_set(
        &self,
        op: &Op,
        name: &GroupName,
        edits: &[MemberEdit],
        instance: bool,
    ) -> Result<(), Error> {
        let make = |before: Option<&GroupBody>| {
            let mut body = before.cloned().unwrap_or_default();
            edits.iter().for_each(|edit| edit.apply(&mut body.grants, &mut body.policies));
            body
        };
        self.rules_set(op, name, &make, instance).await
    }

    /// All groups, by name.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn group_list(&self, op: &Op, instance: bool) -> Result<Vec<ListedGroup>, Error> {
        self.rules_list(op, instance).await
    }

    /// Removes a group: its members have what they have of themselves, from then on.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Rules`]; refusals and storage errors as for every verb.
    pub async fn group_remove(&self, op: &Op, name: &GroupName, instance: bool) -> Result<(), Error> {
        self.rules_remove::<GroupBody>(op, name, instance).await
    }

    /// Takes the last change of a group back; what it is then, `None` when it is not there then.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Change`]; refusals and storage errors as for every verb.
    pub async fn group_undo(
        &self,
        op: &Op,
        name: &GroupName,
        instance: bool,
    ) -> Result<Option<GroupBody>, Error> {
        self.rules_undo(op, name, instance).await
    }
}
