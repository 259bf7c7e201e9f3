//! Writes an identity under a number that a test has chosen.

use super::Vault;
use super::changes::Changes;
use super::round::Scope;
use crate::access::{Identity, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::identity::IdentityId;
use crate::op::Op;
use crate::storage::keyspace::{self, Table};

impl Vault {
    /// Writes an identity and renews the tenant's epoch, as every change of grants does.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn put_identity(&self, op: &Op, id: IdentityId, identity: &Identity) -> Result<(), Error> {
        let done =
            self.change(op, Scope::Tenant, (Action::MemberChange, &[Place::Tenant]), |round, first| {
                Box::pin(async move {
                    let ring = round.ring();
                    let mut changes = Changes::default();
                    changes.seal(&ring, keyspace::identity(ring.owner(), id), identity)?;
                    changes.touch(keyspace::single(ring.owner(), Table::Epoch))?;
                    let draft =
                        Draft::new(Action::MemberChange, "", Outcome::Done).changes(changes.described());
                    round.commit(first, changes, vec![draft], ()).await
                })
            });
        done.await.map(drop)
    }
}
