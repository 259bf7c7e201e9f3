//! `/api/v1/password`, `/api/v1/member/unlock`: set by who has one, and unlocked by who grants. They are shown in `sign_in.rs`.

use coffer_engine::identity::MemberName;
use coffer_wire::Plain;
use coffer_wire::password::{NewPassword, Unlocked};

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Sets one's own.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let NewPassword { old, new } = call.body(&mut op).await?;
    let old = old.as_ref().map(Plain::expose);
    call.vault()?.password_set(&op, (old, new.expose()), instance).await?;
    Ok(Answer::empty())
}

/// Ends the locks of a member.
pub(crate) async fn unlock(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let name = MemberName::parse(&call.tail()?)?;
    let sources = call.vault()?.member_unlock(&op, &name, instance).await?;
    Answer::json(&Unlocked { sources })
}
