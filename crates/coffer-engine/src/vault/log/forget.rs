//! Forgets somebody: the key of their fields in the log is destroyed, and the log stays as it is, byte for byte.

use std::sync::Arc;

use crate::access::Place;
use crate::action::Action;
use crate::audit::person::{record_key, subject};
use crate::audit::{Detail, Draft, Outcome, Remark};
use crate::error::{Error, NotFound};
use crate::op::Op;
use crate::storage::Expectation;
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::round::{Scope, Stop};

/// Somebody was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Whether the storage could write over what was deleted, too.
    pub erased: bool,
}

impl Vault {
    /// Destroys the key of a person's fields: what sealed them is unreadable from now on, and every proof still verifies. Who acts
    /// again gets a new key; what came before stays unreadable.
    ///
    /// # Errors
    /// [`Invalid`](crate::fault::Invalid) for a reason that is empty, too long, or not one line; [`NotFound::Subject`] when the log
    /// has no key for them; [`crate::error::Conflict::Held`]; refusals and storage errors as
    /// for every verb.
    pub async fn audit_forget(
        &self,
        op: &Op,
        who: &str,
        reason: &str,
        instance: bool,
    ) -> Result<Forgotten, Error> {
        let reason = &Remark::parse("reason", reason)?;
        let asked = (Action::AuditForget, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                round.not_held(Action::AuditForget).await?;
                let ring = round.ring();
                let subject = subject(&ring, who);
                // Not under the name of whom it forgets: the entry would make a new key for them at once.
                round.leave_out(&subject);
                let key = record_key(&ring, subject);
                let found = round.vault.inner.storage.get(&[key]).await?.pop().flatten();
                let expectation = Expectation { key, revision: found.map(|record| record.revision) };
                round.expect.insert(expectation.key, expectation.revision);
                let detail = Detail::Forget {
                    reason: reason.clone(),
                    subject: base16ct::lower::encode_string(&subject),
                };
                let draft = |outcome| Draft::new(Action::AuditForget, "", outcome).detail(detail);
                if expectation.revision.is_none() {
                    return Err(Stop::recorded(draft(Outcome::Absent), NotFound::Subject(who.to_owned())));
                }
                let mut changes = Changes::default();
                changes.delete(key);
                let described = changes.described();
                round.commit(first, changes, vec![draft(Outcome::Done).changes(described)], ()).await
            })
        });
        done.await?;
        let erased = Arc::clone(&self.inner.storage).erase_deleted().await.is_ok();
        Ok(Forgotten { erased })
    }
}
