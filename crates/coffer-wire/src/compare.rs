//! Folders, compared: which names each has, and which values are equal. No value is told.

use serde::{Deserialize, Serialize};

use crate::Moment;
#[cfg(feature = "schema")]
use crate::shape;

/// Which folders to compare, with all that lies below them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compare {
    /// 2 to 8 of them, each named once.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::compared_folders"))]
    pub folders: Vec<String>,
    /// How many names at most; not said: 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::page_limit"))]
    pub limit: Option<usize>,
    /// Where this page begins: `next` of the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::page_cursor"))]
    pub cursor: Option<String>,
}

/// Names, in order, and what lies there in each folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The folders, as they were named.
    pub folders: Vec<String>,
    /// What lies in one of them at least.
    pub names: Vec<ComparedName>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What lies at one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComparedName {
    /// The path below each folder.
    pub name: String,
    /// In the order of the folders; `null`: nothing.
    pub found: Vec<Option<ComparedSecret>>,
}

/// A secret that is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComparedSecret {
    /// Its current version.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::version"))]
    pub version: u64,
    /// When that version was made.
    pub changed: Moment,
    /// Those of one name with the same letter hold the same: `a` for the first, and so on. `null`: whoever asks may not read it, or it is
    /// not known.
    pub group: Option<String>,
    /// Whether it holds a file; not said of a value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_file: bool,
}
