//! `/api/v1/sign-in`: what somebody shows who has no token, changed for one.
//!
//! # Invariants
//! - What is shown and is not good is answered in the same way, why ever: wrong, used, expired, of a member who is disabled, in a tenant
//!   that is not there. Whoever shows it counts as one who shows a token that is none.

use std::sync::Arc;

use axum::http::StatusCode;
use coffer_engine::client::{Client, ClientSecretHash};
use coffer_engine::code::CodeHash;
use coffer_engine::identity::IdentityId;
use coffer_engine::token::TokenId;
use coffer_engine::vault::ShownPassword;
use coffer_engine::{Actor, Error, vault};
use coffer_wire::Plain;
use coffer_wire::sign_in::{SignIn, SignedIn};
use tokio::time::{Instant, sleep_until};

use super::tokens;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::issuers::Published;

/// Changes it.
pub(crate) async fn sign_in(mut call: Call) -> Result<Answer, Failure> {
    call.vault()?;
    if let Some(source) = call.caller.source() {
        call.check_failures(source)?;
    }
    let instance = call.of_instance()?;
    // Each kind of proof has a function of its own, which says what is answered when it is not good.
    let signed = match call.shown().await? {
        SignIn::Code { code } => with_code(&mut call, &code, instance).await?,
        SignIn::Password { user, password, totp } => {
            with_password(&mut call, (&user, &password, totp.as_ref()), instance).await?
        }
        SignIn::Client { client_id, client_secret } => {
            with_client_secret(&mut call, (&client_id, &client_secret), instance).await?
        }
        SignIn::Jwt { jwt, issuer } => with_jwt(&mut call, &jwt, issuer.as_deref(), instance).await?,
        SignIn::Certificate { authority, .. } => {
            with_certificate(&mut call, authority.as_deref(), instance).await?
        }
    };
    let signed = SignedIn {
        token: Plain::new(signed.token.expose().to_owned()),
        about: tokens::shown(&signed.about),
        name: signed.name,
        instance_too: signed.for_instance_too,
    };
    Answer::sized(&signed, 1024)
}

async fn with_code(call: &mut Call, code: &Plain, instance: bool) -> Result<vault::SignedIn, Failure> {
    let tenant = call.tenant().map_err(|_| no_code())?;
    let code = CodeHash::of_text(code.expose()).ok_or_else(no_code)?;
    let op = call.op_of(Actor::Code(code), tenant);
    call.vault()?.sign_in(&op, instance).await.map_err(|error| alike(error, no_code))
}

/// Whoever is not signed in is told so at a moment that does not depend on why: a wrong password is written down, and a name that is
/// nobody's is not. Nor is it told that the password was right, and the code of the second factor was not.
async fn with_password(
    call: &mut Call,
    (user, password, totp): (&str, &Plain, Option<&Plain>),
    instance: bool,
) -> Result<vault::SignedIn, Failure> {
    let moment = Instant::now().checked_add(call.shared.refusal_time);
    let refused = match call.tenant() {
        Err(_) => no_password(),
        Ok(tenant) => {
            let op = call.op_of(Actor::Stranger, tenant);
            let shown = ShownPassword { user, password: password.expose(), code: totp.map(Plain::expose) };
            match call.vault()?.sign_in_with_password(&op, &shown, instance).await {
                Ok(signed) => return Ok(signed),
                Err(error) => alike(error, no_password),
            }
        }
    };
    if let Some(moment) = moment.filter(|_| refused.status == StatusCode::UNAUTHORIZED) {
        sleep_until(moment).await;
    }
    Err(refused)
}

/// That a client id is nobody's is no secret, nor is it told.
async fn with_client_secret(
    call: &mut Call,
    (id, secret): (&str, &Plain),
    instance: bool,
) -> Result<vault::SignedIn, Failure> {
    let tenant = call.tenant().map_err(|_| no_client())?;
    let id = TokenId::parse(id).map(|id| IdentityId::from_bytes(*id.bytes())).ok_or_else(no_client)?;
    let secret = ClientSecretHash::of_text(secret.expose()).ok_or_else(no_client)?;
    let op = call.op_of(Actor::Client(Client { id, secret }), tenant);
    call.vault()?.sign_in(&op, instance).await.map_err(|error| alike(error, no_client))
}

async fn with_jwt(
    call: &mut Call,
    jwt: &Plain,
    issuer: Option<&str>,
    instance: bool,
) -> Result<vault::SignedIn, Failure> {
    let tenant = call.tenant().map_err(|_| no_jwt())?;
    // Nobody so far: the vault finds out who it is.
    let op = call.op_of(Actor::Stranger, tenant);
    let keys = Published(Arc::clone(&call.shared.issuers));
    let signed = call.vault()?.sign_in_jwt(&op, (jwt.expose(), issuer), &keys, instance).await;
    signed.map_err(|error| alike(error, no_jwt))
}

/// The certificate is the connection's: nothing in the request says which it is.
async fn with_certificate(
    call: &mut Call,
    authority: Option<&str>,
    instance: bool,
) -> Result<vault::SignedIn, Failure> {
    let tenant = call.tenant().map_err(|_| no_certificate())?;
    let chain = call.certificate().ok_or_else(no_certificate)?;
    let op = call.op_of(Actor::Stranger, tenant);
    let signed = call.vault()?.sign_in_certificate(&op, (&chain, authority), instance).await;
    signed.map_err(|error| alike(error, no_certificate))
}

/// Why somebody is not signed in: one answer for all that has to do with who they are.
fn alike(error: Error, answer: fn() -> Failure) -> Failure {
    match Failure::from(error) {
        failure if failure.status == StatusCode::UNAUTHORIZED => answer(),
        failure => failure,
    }
}

fn no_jwt() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "jwt.invalid",
        "the token signs nobody in here: its issuer, audience, time, signature or claims are not those that somebody is known by",
        "compare its claims with `coffer issuer ls`; an owner binds them to a member with `coffer issuer bind`",
    )
}

fn no_certificate() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "certificate.invalid",
        "the connection has shown no client certificate that signs somebody in here: none, or its authority, names, times or use are not those that somebody is known by",
        "show it to this server itself, over TLS, and compare it with `coffer authority ls`; an owner trusts its authority with `coffer authority set`",
    )
}

fn no_code() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "code.invalid",
        "the code is not known here: it was mistyped, used, has expired, or is another tenant's",
        "ask for another; an owner makes one with `coffer member code NAME`",
    )
}

fn no_client() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "client.invalid",
        "the client id and secret are not known here: mistyped, ended, used up, not good from here, or another tenant's",
        "ask for another secret; an owner makes one with `coffer client-secret create MEMBER`",
    )
}

fn no_password() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "password.invalid",
        "this is no name and password of a member here, or not with the code of the second factor, or it was tried too often from this address",
        "who has a second factor shows its code too, a new one each time; try again in a quarter of an hour; an owner makes a code to sign in with, by `coffer member code NAME`",
    )
}
