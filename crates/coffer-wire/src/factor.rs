//! Second factors: codes of an authenticator (RFC 6238), shown beside a password (`sign_in.rs`).

use serde::{Deserialize, Serialize};

use crate::Plain;
#[cfg(feature = "schema")]
use crate::shape;

/// A second factor that somebody wants for themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewFactor {
    /// Their password. Who has signed in with a one-time code needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::shown_password_or_none"))]
    pub password: Option<Plain>,
}

/// One that was made: it is asked for once a first code of it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeFactor {
    /// The secret, in base32, as it is typed into an authenticator.
    pub secret: Plain,
    /// The same, and all that belongs to it, as an authenticator reads it from a picture.
    pub uri: Plain,
}

/// A code of one's own factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShownFactor {
    /// It: six digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::totp"))]
    pub totp: Plain,
}

/// What became of a member's factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemovedFactor {
    /// Whether there was one.
    pub removed: bool,
}
