//! Folders: which child folders a folder has, and the marker that changes when something in it comes or goes.
//!
//! A folder is there because something is in it. Its record lists its child folders by name; the secrets in it are found by
//! their keys' prefix.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{CborLen, Decode, Encode};

use super::changes::Changes;
use super::round::{Round, Stop};
use crate::audit::Draft;
use crate::fault::Corrupt;
use crate::path::FolderPath;
use crate::storage::keyspace;

/// A folder's record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct Folder {
    /// The path, in full; empty for the root.
    #[n(0)]
    path: String,
    /// The names of its child folders.
    #[n(1)]
    pub(super) children: BTreeSet<String>,
}

/// The folders that one operation changes: several secrets may come or go in it at once.
#[derive(Default)]
pub(super) struct FolderChanges {
    records: BTreeMap<FolderPath, Folder>,
    changed: BTreeSet<FolderPath>,
    members: BTreeSet<FolderPath>,
}

impl FolderChanges {
    /// A secret appears in this folder: the folder and all above it must be there.
    pub(super) async fn appear(&mut self, round: &mut Round<'_>, folder: &FolderPath) -> Result<(), Stop> {
        self.members.insert(folder.clone());
        let mut child = folder.clone();
        while let Some(parent) = child.parent() {
            if self.record(round, &parent).await?.children.insert(child.name().to_owned()) {
                self.changed.insert(parent.clone());
                self.members.insert(parent.clone());
            }
            child = parent;
        }
        Ok(())
    }

    /// A secret goes to the trash, comes back from it, or vanishes.
    pub(super) fn touch(&mut self, folder: &FolderPath) {
        self.members.insert(folder.clone());
    }

    /// The last secret of this folder vanishes: an empty folder vanishes with it, and so do those above that it leaves empty.
    pub(super) async fn vanish(&mut self, round: &mut Round<'_>, folder: &FolderPath) -> Result<(), Stop> {
        self.members.insert(folder.clone());
        let mut empty = folder.clone();
        let mut gone = true;
        while let Some(parent) = empty.parent() {
            gone = gone && self.record(round, &empty).await?.children.is_empty();
            if gone {
                self.record(round, &parent).await?.children.remove(empty.name());
                self.changed.insert(parent.clone());
                self.members.insert(parent.clone());
                gone = round.has_no_secrets(&parent).await?;
            }
            empty = parent;
        }
        Ok(())
    }

    /// Adds what has changed to the operation's changes.
    ///
    /// The folder records are named in `draft`, the entry of the change that they belong to.
    pub(super) fn apply(
        self,
        round: &Round<'_>,
        changes: &mut Changes,
        draft: Option<&mut Draft>,
    ) -> Result<(), Stop> {
        let mut own = Changes::default();
        let ring = round.tenant.ring();
        for path in &self.changed {
            if let Some(record) = self.records.get(path) {
                own.seal(ring, keyspace::folder(ring, path), record)?;
            }
        }
        if let Some(draft) = draft {
            draft.changes.extend(own.described());
        }
        changes.absorb(own);
        self.members.iter().try_for_each(|folder| changes.touch(keyspace::members(ring, folder)))
    }

    async fn record(&mut self, round: &mut Round<'_>, path: &FolderPath) -> Result<&mut Folder, Stop> {
        if !self.records.contains_key(path) {
            let record = round.folder(path).await?;
            self.records.insert(path.clone(), record);
        }
        self.records.get_mut(path).ok_or_else(|| Corrupt::new("a folder").into())
    }
}

impl Round<'_> {
    /// A folder's record, expected by the commit; an empty one where there is none.
    pub(super) async fn folder(&mut self, path: &FolderPath) -> Result<Folder, Stop> {
        let key = keyspace::folder(self.tenant.ring(), path);
        let Some(seen) = self.read::<Folder>(key).await? else {
            return Ok(Folder { path: path.as_str().to_owned(), children: BTreeSet::new() });
        };
        if seen.value.path != path.as_str() {
            return Err(Corrupt::new("a folder").into());
        }
        Ok(seen.value.as_ref().clone())
    }

    /// Whether no secret, not even one in the trash, lies directly in this folder.
    async fn has_no_secrets(&mut self, folder: &FolderPath) -> Result<bool, Stop> {
        // The mark first: what appears after it makes the commit a conflict.
        self.mark(keyspace::members(self.tenant.ring(), folder)).await?;
        let prefix = keyspace::heads_in(self.tenant.ring(), folder);
        Ok(self.vault.inner.storage.scan(prefix.as_bytes(), None, 1).await?.records.is_empty())
    }

    /// Whether this folder holds exactly one secret, live or in the trash.
    pub(super) async fn has_one_secret(&mut self, folder: &FolderPath) -> Result<bool, Stop> {
        self.mark(keyspace::members(self.tenant.ring(), folder)).await?;
        let prefix = keyspace::heads_in(self.tenant.ring(), folder);
        Ok(self.vault.inner.storage.scan(prefix.as_bytes(), None, 2).await?.records.len() == 1)
    }
}
