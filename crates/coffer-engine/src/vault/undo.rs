//! Takes back the last change of a secret: a value, metadata, a removal.

use super::Vault;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::op::Op;
use crate::path::SecretPath;
use crate::version::VersionNumber;

impl Vault {
    /// Takes back the last change that is not taken back yet. The version that is current then; `None` when the secret is in
    /// the trash again, or was not there before.
    ///
    /// No version is lost by it: `history` still shows what was undone.
    ///
    /// # Errors
    /// [`NotFound::Change`] when nothing is left; [`crate::error::Conflict::Destroyed`] when what it would go back to is
    /// destroyed; refusals and storage errors as for every verb.
    pub async fn undo(&self, op: &Op, path: &SecretPath) -> Result<Option<VersionNumber>, Error> {
        let _queue = self.inner.writers.enter([(op.tenant.clone(), path.clone())].into_iter()).await;
        let places = [Place::Secret(path.clone())];
        let done = self.change(op, Scope::Tenant, (Action::SecretUndo, &places), |round, first| {
            Box::pin(async move {
                let Some(mut head) = round.head(path).await? else {
                    return Err(Round::absent(Action::SecretUndo, path));
                };
                let draft = |outcome| Draft::new(Action::SecretUndo, path.as_str(), outcome);
                match head.undo() {
                    Ok(true) => {}
                    Ok(false) => {
                        let kind = NotFound::Change(path.as_str().to_owned());
                        return Err(Stop::recorded(draft(Outcome::Absent), kind));
                    }
                    Err(conflict) => return Err(Stop::recorded(draft(Outcome::Mismatch), conflict)),
                }
                let current = head.current().filter(|_| head.is_live());
                let draft = Draft { version: head.current(), ..draft(Outcome::Done) };
                round.commit_head(first, draft, (path, &head), current).await
            })
        });
        Ok(done.await?.answer)
    }
}
