//! One-time codes, with which somebody signs in (`sign_in.rs`).

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;
use crate::{Moment, Plain};

/// A code that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewCode {
    /// For whom: a member who is new, or has lost all tokens.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_name"))]
    pub member: String,
    /// How long it is good, in seconds; not said: an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::code_seconds_or_none"))]
    pub ttl_seconds: Option<u64>,
}

/// A code that was made: shown once, good once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeCode {
    /// The code itself.
    pub code: Plain,
    /// The last moment at which it is good.
    pub expires: Moment,
}
