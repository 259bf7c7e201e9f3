//! How somebody showed who they are when they signed in.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::identity::IdentityId;

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Method {
    /// A one-time code.
    #[n(0)]
    Code,
    /// A password.
    #[n(1)]
    Password,
    /// A client id and its secret.
    #[n(2)]
    Secret,
    /// A JSON Web Token of an issuer that the tenant trusts (RFC 7519).
    #[n(3)]
    Jwt,
    /// A client certificate (RFC 5280).
    #[n(4)]
    Certificate,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Code, Self::Password, Self::Secret, Self::Jwt, Self::Certificate];

    /// `code`, and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Password => "password",
            Self::Secret => "secret",
            Self::Jwt => "jwt",
            Self::Certificate => "certificate",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was shown at the sign-in that a token comes from. A token that is made with it comes from the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Proof {
    /// How.
    #[n(0)]
    pub method: Method,
    /// Whether a second factor was shown too.
    #[n(1)]
    pub second_factor: bool,
}

/// Who somebody is, and by what they have shown it. Only what looks at a proof makes one: nobody says it of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proved {
    pub(crate) identity: IdentityId,
    pub(crate) proof: Proof,
}

impl Proof {
    /// By one thing alone.
    #[must_use]
    pub const fn by(method: Method) -> Self {
        Self { method, second_factor: false }
    }
}
