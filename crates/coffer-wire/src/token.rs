//! Tokens.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;
use crate::{Moment, Plain};

/// A token that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewToken {
    /// For whom; nobody named: for oneself. Such a token ends when the one that it was made with does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_name_or_none"))]
    pub member: Option<String>,
    /// How long it is good, and how long after each renewal, in seconds.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::token_seconds"))]
    pub ttl_seconds: u64,
    /// How long it is good at most, however often it is renewed, in seconds; not said: as long as `ttl_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::token_seconds_or_none"))]
    pub max_seconds: Option<u64>,
    /// How many requests it is good for; not said: nobody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::uses_or_none"))]
    pub uses: Option<u32>,
    /// Where it is good, and every token that is made with it: networks such as `10.0.0.0/8`, `2001:db8::/32` or `192.0.2.7`. None named:
    /// anywhere.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::networks"))]
    pub networks: Vec<String>,
    /// What it is for.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::label"))]
    pub label: String,
}

/// A token that was made: shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeToken {
    /// The token itself.
    pub token: Plain,
    /// What is known of it.
    pub about: Token,
}

/// A token, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Token {
    /// Its name, which opens nothing: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
    /// Whose it is: the id of a member.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub member: String,
    /// When it was made.
    pub created: Moment,
    /// The last moment at which it is good, unless a token above it ends before.
    pub expires: Moment,
    /// How many requests it is still good for; `null`: nobody counts.
    pub uses_left: Option<u32>,
    /// Whether somebody has ended it.
    pub revoked: bool,
    /// Whether it ends with another one.
    pub has_parent: bool,
    /// Where it is good, unless a token above it is not; none named: anywhere.
    pub networks: Vec<String>,
    /// Whether it is good only where the client certificate is shown that it was signed in for with.
    #[serde(default)]
    pub bound: bool,
    /// What it is for.
    pub label: String,
}

/// Tokens of a tenant, or of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tokens {
    /// The newest first.
    pub tokens: Vec<Token>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A token that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Renewed {
    /// Until when.
    pub expires: Moment,
}
