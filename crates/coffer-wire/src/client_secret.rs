//! Client secrets, with which programs sign in (`sign_in.rs`).

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;
use crate::{Moment, Plain};

/// A client secret that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewClientSecret {
    /// For whom.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_name"))]
    pub member: String,
    /// How long it is good, in seconds.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::token_seconds"))]
    pub ttl_seconds: u64,
    /// How often it is good; not said: nobody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::uses_or_none"))]
    pub uses: Option<u32>,
    /// Where it is good, and the tokens that it is changed for: networks such as `10.0.0.0/8`. None named: anywhere.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::networks"))]
    pub networks: Vec<String>,
    /// What it is for.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::label"))]
    pub label: String,
}

/// A client secret that was made: shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeClientSecret {
    /// The secret itself.
    pub client_secret: Plain,
    /// What is known of it.
    pub about: ClientSecret,
}

/// A client secret, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClientSecret {
    /// Its name, which opens nothing: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
    /// Whose it is: the client id that it is shown with.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub client_id: String,
    /// When it was made.
    pub created: Moment,
    /// The last moment at which it is good.
    pub expires: Moment,
    /// How often it is still good; `null`: nobody counts.
    pub uses_left: Option<u32>,
    /// Whether somebody has ended it.
    pub revoked: bool,
    /// Where it is good; none named: anywhere.
    pub networks: Vec<String>,
    /// What it is for.
    pub label: String,
}

/// Client secrets of a tenant, or of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClientSecrets {
    /// The newest first.
    pub secrets: Vec<ClientSecret>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
