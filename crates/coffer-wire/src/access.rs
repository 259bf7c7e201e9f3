//! What rights are made of: grants and their conditions, roles, policies, groups; and why somebody may do something.

use serde::{Deserialize, Serialize};

use crate::Moment;
#[cfg(feature = "schema")]
use crate::shape;

/// A role on the paths that a pattern covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Grant {
    /// `owner`, `admin`, `writer`, `reader`, `rotator`, `auditor`, `viewer`, or a role of the tenant's own.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slug"))]
    pub role: String,
    /// Such as `prod/db/**`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::path_pattern"))]
    pub pattern: String,
    /// When it holds; not said: always.
    #[serde(default, skip_serializing_if = "Conditions::is_none")]
    pub when: Conditions,
}

/// What must be so for a grant, or a policy, to hold: all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conditions {
    /// Where the request comes from: networks such as `10.0.0.0/8`. None named: anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::networks"))]
    pub networks: Vec<String>,
    /// How its maker signed in: `code`, `password`, `secret`, `jwt`, `certificate`. None named: in any way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::methods"))]
    pub methods: Vec<String>,
    /// Whether with a second factor.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_factor: bool,
    /// The last moment at which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// At which hours, in UTC: such as `mon-fri 08:00-18:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::hours_or_none"))]
    pub hours: Option<String>,
}

impl Conditions {
    /// Whether it always holds.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A grant that is to be taken away, under whatever conditions it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Revoke {
    /// Which role.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slug"))]
    pub role: String,
    /// On which pattern.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::path_pattern"))]
    pub pattern: String,
}

/// A policy that is attached to a member or a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attached {
    /// Which.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slug"))]
    pub policy: String,
    /// When it holds; not said: always.
    #[serde(default, skip_serializing_if = "Conditions::is_none")]
    pub when: Conditions,
}

/// What a role gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewRole {
    /// Of `list`, `metadata`, `read`, `write`, `delete`, `rotate`, `destroy`, `audit`, `manage`, `grant`, `unlock`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::rights"))]
    pub rights: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Role {
    /// What it is called.
    pub name: String,
    /// What it gives.
    pub rights: Vec<String>,
    /// Whether every tenant has it, and none can change it.
    pub built_in: bool,
    /// How many changes of it can be taken back.
    pub undo_steps: u64,
}

/// The roles that can be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Roles {
    /// By name.
    pub roles: Vec<Role>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The text of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewPolicy {
    /// In HCL or JSON, as Vault's are.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::policy_text"))]
    pub text: String,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Policy {
    /// What it is called.
    pub name: String,
    /// As it was written.
    pub text: String,
    /// How many changes of it can be taken back.
    pub undo_steps: u64,
}

/// A policy, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PolicyLine {
    /// What it is called.
    pub name: String,
    /// How many rules it has.
    pub rules: u64,
    /// How many changes of it can be taken back.
    pub undo_steps: u64,
}

/// The policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Policies {
    /// By name.
    pub policies: Vec<PolicyLine>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What becomes of a group, one after the other; one that is not there is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupChange {
    /// What its members may do no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 256)))]
    pub revoke: Vec<Revoke>,
    /// Policies that are attached to it no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slugs"))]
    pub detach: Vec<String>,
    /// What its members may do besides, in place of the same under other conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 256)))]
    pub grant: Vec<Grant>,
    /// Policies that are attached to it besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 32)))]
    pub attach: Vec<Attached>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// What its members may do.
    pub grants: Vec<Grant>,
    /// Policies that are attached to it.
    pub policies: Vec<Attached>,
    /// How many changes of it can be taken back.
    pub undo_steps: u64,
}

/// The groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Groups {
    /// By name.
    pub groups: Vec<Group>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A change of a role, a policy or a group was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RulesUndone {
    /// Whether it is there now.
    pub exists: bool,
}

/// Whether somebody may do something, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explained {
    /// Whether they may.
    pub allowed: bool,
    /// Who it is about.
    pub member: String,
    /// Why nothing that is granted to them counts, if it does not: `disabled`, `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub powerless: Option<String>,
    /// All that speaks of it: what decides first.
    pub reasons: Vec<Reason>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// What it says: `reader on dev/**`, `policy ci: deny on prod/*`.
    pub what: String,
    /// What it does here: `gives`, `denies`, `conditions_not_met`, `less_specific`, `gives_other_rights` or `elsewhere`.
    pub effect: String,
}

/// What somebody sees in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Preview {
    /// Folders.
    pub folders: Vec<String>,
    /// Secrets.
    pub secrets: Vec<String>,
}
