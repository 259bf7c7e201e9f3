//! Issuers of tokens that a tenant trusts, and whom their tokens mean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;

/// An issuer that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewIssuer {
    /// What it is called here: unique in the tenant.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_name"))]
    pub name: String,
    /// What stands in `iss`, letter by letter. Its keys are where its discovery document says, unless something else is said.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::issuer"))]
    pub issuer: String,
    /// One of these stands in `aud`. None should be another service's.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::audiences"))]
    pub audiences: Vec<String>,
    /// How its tokens may be signed; not said: `RS256` and `ES256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::algorithms_or_none"))]
    pub algorithms: Option<Vec<String>>,
    /// Where its keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::keys_address_or_none"))]
    pub jwks_uri: Option<String>,
    /// Its keys themselves: the text of a set (RFC 7517). In place of an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::key_set_or_none"))]
    pub jwks: Option<String>,
    /// How far its clock may be from the store's, in seconds; not said: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 300)))]
    pub leeway_seconds: Option<u64>,
    /// Whether each of its tokens is good once. It then has an id, `jti`.
    #[serde(default)]
    pub once: bool,
    /// How long the token lives that one of its tokens is changed for, in seconds; not said: an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 86_400)))]
    pub token_seconds: Option<u64>,
}

/// What becomes of an issuer; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IssuerChange {
    /// One of these stands in `aud`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::audiences_or_none"))]
    pub audiences: Option<Vec<String>>,
    /// How its tokens may be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::algorithms_or_none"))]
    pub algorithms: Option<Vec<String>>,
    /// Whether its keys are where its discovery document says. One of this and the next two at most.
    #[serde(default)]
    pub discovery: bool,
    /// Where its keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::keys_address_or_none"))]
    pub jwks_uri: Option<String>,
    /// Its keys themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::key_set_or_none"))]
    pub jwks: Option<String>,
    /// How far its clock may be from the store's, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 300)))]
    pub leeway_seconds: Option<u64>,
    /// Whether each of its tokens is good once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<bool>,
    /// How long the token lives that one of its tokens is changed for, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 86_400)))]
    pub token_seconds: Option<u64>,
    /// Claims that mean nobody any more. Before `bind`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::claims_list"))]
    pub unbind: Vec<BTreeMap<String, String>>,
    /// Claims that mean a member from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 128)))]
    pub bind: Vec<NewBinding>,
}

/// Claims that mean a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewBinding {
    /// Each with what it says: a text as it is, or, behind a `/` or `:`, all that begins with what stands before a `*` at the end. A name
    /// that begins with `/` leads into what lies deeper (RFC 6901).
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::claims"))]
    pub claims: BTreeMap<String, String>,
    /// The member.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_name"))]
    pub member: String,
}

/// A binding, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Binding {
    /// Each with what it says.
    pub claims: BTreeMap<String, String>,
    /// The member; `null` where there is no such member any more.
    pub member: Option<String>,
}

/// An issuer that is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Issuer {
    /// What it is called here.
    pub name: String,
    /// What stands in `iss`.
    pub issuer: String,
    /// One of these stands in `aud`.
    pub audiences: Vec<String>,
    /// How its tokens may be signed.
    pub algorithms: Vec<String>,
    /// Where its keys are; said only where an address was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Its keys themselves; said only where they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// How far its clock may be from the store's, in seconds.
    pub leeway_seconds: u64,
    /// Whether each of its tokens is good once.
    pub once: bool,
    /// How long the token lives that one of its tokens is changed for, in seconds.
    pub token_seconds: u64,
    /// Whom its tokens mean.
    pub bindings: Vec<Binding>,
    /// How many changes of it can be taken back.
    #[serde(default)]
    pub undo_steps: u64,
}

/// Issuers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Issuers {
    /// By name.
    pub issuers: Vec<Issuer>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
