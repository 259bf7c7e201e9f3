//! How members sign in, and the tokens that they get.

use coffer_engine::action::Action;

use super::{Audit, CHANGE, READ, Route};
use crate::handlers::{authorities, client_secrets, codes, factors, issuers, passwords, sign_in, tokens};
use crate::limits::{AUTHORITY_BODY_MAX_BYTES, ISSUER_BODY_MAX_BYTES};

pub(super) const ROUTES: &[Route] = &[
    Route {
        operation: "member_unlock",
        path: "/api/v1/member/unlock/{*name}",
        audit: Audit::Entry(&[Action::MemberUnlock]),
        body_max_bytes: 0,
        about: "Ends every lock of a member after wrong passwords, from wherever they came.",
        handler: |call| Box::pin(passwords::unlock(call)),
        ..CHANGE
    },
    Route {
        operation: "password_set",
        method: "PUT",
        path: "/api/v1/password",
        audit: Audit::Entry(&[Action::PasswordSet]),
        about: "Sets the password of oneself: with the old one, or signed in with a one-time code. What was signed in for with the old one ends.",
        waits_elsewhere: true,
        handler: |call| Box::pin(passwords::set(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_enrol",
        path: "/api/v1/factor",
        audit: Audit::Entry(&[Action::FactorEnrol]),
        about: "Makes a second factor for oneself: with the password, or signed in with a one-time code. It is shown once, and asked for once it is confirmed.",
        waits_elsewhere: true,
        handler: |call| Box::pin(factors::enrol(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_confirm",
        path: "/api/v1/factor/confirm",
        audit: Audit::Entry(&[Action::FactorConfirm]),
        about: "Confirms the second factor of oneself, with a first code: from then on signing in with the password takes a code too.",
        waits_elsewhere: true,
        handler: |call| Box::pin(factors::confirm(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_remove_own",
        path: "/api/v1/factor/remove",
        audit: Audit::Entry(&[Action::FactorRemoveOwn]),
        about: "Removes the second factor of oneself, with a code of it.",
        waits_elsewhere: true,
        handler: |call| Box::pin(factors::remove_own(call)),
        ..CHANGE
    },
    Route {
        operation: "factor_remove",
        method: "DELETE",
        path: "/api/v1/member/factor/{*name}",
        audit: Audit::Entry(&[Action::FactorRemove]),
        body_max_bytes: 0,
        about: "Removes the second factor of a member, who has lost it.",
        handler: |call| Box::pin(factors::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "member_code",
        path: "/api/v1/codes",
        audit: Audit::Entry(&[Action::MemberCode]),
        about: "Makes a one-time code with which a member signs in. It is shown once.",
        handler: |call| Box::pin(codes::create(call)),
        ..CHANGE
    },
    Route {
        operation: "client_secret_list",
        path: "/api/v1/client-secrets",
        audit: Audit::Entry(&[Action::ClientSecretList]),
        about: "The client secrets of the tenant, or of the instance, whose time is not over; also those that somebody has ended.",
        handler: |call| Box::pin(client_secrets::list(call)),
        ..READ
    },
    Route {
        operation: "client_secret_create",
        path: "/api/v1/client-secrets",
        audit: Audit::Entry(&[Action::ClientSecretCreate]),
        about: "Makes a secret with which a program signs in as a member. It is shown once.",
        handler: |call| Box::pin(client_secrets::create(call)),
        ..CHANGE
    },
    Route {
        operation: "client_secret_revoke",
        method: "DELETE",
        path: "/api/v1/client-secrets/{*id}",
        audit: Audit::Entry(&[Action::ClientSecretRevoke]),
        body_max_bytes: 0,
        about: "Ends a client secret, and all tokens that it was changed for.",
        handler: |call| Box::pin(client_secrets::revoke(call)),
        ..CHANGE
    },
    Route {
        operation: "sign_in",
        path: "/api/v1/sign-in",
        audit: Audit::InBody(&[Action::SignIn]),
        about: "Changes what somebody shows who has no token, such as a one-time code, for a token of theirs.",
        handler: |call| Box::pin(sign_in::sign_in(call)),
        ..CHANGE
    },
    Route {
        operation: "issuer_list",
        path: "/api/v1/issuers",
        audit: Audit::Entry(&[Action::IssuerList]),
        about: "The issuers of tokens that the tenant, or the instance, trusts, and whom their tokens mean.",
        handler: |call| Box::pin(issuers::list(call)),
        ..READ
    },
    Route {
        operation: "issuer_create",
        path: "/api/v1/issuers",
        audit: Audit::Entry(&[Action::IssuerCreate]),
        body_max_bytes: ISSUER_BODY_MAX_BYTES,
        about: "Trusts an issuer of tokens (RFC 7519). They mean nobody before claims are bound to a member.",
        handler: |call| Box::pin(issuers::create(call)),
        ..CHANGE
    },
    Route {
        operation: "issuer_change",
        method: "PATCH",
        path: "/api/v1/issuers/{*name}",
        audit: Audit::Entry(&[Action::IssuerChange]),
        body_max_bytes: ISSUER_BODY_MAX_BYTES,
        about: "Changes what an issuer's tokens have to be like, and whom they mean. Nobody signs in on what they meant before.",
        handler: |call| Box::pin(issuers::change(call)),
        ..CHANGE
    },
    Route {
        operation: "issuer_remove",
        method: "DELETE",
        path: "/api/v1/issuers/{*name}",
        audit: Audit::Entry(&[Action::IssuerRemove]),
        body_max_bytes: 0,
        about: "Trusts an issuer no more.",
        handler: |call| Box::pin(issuers::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "issuer_undo",
        path: "/api/v1/issuer/undo/{*name}",
        audit: Audit::Entry(&[Action::IssuerUndo]),
        body_max_bytes: 0,
        about: "Takes back the last change of an issuer, its removal too. By who may make that change.",
        handler: |call| Box::pin(issuers::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "authority_list",
        path: "/api/v1/authorities",
        audit: Audit::Entry(&[Action::AuthorityList]),
        about: "The authorities of client certificates that the tenant, or the instance, trusts, and whom what they sign means.",
        handler: |call| Box::pin(authorities::list(call)),
        ..READ
    },
    Route {
        operation: "authority_set",
        method: "PUT",
        path: "/api/v1/authorities/{*name}",
        audit: Audit::Entry(&[Action::AuthoritySet]),
        body_max_bytes: AUTHORITY_BODY_MAX_BYTES,
        about: "Trusts an authority of client certificates (RFC 5280), or single ones, for a member; or changes what it says. Nobody signs in on what it said before.",
        handler: |call| Box::pin(authorities::set(call)),
        ..CHANGE
    },
    Route {
        operation: "authority_remove",
        method: "DELETE",
        path: "/api/v1/authorities/{*name}",
        audit: Audit::Entry(&[Action::AuthorityRemove]),
        body_max_bytes: 0,
        about: "Trusts an authority no more.",
        handler: |call| Box::pin(authorities::remove(call)),
        ..CHANGE
    },
    Route {
        operation: "authority_undo",
        path: "/api/v1/authority/undo/{*name}",
        audit: Audit::Entry(&[Action::AuthorityUndo]),
        body_max_bytes: 0,
        about: "Takes back the last change of an authority, its removal too. By who may make that change.",
        handler: |call| Box::pin(authorities::undo(call)),
        ..CHANGE
    },
    Route {
        operation: "token_list",
        path: "/api/v1/tokens",
        audit: Audit::Entry(&[Action::TokenList]),
        about: "The tokens of the tenant, or of the instance; also those that have ended.",
        handler: |call| Box::pin(tokens::list(call)),
        ..READ
    },
    Route {
        operation: "token_create",
        path: "/api/v1/tokens",
        audit: Audit::Entry(&[Action::TokenCreate, Action::TokenCreateOwn]),
        about: "Makes a token for a member, or for oneself. It is shown once.",
        handler: |call| Box::pin(tokens::create(call)),
        ..CHANGE
    },
    Route {
        operation: "token_revoke",
        method: "DELETE",
        path: "/api/v1/tokens/{*id}",
        audit: Audit::Entry(&[Action::TokenRevoke]),
        body_max_bytes: 0,
        about: "Ends a token, and all that were made with it.",
        handler: |call| Box::pin(tokens::revoke(call)),
        ..CHANGE
    },
    Route {
        operation: "token_revoke_own",
        method: "DELETE",
        path: "/api/v1/token",
        audit: Audit::Entry(&[Action::TokenRevokeOwn]),
        body_max_bytes: 0,
        about: "Ends the token that is shown.",
        handler: |call| Box::pin(tokens::revoke_own(call)),
        ..CHANGE
    },
    Route {
        operation: "token_renew",
        path: "/api/v1/token/renew",
        audit: Audit::Entry(&[Action::TokenRenew]),
        body_max_bytes: 0,
        about: "Makes the token that is shown last longer, at most to its maximum.",
        handler: |call| Box::pin(tokens::renew(call)),
        ..CHANGE
    },
];
