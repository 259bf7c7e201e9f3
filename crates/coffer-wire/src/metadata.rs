//! What is known about a secret besides its value.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;
use crate::{Moment, Patch};

/// What is known about a secret besides its value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metadata {
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Words to find it by.
    pub tags: BTreeSet<String>,
    /// When it expires: it is good at that moment, and not after it.
    pub expires: Option<Moment>,
    /// What then becomes of reads.
    pub on_expiry: OnExpiry,
    /// How much harm its disclosure would do.
    pub classification: Option<Classification>,
    /// Whether it is, or opens, data about persons.
    pub personal_data: bool,
    /// Where it, or what it opens, has to stay.
    pub residency: Option<String>,
    /// What it may be used for.
    pub purpose: Option<String>,
    /// Seconds after which it should have a new value.
    pub rotate_every_seconds: Option<u32>,
}

/// A change of metadata: what is not said stays, `null` takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetadataChange {
    /// Who answers for it.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub owner: Patch<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::description_or_none"))]
    pub description: Patch<String>,
    /// Tags to add.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::tags"))]
    pub add_tags: BTreeSet<String>,
    /// Tags to take away.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::texts"))]
    pub remove_tags: BTreeSet<String>,
    /// When it expires.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    pub expires: Patch<Moment>,
    /// What then becomes of reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_expiry: Option<OnExpiry>,
    /// How much harm its disclosure would do.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    pub classification: Patch<Classification>,
    /// Whether it is, or opens, data about persons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_data: Option<bool>,
    /// Where it, or what it opens, has to stay.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::residency_or_none"))]
    pub residency: Patch<String>,
    /// What it may be used for.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::owner_or_none"))]
    pub purpose: Patch<String>,
    /// Seconds after which it should have a new value: a minute at least, ten years at most.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::rotate_every_or_none"))]
    pub rotate_every_seconds: Patch<u32>,
}

/// What becomes of reads once a secret has expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum OnExpiry {
    /// It is read all the same; programs for people say that it has expired.
    #[default]
    Warn,
    /// No door gives its value any more, until it is made to last longer.
    Deny,
    /// The vault gives it a new value and moves its end on; until then, and of a map of fields, it is as with `warn`.
    Rotate,
}

/// How much harm the disclosure of a secret would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Classification {
    /// None.
    Public,
    /// Little.
    Internal,
    /// Much.
    Confidential,
    /// More than can be made good.
    Restricted,
}

impl OnExpiry {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Deny => "deny",
            Self::Rotate => "rotate",
        }
    }
}

impl Classification {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Restricted => "restricted",
        }
    }
}

impl MetadataChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
