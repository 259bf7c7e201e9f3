//! Authorities of client certificates that a tenant trusts, and whom what they sign means.

use serde::{Deserialize, Serialize};

use crate::Moment;
#[cfg(feature = "schema")]
use crate::shape;

/// What becomes of an authority; what is not said stays. A new one has certificates and a member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuthorityChange {
    /// Whose signatures are believed, in PEM. A certificate that is no authority's means itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::certificates_or_none"))]
    pub certificates: Option<String>,
    /// Which of theirs are revoked: lists (RFC 5280) in PEM; empty: none. With one, whoever it does not speak of is refused, and so is everybody
    /// once it is out of date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::revocation_lists_or_none"))]
    pub crls: Option<String>,
    /// What a certificate has to be called, all of it: `dns:`, `uri:`, `email:` or `cn:`, and the whole name. `dns:*.` stands for one label;
    /// `/*` at the end of a URI for what is deeper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::issuers::certificate_names_or_none"))]
    pub names: Option<Vec<String>>,
    /// The member that such a certificate means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::member_name_or_none"))]
    pub member: Option<String>,
    /// How long the token lives that a certificate is changed for, in seconds; not said of a new one: an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 86_400)))]
    pub token_seconds: Option<u64>,
    /// Whether that is good only where the certificate is shown (RFC 8705); not said of a new one: it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<bool>,
}

/// A certificate that is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrustedCertificate {
    /// The SHA-256 of it, in hexadecimal digits.
    pub sha256: String,
    /// What it is called; empty where it is not.
    pub common_name: String,
    /// The last moment at which it is good.
    pub expires: Moment,
    /// Whether it is an authority's. Else it means itself.
    pub authority: bool,
}

/// An authority that is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Authority {
    /// What it is called here.
    pub name: String,
    /// Whose signatures are believed.
    pub certificates: Vec<TrustedCertificate>,
    /// How many lists of revoked certificates it has.
    pub crls: u64,
    /// When the first of them ends, and nobody signs in any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crls_expire: Option<Moment>,
    /// What a certificate has to be called.
    pub names: Vec<String>,
    /// The member; `null` where there is no such member any more.
    pub member: Option<String>,
    /// How long the token lives that a certificate is changed for, in seconds.
    pub token_seconds: u64,
    /// Whether that is good only where the certificate is shown.
    pub bound: bool,
    /// How many changes of it can be taken back.
    pub undo_steps: u64,
}

/// Authorities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Authorities {
    /// By name.
    pub authorities: Vec<Authority>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
