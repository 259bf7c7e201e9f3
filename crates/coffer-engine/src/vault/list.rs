//! Lists names: of one folder, or of everything below it.
//!
//! What is small is read from the storage: [`few`]. What is large comes from the tenant's index, which is made for it: [`many`]. Else each
//! page of a hundred would read a hundred thousand heads.

mod few;
mod many;

use super::Vault;
use super::index::Known;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::content::FileInfo;
use crate::error::Error;
use crate::metadata::Metadata;
use crate::op::Op;
use crate::path::{FolderPath, SecretPath};
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// What is in a folder, or below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderListing {
    /// Folders, in order of their paths: with the first part of the secrets, and no other.
    pub folders: Vec<FolderPath>,
    /// Live secrets, in order of their paths.
    pub secrets: Vec<ListedSecret>,
    /// Whether there are more of them behind these.
    pub more: bool,
}

/// A secret in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSecret {
    /// Where it lies.
    pub path: SecretPath,
    /// Its current version.
    pub version: VersionNumber,
    /// When that version was made.
    pub changed: Timestamp,
    /// Since when it is in the trash.
    pub trashed: Option<Timestamp>,
    /// The file that its current version holds; `None`: it holds a value.
    pub file: Option<FileInfo>,
    /// What is known about it.
    pub metadata: Metadata,
}

/// A part of a list of secrets.
#[derive(Debug, Clone, Copy)]
pub struct ListPart<'p> {
    /// Behind this text, in the order of paths.
    pub after: Option<&'p str>,
    /// At most so many.
    pub limit: usize,
}

impl ListPart<'_> {
    /// All of it.
    pub const WHOLE: Self = Self { after: None, limit: usize::MAX };
}

impl Vault {
    /// Lists a folder; with `recursive`, everything below it. A folder that is not there is empty.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn list(&self, op: &Op, folder: &FolderPath, recursive: bool) -> Result<FolderListing, Error> {
        self.list_part(op, folder, recursive, ListPart::WHOLE).await
    }

    /// The same, but for a part of its secrets.
    ///
    /// # Errors
    /// As for [`Vault::list`].
    pub async fn list_part(
        &self,
        op: &Op,
        folder: &FolderPath,
        recursive: bool,
        part: ListPart<'_>,
    ) -> Result<FolderListing, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretList, Place::Folder(folder.clone()))?;
                let listing = round.listing(folder, recursive, part).await?;
                round.note(Draft::new(Action::SecretList, folder.as_str(), Outcome::Done)).await?;
                Ok(listing)
            })
        })
        .await
    }
}

impl Round<'_> {
    /// What is in a folder, but for what a rule hides from the actor: the caller has a permit for it.
    pub(super) async fn listing(
        &mut self,
        folder: &FolderPath,
        recursive: bool,
        part: ListPart<'_>,
    ) -> Result<FolderListing, Stop> {
        let mut listing = self.whole_listing(folder, recursive, part).await?;
        let Some(hidden) = self.hidden() else { return Ok(listing) };
        listing.folders.retain(|folder| !hidden.has_folder(folder.as_str()));
        loop {
            let last = listing.secrets.last().map(|secret| secret.path.as_str().to_owned());
            listing.keep(|path| !hidden.has(path));
            // Whoever goes on goes on behind the last one that he saw: a part that has more behind it is not empty.
            let Some(last) = last.filter(|_| listing.secrets.is_empty() && listing.more) else {
                return Ok(listing);
            };
            let next = ListPart { after: Some(&last), ..part };
            let next = self.whole_listing(folder, recursive, next).await?;
            (listing.secrets, listing.more) = (next.secrets, next.more);
        }
    }

    async fn whole_listing(
        &mut self,
        folder: &FolderPath,
        recursive: bool,
        part: ListPart<'_>,
    ) -> Result<FolderListing, Stop> {
        let ring = self.ring();
        let few = if self.vault.indexes_many(ring.owner(), folder) {
            None
        } else {
            self.list_few(folder, recursive, part).await?
        };
        match few {
            Some(few) => Ok(few),
            None => {
                let index = self.vault.index(&ring, self.op).await?;
                Ok(many::list(&index.secrets(), folder, recursive, part)?)
            }
        }
    }
}

impl FolderListing {
    /// Those of the secrets that this is true of.
    pub(super) fn keep(&mut self, keep: impl Fn(&str) -> bool) {
        self.secrets.retain(|secret| keep(secret.path.as_str()));
    }
}

impl ListedSecret {
    /// One that has a version.
    pub(super) fn of(path: SecretPath, known: &Known) -> Option<Self> {
        let current = known.current?;
        Some(Self {
            path,
            version: current.version,
            changed: current.changed,
            trashed: known.trashed,
            file: known.file().cloned(),
            metadata: known.metadata().clone(),
        })
    }
}
