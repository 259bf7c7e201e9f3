//! A legal hold: while it stands, nothing of the log is pruned and nobody in it is forgotten.

use minicbor::{CborLen, Decode, Encode};

use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome, Remark};
use crate::error::{Conflict, Error};
use crate::op::Op;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::round::{Round, Scope, Stop};

/// The record. Absent: never held.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct Hold {
    #[n(0)]
    held: bool,
    #[n(1)]
    reason: String,
    #[n(2)]
    since_ms: u64,
}

impl Vault {
    /// Holds the log, or ends that, for this reason.
    ///
    /// # Errors
    /// [`Invalid`](crate::fault::Invalid) for a reason that is empty, too long, or not one line; refusals and storage errors as for
    /// every verb.
    pub async fn audit_hold(&self, op: &Op, held: bool, reason: &str, instance: bool) -> Result<(), Error> {
        let reason = &Remark::parse("reason", reason)?;
        let asked = (Action::AuditHold, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let ring = round.ring();
                let key = keyspace::single(ring.owner(), Table::Hold);
                round.read_fresh::<Hold>(key).await?;
                let mut changes = Changes::default();
                let hold = Hold { held, reason: reason.as_str().to_owned(), since_ms: op.now.millis() };
                changes.seal(&ring, key, &hold)?;
                let detail = Detail::Hold { held, reason: reason.clone() };
                let draft = Draft::new(Action::AuditHold, "", Outcome::Done).changes(changes.described());
                round.commit(first, changes, vec![draft.detail(detail)], ()).await
            })
        });
        done.await.map(drop)
    }
}

impl Round<'_> {
    /// Stops what a hold forbids. That there is none is expected by the commit.
    pub(in crate::vault) async fn not_held(&mut self, action: Action) -> Result<(), Stop> {
        let ring = self.ring();
        self.not_held_in(&ring, action, "").await
    }

    /// The same of the log of the owner of these keys; `path`: what the entry says of it.
    pub(in crate::vault) async fn not_held_in(
        &mut self,
        ring: &KeyRing,
        action: Action,
        path: &str,
    ) -> Result<(), Stop> {
        let key = keyspace::single(ring.owner(), Table::Hold);
        let record = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        self.expects(key, record.as_ref().map(|record| record.revision))?;
        let hold = record.map(|record| open_record::<Hold>(ring, &key, &record)).transpose()?;
        match hold {
            Some(hold) if hold.held => {
                Err(Stop::recorded(Draft::new(action, path, Outcome::Mismatch), Conflict::Held))
            }
            _ => Ok(()),
        }
    }
}
