//! Into the trash: gone for readers, there for `undo`.

use super::Vault;
use super::changes::Changes;
use super::folders::FolderChanges;
use super::once::{Answer, Done, First};
use super::round::{Round, Scope};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::op::Op;
use crate::path::SecretPath;
use crate::storage::keyspace;

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// What is filled in with it: the first [`crate::limits::REFERRERS_TOLD_MAX`], in order.
    pub referred_by: Vec<String>,
}

impl Vault {
    /// Puts a secret into the trash, with all its versions. What is filled in with it can't be read any more: those of them that the caller
    /// may list are told.
    ///
    /// # Errors
    /// [`crate::error::NotFound`] when there is no such secret; refusals and storage errors as for every verb.
    pub async fn remove(&self, op: &Op, path: &SecretPath) -> Result<Removed, Error> {
        let _queue = self.inner.writers.enter([(op.tenant.clone(), path.clone())].into_iter()).await;
        let places = [Place::Secret(path.clone())];
        let done = self.change(op, Scope::Tenant, (Action::SecretRemove, &places), |round, first| {
            Box::pin(async move {
                let Some(mut head) = round.head(path).await?.filter(super::head::Head::is_live) else {
                    return Err(Round::absent(Action::SecretRemove, path));
                };
                head.trash(op.now);
                let referred_by = round.referrers_told(path).await;
                let draft = Draft::new(Action::SecretRemove, path.as_str(), Outcome::Done);
                let draft = Draft { version: head.current(), ..draft };
                round.commit_head(first, draft, (path, &head), referred_by).await
            })
        });
        Ok(Removed { referred_by: done.await?.answer })
    }
}

impl Round<'_> {
    /// Commits another head of a secret that comes to the folder's sight, or goes from it.
    pub(super) async fn commit_head<T: Answer>(
        &mut self,
        first: First<T>,
        draft: Draft,
        (path, head): (&SecretPath, &super::head::Head),
        answer: T,
    ) -> Result<Done<T>, super::round::Stop> {
        let ring = self.ring();
        let mut changes = Changes::default();
        changes.seal(&ring, keyspace::head(&ring, path), head)?;
        let draft = draft.changes(changes.described());
        let mut folders = FolderChanges::default();
        folders.touch(&path.folder());
        folders.apply(self, &mut changes, None)?;
        self.commit(first, changes, vec![draft], answer).await
    }
}
