//! Lists names: of one folder, or of everything below it.
//!
//! What is small is read from the storage: [`few`]. What is large comes from the tenant's index, which is made for it: [`many`]. Else each
//! page of a hundred would read a hundred thousand heads.

mod few;
mod many;

use super::Vault;
use super::index::Known;
use super::round::Scope;
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
                let ring = round.ring();
                let few = if round.vault.indexes_many(ring.owner(), folder) {
                    None
                } else {
                    round.list_few(folder, recursive, part).await?
                };
                let listing = match few {
                    Some(few) => few,
                    None => many::list(
                        &round.vault.index(&ring, op.now).await?.secrets(),
                        folder,
                        recursive,
                        part,
                    )?,
                };
                round.note(Draft::new(Action::SecretList, folder.as_str(), Outcome::Done)).await?;
                Ok(listing)
            })
        })
        .await
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
