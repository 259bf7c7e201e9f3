//! `/api/v1/audit`: what keeps the log in order: pruned, held, and whom it forgets.

use coffer_wire::audit::{Forget, Forgotten, Hold, Prune, Pruned};

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// Removes entries from before a moment.
pub(crate) async fn prune(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let wanted: Prune = call.body(&mut op).await?;
    let pruned = call.vault()?.audit_prune(&op, shapes::timestamp(wanted.before), instance).await?;
    Answer::json(&Pruned { pruned: pruned.entries, first: pruned.first })
}

/// Holds the log, or ends that.
pub(crate) async fn hold(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let wanted: Hold = call.body(&mut op).await?;
    call.vault()?.audit_hold(&op, wanted.held, &wanted.reason, instance).await?;
    Ok(Answer::empty())
}

/// Forgets somebody.
pub(crate) async fn forget(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let wanted: Forget = call.body(&mut op).await?;
    let gone = call.vault()?.audit_forget(&op, &wanted.subject, &wanted.reason, instance).await?;
    Answer::json(&Forgotten { erased: gone.erased })
}
