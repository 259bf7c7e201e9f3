//! A tenant gets another name. Its id, its keys and all that is in it stay as they are: nothing is sealed under a name.
//!
//! # Invariants
//! - The old line of the directory goes in the commit that makes the new one, and the epoch is renewed in it: whoever asks under the old name
//!   from then on is told that there is no such tenant.
//! - One that has others below it keeps its name. Theirs begin with it and stand in records under their own keys: to move them along would be
//!   a commit as large as the tree, and would need the keys of them all.

use super::Vault;
use super::round::{Scope, Stop};
use super::tenants::DirectoryRecord;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::op::Op;
use crate::storage::keyspace;
use crate::tenant::TenantName;

impl Vault {
    /// Calls a tenant by another name. By who manages the instance.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Tenant`]; [`Conflict::Exists`] when the new name is taken; [`Conflict::HasChildren`]; refusals and storage
    /// errors as for every verb.
    pub async fn tenant_rename(&self, op: &Op, name: &TenantName, to: &TenantName) -> Result<(), Error> {
        let asked = (Action::TenantRename, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                let mut seen = round.seen_tenant(Action::TenantRename, name).await?;
                let no = |conflict: Conflict| {
                    let draft = Draft::new(Action::TenantRename, name.as_str(), Outcome::Mismatch);
                    Stop::recorded(draft, conflict)
                };
                let directory = keyspace::directory(round.tenant.ring(), to);
                if round.read_fresh::<DirectoryRecord>(directory).await?.is_some() {
                    return Err(no(Conflict::Exists));
                }
                if round.vault.all_tenants().await?.iter().any(|other| other.name.is_below(name)) {
                    return Err(no(Conflict::HasChildren(name.as_str().to_owned())));
                }
                seen.move_to(to, directory);
                let detail = Some(Detail::Rename { to: to.as_str().to_owned() });
                round.commit_tenant(first, Action::TenantRename, seen, detail, ()).await
            })
        });
        done.await.map(drop)
    }
}
