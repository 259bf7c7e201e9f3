//! Roles, policies, groups, and why somebody may do something. Where there is an `instance`, those of the instance itself are meant when
//! it is true.

use super::{Client, ClientError, Target};
use crate::access::{
    Explained, Group, GroupChange, Groups, NewPolicy, NewRole, Policies, Policy, PolicyLine, Preview, Role,
    Roles, RulesUndone,
};

/// Where something is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where<'a> {
    /// One secret.
    Secret(&'a str),
    /// A folder.
    Folder(&'a str),
    /// The tenant, or the instance, as a whole.
    Whole,
}

impl Client {
    /// The roles that can be granted, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn role_list(&self, instance: bool) -> Result<Vec<Role>, ClientError> {
        self.pages(|most, cursor| {
            let Roles { roles, next } =
                self.json(self.get(page("/api/v1/roles", instance, (most, cursor))))?;
            Ok((roles, next))
        })
    }

    /// Makes a role, or gives it other rights.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn role_set(&self, name: &str, role: &NewRole, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("PUT", one("/api/v1/roles/", name, instance)).with(role))
    }

    /// Removes a role.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn role_remove(&self, name: &str, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("DELETE", one("/api/v1/roles/", name, instance)))
    }

    /// Takes back the last change of a role.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn role_undo(&self, name: &str, instance: bool) -> Result<RulesUndone, ClientError> {
        self.json(self.post(one("/api/v1/role/undo/", name, instance)))
    }

    /// The policies, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn policy_list(&self, instance: bool) -> Result<Vec<PolicyLine>, ClientError> {
        self.pages(|most, cursor| {
            let target = page("/api/v1/policies", instance, (most, cursor));
            let Policies { policies, next } = self.json(self.get(target))?;
            Ok((policies, next))
        })
    }

    /// One policy.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn policy_get(&self, name: &str, instance: bool) -> Result<Policy, ClientError> {
        self.json(self.get(one("/api/v1/policies/", name, instance)))
    }

    /// Makes a policy, or gives it another text.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn policy_set(&self, name: &str, policy: &NewPolicy, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("PUT", one("/api/v1/policies/", name, instance)).with(policy))
    }

    /// Removes a policy.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn policy_remove(&self, name: &str, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("DELETE", one("/api/v1/policies/", name, instance)))
    }

    /// Takes back the last change of a policy.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn policy_undo(&self, name: &str, instance: bool) -> Result<RulesUndone, ClientError> {
        self.json(self.post(one("/api/v1/policy/undo/", name, instance)))
    }

    /// The groups, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn group_list(&self, instance: bool) -> Result<Vec<Group>, ClientError> {
        self.pages(|most, cursor| {
            let Groups { groups, next } =
                self.json(self.get(page("/api/v1/groups", instance, (most, cursor))))?;
            Ok((groups, next))
        })
    }

    /// Makes a group, or changes what its members may do.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn group_set(&self, name: &str, change: &GroupChange, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("PATCH", one("/api/v1/groups/", name, instance)).with(change))
    }

    /// Removes a group.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn group_remove(&self, name: &str, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("DELETE", one("/api/v1/groups/", name, instance)))
    }

    /// Takes back the last change of a group.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn group_undo(&self, name: &str, instance: bool) -> Result<RulesUndone, ClientError> {
        self.json(self.post(one("/api/v1/group/undo/", name, instance)))
    }

    /// Whether somebody has a right somewhere, and why; nobody named: oneself.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn access_explain(
        &self,
        member: Option<&str>,
        right: &str,
        place: Where<'_>,
        instance: bool,
    ) -> Result<Explained, ClientError> {
        let (path, folder) = match place {
            Where::Secret(path) => (Some(path), None),
            Where::Folder(folder) => (None, Some(folder)),
            Where::Whole => (None, None),
        };
        let target = Target::new("/api/v1/access/explain")
            .when("instance", instance)
            .with("member", member)
            .with("right", Some(right))
            .with("path", path)
            .with("folder", folder);
        self.json(self.get(target))
    }

    /// What somebody sees in a folder.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn access_preview(
        &self,
        member: &str,
        folder: &str,
        recursive: bool,
    ) -> Result<Preview, ClientError> {
        let target = Target::new("/api/v1/access/preview")
            .with("member", Some(member))
            .with("folder", Some(folder))
            .when("recursive", recursive);
        self.json(self.get(target))
    }
}

fn one(route: &str, name: &str, instance: bool) -> Target {
    Target::new(route).below(name).when("instance", instance)
}

fn page(route: &str, instance: bool, (most, cursor): (usize, Option<&str>)) -> Target {
    Target::new(route).when("instance", instance).with("limit", Some(most)).with("cursor", cursor)
}
