//! How a server is.

use serde::{Deserialize, Serialize};

/// `/health`: somebody answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Alive {
    /// `alive`.
    pub status: String,
    /// The version of the server.
    pub version: String,
    /// What this server calls itself in its log, among several over one store; another at each start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

/// `/health/ready`: whether requests would be answered now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ready {
    /// Whether they would.
    pub ready: bool,
    /// The code of the reason why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// `/health/secrets`: the state of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecretsHealth {
    /// `healthy`, or `unhealthy`.
    pub status: String,
    /// `writable`, or the code of what is wrong.
    pub store: String,
    /// `open`, or `sealed`.
    pub keys: String,
    /// Entries that wait to go into the log; `None` when the store can't be read.
    pub log_pending: Option<u64>,
    /// Tenants that are locked by their own members; `None` when the store can't be read.
    #[serde(default)]
    pub locked_tenants: Option<u64>,
    /// Secrets that have expired or soon will; `None` while nobody has counted them. Counted about once a minute.
    pub expiring: Option<Expiring>,
}

/// Secrets whose end is near or past, of the tenants that are in use. Each number holds those before it, but for the expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Expiring {
    /// Tenants that were looked at: those that were asked for something since the server was started.
    pub tenants: u64,
    /// Secrets that have expired.
    pub expired: u64,
    /// Secrets that expire within a day.
    pub in_a_day: u64,
    /// Within seven.
    pub in_7_days: u64,
    /// Within thirty.
    pub in_30_days: u64,
}
