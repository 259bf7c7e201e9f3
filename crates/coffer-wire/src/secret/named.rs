//! What versions are called, and who uses which.

use serde::{Deserialize, Serialize};

use crate::secret::said;

/// What a version is called from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// A letter of a-z, then letters, digits, `-`, `_` and `.`; no stage.
    pub label: String,
    /// Which version; not said: the current one.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The name is taken away.
    #[serde(default)]
    pub remove: bool,
}

/// Which version a consumer uses from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Who uses it: a program, a system, a team.
    pub consumer: String,
    /// Which version; not said: the current one.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// It is not pinned any more: the consumer uses the current one.
    #[serde(default)]
    pub remove: bool,
}

/// The version that is meant now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Named {
    /// Where.
    pub path: String,
    /// Its number; none: nothing is called so any more.
    pub version: Option<u64>,
}

/// What whoever asked reads from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overridden {
    /// Where.
    pub path: String,
    /// The number of his own value; of the current version when he has none.
    pub version: Option<u64>,
    /// Whether it is his own.
    pub own: bool,
}
