//! Signing in: what somebody shows who has no token, and what they get.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Plain;
use crate::token::Token;

/// What somebody shows who has no token: one of these, and nothing of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SignIn {
    /// A one-time code.
    Code {
        /// Their code.
        code: Plain,
    },
    /// A token of an issuer that is trusted (`/api/v1/issuers`).
    Jwt {
        /// It, in its compact form (RFC 7515).
        jwt: Plain,
        /// What the issuer is called here, where no other is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
    },
}

/// All fields of all of them. What serde would read an untagged choice by keeps copies that nobody wipes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fields {
    code: Option<Plain>,
    jwt: Option<Plain>,
    issuer: Option<String>,
}

impl<'de> Deserialize<'de> for SignIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Each kind of proof is one line here: the fields that it has, and no other.
        match Fields::deserialize(deserializer)? {
            Fields { code: Some(code), jwt: None, issuer: None } => Ok(Self::Code { code }),
            Fields { jwt: Some(jwt), issuer, code: None } => Ok(Self::Jwt { jwt, issuer }),
            Fields { .. } => Err(D::Error::custom("one thing is shown to sign in with: `code` or `jwt`")),
        }
    }
}

/// What they get: a token that ends with no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedIn {
    /// The token itself.
    pub token: Plain,
    /// What is known of it.
    pub about: Token,
    /// What they are called.
    pub name: String,
    /// Whether what they have shown is good once for the instance too (`instance=true`).
    pub instance_too: bool,
}
