//! Passwords, with which people sign in (`sign_in.rs`).

use serde::{Deserialize, Serialize};

use crate::Plain;
#[cfg(feature = "schema")]
use crate::shape;

/// A password that somebody wants for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewPassword {
    /// The one until now. Who has signed in with a one-time code needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::shown_password_or_none"))]
    pub old: Option<Plain>,
    /// The one from now on.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::new_password"))]
    pub new: Plain,
}

/// What was ended of a member's locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unlocked {
    /// Sources at which passwords of theirs were wrong.
    pub sources: u64,
}
