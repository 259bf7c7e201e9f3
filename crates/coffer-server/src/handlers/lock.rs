//! `/api/v1/tenant/lock`, `/api/v1/tenant/unlock`: a tenant that its own members lock, and whoever has the code unlocks.
//!
//! # Invariants
//! - To unlock is to show the code, as one signs in: what does not fit is answered alike, whether there is such a tenant, whether it is
//!   locked, and whoever shows it counts as one who shows a token that is none.

use coffer_engine::Actor;
use coffer_engine::error::ErrorKind;
use coffer_engine::lock_code::LockCode;
use coffer_wire::tenant::{LockedTenant, TenantLock};

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Locks it.
pub(crate) async fn lock(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let TenantLock { code } = call.body(&mut op).await?;
    let code = LockCode::read(code.expose()).ok_or_else(mistyped)?;
    let erased = call.vault()?.tenant_lock(&op, &code).await?;
    Answer::json(&LockedTenant { erased })
}

/// Unlocks it.
pub(crate) async fn unlock(mut call: Call) -> Result<Answer, Failure> {
    call.vault()?;
    call.check_query()?;
    if let Some(source) = call.caller.source() {
        call.check_failures(source)?;
    }
    let TenantLock { code } = call.shown().await?;
    let tenant = call.tenant().map_err(|_| wrong())?;
    let code = LockCode::read(code.expose()).ok_or_else(wrong)?;
    let op = call.op_of(Actor::Stranger, tenant);
    call.vault()?.tenant_unlock(&op, &code).await?;
    Ok(Answer::empty())
}

fn wrong() -> Failure {
    coffer_engine::Error::from(ErrorKind::WrongLockCode).into()
}

/// A tenant that is locked with a code which somebody has mistyped would be a tenant that is lost.
fn mistyped() -> Failure {
    Failure::invalid(
        "lock.code_mistyped",
        "this is no lock code, or was mistyped; nothing is locked",
        "`coffer tenant lock` makes one; docs/formats.md says how",
    )
}
