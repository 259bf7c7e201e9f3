//! `/api/v1/sign-in`: what somebody shows who has no token, changed for one.
//!
//! # Invariants
//! - What is shown and is not good is answered in the same way, why ever: wrong, used, expired, of a member who is disabled, in a tenant
//!   that is not there. Whoever shows it counts as one who shows a token that is none.

use std::sync::Arc;

use axum::http::StatusCode;
use coffer_engine::code::CodeHash;
use coffer_engine::{Actor, Error, vault};
use coffer_wire::Plain;
use coffer_wire::sign_in::{SignIn, SignedIn};

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
        SignIn::Jwt { jwt, issuer } => with_jwt(&mut call, &jwt, issuer.as_deref(), instance).await?,
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

async fn with_jwt(
    call: &mut Call,
    jwt: &Plain,
    issuer: Option<&str>,
    instance: bool,
) -> Result<vault::SignedIn, Failure> {
    let tenant = call.tenant().map_err(|_| no_jwt())?;
    // Nobody so far: the vault finds out who it is.
    let op = call.op_of(Actor::System, tenant);
    let keys = Published(Arc::clone(&call.shared.issuers));
    let signed = call.vault()?.sign_in_jwt(&op, (jwt.expose(), issuer), &keys, instance).await;
    signed.map_err(|error| alike(error, no_jwt))
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

fn no_code() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "code.invalid",
        "the code is not known here: it was mistyped, used, has expired, or is another tenant's",
        "ask for another; an owner makes one with `coffer member code NAME`",
    )
}
