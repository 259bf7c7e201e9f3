//! Destroys, for good: the data key is gone, and nothing brings the value back.

use std::sync::Arc;

use super::Vault;
use super::changes::Changes;
use super::folders::FolderChanges;
use super::head::{Head, places_of};
use super::once::{Answer, Done, First};
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Change, Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::op::Op;
use crate::path::SecretPath;
use crate::storage::{Key, keyspace};
use crate::version::VersionNumber;

/// What was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// How many versions are gone.
    pub versions: usize,
    /// Whether the storage has overwritten their sealed bytes in its own files as well.
    pub erased: bool,
    /// What is filled in with it, of what the caller may list: the first [`crate::limits::REFERRERS_TOLD_MAX`], in order.
    pub referred_by: Vec<String>,
}

/// How many versions are gone, and what is filled in with what is gone.
type Gone = (usize, Vec<String>);

impl Vault {
    /// Destroys one version, or (`None`) the secret with all its versions and its history.
    ///
    /// The storage is then asked to overwrite what it can of its own files; [`Destroyed::erased`] says whether it did. What remains elsewhere (backups, snapshots) is
    /// sealed under keys of a tenant generation: see the levels of forward secrecy in `SECURITY.md`.
    ///
    /// # Errors
    /// [`crate::error::Conflict::InUse`] for the current version, and `Pinned` for one that somebody uses; [`NotFound`]; refusals and storage errors as for every verb.
    pub async fn destroy(
        &self,
        op: &Op,
        path: &SecretPath,
        version: Option<VersionNumber>,
    ) -> Result<Destroyed, Error> {
        let _queue = self.inner.writers.enter([(op.tenant.clone(), path.clone())].into_iter()).await;
        let places = [Place::Secret(path.clone())];
        let done = self
            .change(op, Scope::Tenant, (Action::SecretDestroy, &places), |round, first| {
                Box::pin(async move {
                    let Some(head) = round.head(path).await? else {
                        return Err(Round::absent(Action::SecretDestroy, path));
                    };
                    match version {
                        Some(version) => round.destroy_version(first, path, head, version).await,
                        None => {
                            let referred_by = round.referrers_told(path).await;
                            let gone = |versions| (versions, referred_by);
                            round.destroy_secret(first, Action::SecretDestroy, (path, &head), gone).await
                        }
                    }
                })
            })
            .await?;
        // The keys are gone already, and the entry says so: that the files could not be overwritten too is no failure. A replay does it
        // once more: whoever was asked first may have stopped before it.
        let erased = Arc::clone(&self.inner.storage).erase_deleted().await.is_ok();
        let (versions, referred_by) = done.answer;
        Ok(Destroyed { versions, erased, referred_by })
    }
}

impl Round<'_> {
    async fn destroy_version(
        &mut self,
        first: First<Gone>,
        path: &SecretPath,
        mut head: Head,
        version: VersionNumber,
    ) -> Result<Done<Gone>, Stop> {
        let draft = |outcome| Draft::new(Action::SecretDestroy, path.as_str(), outcome).version(version);
        let ring = self.ring();
        let record = head.versions.get(version);
        let places: Vec<Key> =
            record.into_iter().flat_map(|record| record.places(ring.owner(), *head.id, version)).collect();
        match head.destroy(version, self.op.now) {
            Ok(true) => {}
            Ok(false) => {
                let kind = NotFound::Version(format!("{version} of {path}"));
                return Err(Stop::recorded(draft(Outcome::Absent), kind));
            }
            Err(conflict) => return Err(Stop::recorded(draft(Outcome::Mismatch), conflict)),
        }
        let mut changes = Changes::default();
        changes.seal(&ring, keyspace::head(&ring, path), &head)?;
        places.into_iter().for_each(|key| changes.delete(key));
        let described = changes.described();
        self.commit(first, changes, vec![draft(Outcome::Done).changes(described)], (1, Vec::new())).await
    }

    /// The secret with all its versions and its history, by an action that does so; answered with what is said of how many they were.
    pub(super) async fn destroy_secret<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        (path, head): (&SecretPath, &Head),
        answer: impl FnOnce(usize) -> T + Send,
    ) -> Result<Done<T>, Stop> {
        let ring = self.ring();
        let key = keyspace::head(&ring, path);
        let mut changes = Changes::default();
        changes.delete(key);
        let draft = |changes| Draft::new(action, path.as_str(), Outcome::Done).changes(changes);
        let mut drafts = vec![draft(vec![Change::deleted(&key)])];
        // An entry for each version: one that named a thousand would not fit.
        for (version, file) in head.stored() {
            let places: Vec<Key> = places_of(file, ring.owner(), *head.id, version).collect();
            drafts.push(draft(places.iter().map(Change::deleted).collect()).version(version));
            places.into_iter().for_each(|key| changes.delete(key));
        }
        let gone = drafts.len().saturating_sub(1);
        let folder = path.folder();
        let mut folders = FolderChanges::default();
        if self.has_one_secret(&folder).await? {
            folders.vanish(self, &folder).await?;
        } else {
            folders.touch(&folder);
        }
        folders.apply(self, &mut changes, drafts.first_mut())?;
        self.commit(first, changes, drafts, answer(gone)).await
    }
}
