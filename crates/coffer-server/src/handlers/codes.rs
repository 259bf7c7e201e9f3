//! `/api/v1/codes`: one-time codes, made for members. They are changed for tokens in `sign_in.rs`.

use axum::http::StatusCode;
use coffer_engine::code::Code;
use coffer_engine::identity::MemberName;
use coffer_engine::limits::CODE_LIFE_SECONDS;
use coffer_engine::{Error, vault};
use coffer_wire::code::NewCode;

use super::shapes;
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
    Ok(Answer::json(&shapes::made_code(&code, expires))?.status(StatusCode::CREATED))
}
