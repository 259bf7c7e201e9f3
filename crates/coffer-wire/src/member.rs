//! Members: people and programs, and what they may do.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;

/// A role on the paths that a pattern covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Grant {
    /// `owner`, `admin`, `writer`, `reader`, `rotator` or `auditor`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::role"))]
    pub role: String,
    /// Such as `prod/db/**`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::path_pattern"))]
    pub pattern: String,
}

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
    /// How many changes of what it may do can be taken back.
    pub undo_steps: u64,
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
