//! `/api/v1/codes`, `/api/v1/sign-in`: one-time codes, made for members and changed for tokens.
//!
//! # Invariants
//! - A code that is wrong, was used, or has expired, of a member who is disabled, in a tenant that is not there: the same answer. Whoever
//!   shows one counts as one who shows a token that is none.

use axum::http::StatusCode;
use coffer_engine::code::{Code, CodeHash};
use coffer_engine::identity::MemberName;
use coffer_engine::limits::CODE_LIFE_SECONDS;
use coffer_engine::vault;
use coffer_engine::{Actor, Error};
use coffer_wire::Plain;
use coffer_wire::code::{MadeCode, NewCode, SignIn, SignedIn};

use super::{shapes, tokens};
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Makes one.
pub(crate) async fn create(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let new: NewCode = call.body(&mut op).await?;
    let new = vault::NewCode {
        member: MemberName::parse(&new.member)?,
        ttl_seconds: new.ttl_seconds.unwrap_or(CODE_LIFE_SECONDS),
        for_instance_too: false,
    };
    let code = Code::generate().map_err(Error::from)?;
    let expires = call.vault()?.member_code(&op, &code, &new, instance).await?;
    let made = MadeCode { code: Plain::new(code.expose().to_owned()), expires: shapes::moment(expires) };
    Ok(Answer::json(&made)?.status(StatusCode::CREATED))
}

/// Changes one for a token.
pub(crate) async fn sign_in(mut call: Call) -> Result<Answer, Failure> {
    call.vault()?;
    if let Some(source) = call.caller.source() {
        call.check_failures(source)?;
    }
    let instance = call.of_instance()?;
    let shown: SignIn = call.shown().await?;
    let tenant = call.tenant().map_err(|_| unknown())?;
    let code = CodeHash::of_text(shown.code.expose()).ok_or_else(unknown)?;
    let op = call.op_of(Actor::Code(code), tenant);
    let signed = call.vault()?.sign_in(&op, instance).await.map_err(|error| match Failure::from(error) {
        failure if failure.status == StatusCode::UNAUTHORIZED => unknown(),
        failure => failure,
    })?;
    let signed = SignedIn {
        token: Plain::new(signed.token.expose().to_owned()),
        about: tokens::shown(&signed.about),
        name: signed.name,
        instance_too: signed.for_instance_too,
    };
    Answer::sized(&signed, 1024)
}

fn unknown() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "code.invalid",
        "the code is not known here: it was mistyped, used, has expired, or is another tenant's",
        "ask for another; an owner makes one with `coffer member code NAME`",
    )
}
