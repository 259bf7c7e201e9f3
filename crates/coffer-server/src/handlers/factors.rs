//! `/api/v1/factor`, `/api/v1/member/factor`: second factors, made and confirmed by their members. They are shown in `sign_in.rs`.

use axum::http::StatusCode;
use coffer_engine::identity::MemberName;
use coffer_wire::Plain;
use coffer_wire::factor::{MadeFactor, NewFactor, RemovedFactor, ShownFactor};

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Makes one for oneself.
pub(crate) async fn enrol(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let NewFactor { password } = call.body(&mut op).await?;
    let password = password.as_ref().map(Plain::expose);
    let made = call.vault()?.factor_enrol(&op, password, instance).await?;
    let made = MadeFactor {
        secret: Plain::new(made.secret().as_str().to_owned()),
        uri: Plain::new(made.uri().as_str().to_owned()),
    };
    Ok(Answer::json(&made)?.status(StatusCode::CREATED))
}

/// Confirms it.
pub(crate) async fn confirm(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let ShownFactor { totp } = call.body(&mut op).await?;
    call.vault()?.factor_confirm(&op, totp.expose(), instance).await?;
    Ok(Answer::empty())
}

/// Removes one's own.
pub(crate) async fn remove_own(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let ShownFactor { totp } = call.body(&mut op).await?;
    call.vault()?.factor_remove_own(&op, totp.expose(), instance).await?;
    Ok(Answer::empty())
}

/// Removes that of a member.
pub(crate) async fn remove(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let name = MemberName::parse(&call.tail()?)?;
    let removed = call.vault()?.factor_remove(&op, &name, instance).await?;
    Answer::json(&RemovedFactor { removed })
}
