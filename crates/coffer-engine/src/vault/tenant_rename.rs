//! A tenant gets another name. Its id, its keys and all that is in it stay as they are: nothing is sealed under a name.
//!
//! # Invariants
//! - The old line of the directory goes in the commit that makes the new one, and the epoch is renewed in it: whoever asks under the old name
//!   from then on is told that there is no such tenant.
//! - One that has others below it keeps its name. Theirs begin with it and stand in records under their own keys: to move them along would be
//!   a commit as large as the tree, and would need the keys of them all.

use super::Vault;
use super::round::{Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::op::Op;
use crate::tenant::TenantName;

impl Vault {
    /// Calls a tenant by another name, which whoever asks has to manage too.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Tenant`]; [`Conflict::Exists`] when the new name is taken; [`Conflict::HasChildren`];
    /// [`crate::fault::Invalid`] for a name that does not lie below the tenant which manages it; refusals and storage errors as for every verb.
    pub async fn tenant_rename(&self, op: &Op, name: &TenantName, to: &TenantName) -> Result<(), Error> {
        let asked = (Action::TenantRename, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::managing(op), asked, |round, first| {
            Box::pin(async move {
                let to = round.may_call(to)?;
                let mut seen = round.seen_tenant(Action::TenantRename, name).await?;
                let no = |conflict: Conflict| {
                    let draft = Draft::new(Action::TenantRename, name.as_str(), Outcome::Mismatch);
                    Stop::recorded(draft, conflict)
                };
                if round.line(&to).await?.is_some() {
                    return Err(no(Conflict::Exists));
                }
                if round.has_children(seen.name()).await? {
                    return Err(no(Conflict::HasChildren(name.as_str().to_owned())));
                }
                let detail = Some(Detail::Rename { to: to.name().as_str().to_owned() });
                seen.move_to(to);
                round.commit_tenant(first, Action::TenantRename, seen, detail, ()).await
            })
        });
        done.await.map(drop)
    }
}
