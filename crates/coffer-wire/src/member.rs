//! Members: people and programs, and what they may do.

use serde::{Deserialize, Serialize};

use crate::access::{Attached, Grant, Revoke};
#[cfg(feature = "schema")]
use crate::shape;
use crate::{Moment, Patch};

/// A member that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewMember {
    /// Unique in the tenant.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_name"))]
    pub name: String,
    /// `human`, `service` or `agent`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_kind"))]
    pub kind: String,
    /// What it may do.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 256)))]
    pub grants: Vec<Grant>,
    /// Policies that are attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 32)))]
    pub policies: Vec<Attached>,
    /// Groups that it is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slugs"))]
    pub groups: Vec<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub owner: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub purpose: Option<String>,
    /// The last moment at which it has any power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Moment>,
}

/// What becomes of a member; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberChange {
    /// What it may do, all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 256)))]
    pub grants: Option<Vec<Grant>>,
    /// Whether it has no power at all, whatever was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// What it may do no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 256)))]
    pub revoke: Vec<Revoke>,
    /// Policies that are attached to it no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slugs"))]
    pub detach: Vec<String>,
    /// Groups that it leaves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slugs"))]
    pub leave: Vec<String>,
    /// What it may do besides, in place of the same under other conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 256)))]
    pub grant: Vec<Grant>,
    /// Policies that are attached to it besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 32)))]
    pub attach: Vec<Attached>,
    /// Groups that it joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slugs"))]
    pub join: Vec<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub owner: Patch<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub purpose: Patch<String>,
    /// The last moment at which it has any power.
    #[serde(default, skip_serializing_if = "Patch::is_kept")]
    pub expires: Patch<Moment>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// What the log names it by: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
    /// Unique in the tenant.
    pub name: String,
    /// `human`, `service` or `agent`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_kind"))]
    pub kind: String,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Whether it has no power at all.
    pub disabled: bool,
    /// Whether it is disabled because of what it was refused (`VIOLATION_THRESHOLD`).
    #[serde(default)]
    pub violations: bool,
    /// How many changes of what it may do can be taken back.
    pub undo_steps: u64,
    /// Policies that are attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 32)))]
    pub policies: Vec<Attached>,
    /// Groups that it is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::slugs"))]
    pub groups: Vec<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub owner: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub purpose: Option<String>,
    /// The last moment at which it has any power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Moment>,
}

/// What a member may do once a change was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberUndone {
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Whether it has no power at all.
    pub disabled: bool,
    /// How many more changes can be taken back.
    pub undo_steps: u64,
    /// Policies that are attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Attached>,
    /// Groups that it is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The last moment at which it has any power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Moment>,
}

/// A member that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeMember {
    /// What the log names it by: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Members of a tenant, or of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Members {
    /// By name.
    pub members: Vec<Member>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
