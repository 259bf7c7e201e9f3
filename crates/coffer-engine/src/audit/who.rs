//! Who acted, as an entry says it.

use crate::identity::IdentityId;
use crate::proof::Method;
use crate::storage::Revision;
use crate::token::TokenId;

/// Who acted, and how that is known. Made from a credential that was looked at, never from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) identity: IdentityId,
    pub(super) via: Via,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    /// They opened the store.
    Unlocker,
    /// Whoever embeds the engine says so.
    Identity,
    /// Nobody else can be it.
    System,
    /// This token was shown, as its record was then.
    Token(TokenId, Revision),
    /// They are signing in with this.
    SignIn(Method),
}

impl Who {
    pub(crate) const LOCAL: Self = Self { identity: IdentityId::LOCAL, via: Via::Unlocker };
    pub(crate) const SYSTEM: Self = Self { identity: IdentityId::SYSTEM, via: Via::System };

    pub(crate) const fn member(identity: IdentityId) -> Self {
        Self { identity, via: Via::Identity }
    }

    pub(crate) const fn token(identity: IdentityId, id: TokenId, revision: Revision) -> Self {
        Self { identity, via: Via::Token(id, revision) }
    }

    /// Who is signing in, with this.
    pub(crate) const fn signing_in(identity: IdentityId, method: Method) -> Self {
        Self { identity, via: Via::SignIn(method) }
    }
}

impl Via {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Unlocker => "unlocker",
            Self::Identity => "identity",
            Self::System => "system",
            Self::Token(..) => "token",
            Self::SignIn(method) => method.name(),
        }
    }
}
