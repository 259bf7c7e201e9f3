//! The audit log.

use serde::{Deserialize, Serialize};

use crate::Moment;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Its place in the log.
    pub index: u64,
    /// Its name.
    pub id: String,
    /// When the request was received.
    pub at: Moment,
    /// What was asked for.
    pub action: String,
    /// Who asked: the id of a member.
    pub actor: String,
    /// How that was proved: `unlocker`, `token`, `system` or `identity`.
    pub via: String,
    /// Which token was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Where; empty for the tenant as a whole.
    pub path: String,
    /// Which version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// `done`, `absent`, `refused`, `mismatch`, `invalid` or `corrupt`.
    pub outcome: String,
    /// Joins the entries of one request.
    pub request: String,
}

/// Entries, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entries {
    /// In the order of the log.
    pub entries: Vec<Entry>,
    /// The size of the log: what is at this place and after it has come since.
    pub size: u64,
}

/// What the check of a log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Entries that were looked at.
    pub entries: u64,
    /// What is wrong, the first first.
    pub problems: Vec<String>,
}
