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
        #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::shown_password"))]
        password: Plain,
        /// The code of their second factor, where they have one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::shown_totp_or_none"))]
        totp: Option<Plain>,
    },
    /// A client id and one of its secrets.
    Client {
        /// The client id: that of a member.
        #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
        client_id: String,
        /// The secret.
        client_secret: Plain,
    },
    /// A token of an issuer that is trusted (`/api/v1/issuers`).
    Jwt {
        /// It, in its compact form (RFC 7515).
        jwt: Plain,
        /// What the issuer is called here, where no other is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
    },
    /// The client certificate that the connection has shown, of an authority that is trusted (`/api/v1/authorities`).
    Certificate {
        /// That it is meant: `true`.
        #[cfg_attr(feature = "schema", schemars(schema_with = "shape::truth"))]
        certificate: bool,
        /// What the authority is called here, where no other is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<String>,
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
    totp: Option<Plain>,
    jwt: Option<Plain>,
    issuer: Option<String>,
    certificate: Option<bool>,
    authority: Option<String>,
}

const WANTED: &str = "one thing is shown to sign in with: `code`, `user` and `password` (and `totp`), `client_id` and `client_secret`, `jwt`, or `certificate`";

impl<'de> Deserialize<'de> for SignIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields {
            code,
            user,
            password,
            totp,
            client_id,
            client_secret,
            jwt,
            issuer,
            certificate,
            authority,
        } = Fields::deserialize(deserializer)?;
        // Each kind of proof is one line here, and one below: any of its fields, and no other's.
        let kinds = [
            code.is_some(),
            user.is_some() || password.is_some() || totp.is_some(),
            client_id.is_some() || client_secret.is_some(),
            jwt.is_some() || issuer.is_some(),
            certificate.is_some() || authority.is_some(),
        ];
        let one = kinds.into_iter().filter(|shown| *shown).count() == 1;
        let is_shown = certificate == Some(true);
        match (code, user.zip(password), client_id.zip(client_secret), jwt) {
            (Some(code), ..) if one => Ok(Self::Code { code }),
            (_, Some((user, password)), ..) if one => Ok(Self::Password { user, password, totp }),
            _ if one && is_shown => Ok(Self::Certificate { certificate: true, authority }),
            (_, _, Some((client_id, client_secret)), _) if one => {
                Ok(Self::Client { client_id, client_secret })
            }
            (.., Some(jwt)) if one => Ok(Self::Jwt { jwt, issuer }),
            _ => Err(D::Error::custom(WANTED)),
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
