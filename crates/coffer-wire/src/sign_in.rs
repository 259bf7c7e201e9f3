//! Signing in: what somebody shows who has no token, and what they get.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Plain;
#[cfg(feature = "schema")]
use crate::shape;
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
    /// A name and a password.
    Password {
        /// What the member is called.
        user: String,
        /// Their password.
        #[cfg_attr(feature = "schema", schemars(schema_with = "shape::shown_password"))]
        password: Plain,
    },
    /// A client id and one of its secrets.
    Client {
        /// The client id: that of a member.
        #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
        client_id: String,
        /// The secret.
        client_secret: Plain,
    },
}

/// All fields of all of them. What serde would read an untagged choice by keeps copies that nobody wipes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fields {
    code: Option<Plain>,
    client_id: Option<String>,
    client_secret: Option<Plain>,
    user: Option<String>,
    password: Option<Plain>,
}

const WANTED: &str =
    "one thing is shown to sign in with: `code`, `user` and `password`, or `client_id` and `client_secret`";

impl<'de> Deserialize<'de> for SignIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Each kind of proof is one line here: the fields that it has, and no other.
        match Fields::deserialize(deserializer)? {
            Fields { code: Some(code), client_id: None, client_secret: None, user: None, password: None } => {
                Ok(Self::Code { code })
            }
            Fields {
                client_id: Some(client_id),
                client_secret: Some(client_secret),
                code: None,
                user: None,
                password: None,
            } => Ok(Self::Client { client_id, client_secret }),
            Fields {
                user: Some(user),
                password: Some(password),
                code: None,
                client_id: None,
                client_secret: None,
            } => Ok(Self::Password { user, password }),
            Fields { .. } => Err(D::Error::custom(WANTED)),
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
