//! The store itself.

use serde::{Deserialize, Serialize};

/// What the check of all records of a tenant found. No value is opened for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Secrets whose head opens.
    pub secrets: u64,
    /// Versions whose data key opens.
    pub versions: u64,
    /// Audit entries that open.
    pub entries: u64,
    /// What is wrong, one line each.
    pub problems: Vec<String>,
}
