//! References between secrets: what stands in what. No value is told.

use serde::{Deserialize, Serialize};

/// What a secret refers to, and what refers to it, of what the caller may list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct References {
    /// Where it lies.
    pub path: String,
    /// Whether its current value was written with references.
    pub references: bool,
    /// What it is filled in with, in order of their paths.
    pub refers_to: Vec<Referred>,
    /// What is filled in with it, and so changes when it does.
    pub referred_by: Vec<Referred>,
    /// Whether there are more of either: the first 1,000 are told.
    #[serde(default)]
    pub more: bool,
}

/// A secret on the other side of a reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Referred {
    /// Where it lies.
    pub path: String,
    /// Whether one names the other itself, and not only through others.
    pub direct: bool,
    /// Whether it is there to be read.
    pub there: bool,
}
