//! Lists names: of one folder, or of everything below it.
//!
//! What is small is read from the storage. What is large comes from the tenant's index, which is made for it: else each page of a
//! hundred would read a hundred thousand heads.

use super::Vault;
use super::head::Head;
use super::index::{Known, Secrets};
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::limits::{LIST_DIRECT_MAX, LIST_FOLDERS_MAX};
use crate::metadata::Metadata;
use crate::op::Op;
use crate::path::{FolderPath, SecretPath};
use crate::storage::keyspace;
use crate::storage::record::open_record;
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// What is in a folder, or below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderListing {
    /// Folders, in order of their paths.
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
                let folders = round.folders_below(folder, recursive).await?;
                let (secrets, more) = round.secrets_in(folder, &folders, recursive, part).await?;
                round.note(Draft::new(Action::SecretList, folder.as_str(), Outcome::Done)).await?;
                Ok(FolderListing { folders, secrets, more })
            })
        })
        .await
    }
}

impl Round<'_> {
    /// The folders in a folder, or all below it, in order. That nothing comes or goes in any that is listed is expected from here on.
    async fn folders_below(&mut self, folder: &FolderPath, recursive: bool) -> Result<Vec<FolderPath>, Stop> {
        let mut folders = Vec::new();
        let mut todo = vec![folder.clone()];
        while let Some(next) = todo.pop() {
            self.mark(keyspace::members(self.tenant.ring(), &next)).await?;
            let record = self.folder(&next).await?;
            for name in &record.children {
                folders.push(next.child(name).map_err(|_| Corrupt::new("a folder"))?);
            }
            if folders.len() > LIST_FOLDERS_MAX {
                let invalid =
                    Invalid::new("list.too_many", "more than 100,000 folders", "list a folder below");
                return Err(invalid.into());
            }
            if recursive {
                todo.extend(
                    folders.iter().skip(folders.len().saturating_sub(record.children.len())).cloned(),
                );
            }
        }
        folders.sort();
        Ok(folders)
    }

    /// The secrets of a list, and whether there are more.
    async fn secrets_in(
        &self,
        folder: &FolderPath,
        folders: &[FolderPath],
        recursive: bool,
        part: ListPart<'_>,
    ) -> Result<(Vec<ListedSecret>, bool), Stop> {
        let ring = self.tenant.ring();
        if !self.vault.indexes_many(ring.owner(), folder) {
            let below: &[FolderPath] = if recursive { folders } else { &[] };
            if let Some(few) = self.few_secrets(std::iter::once(folder).chain(below)).await? {
                return Ok(cut(few, part));
            }
        }
        let index = self.vault.index(ring).await?;
        Ok(listed(&index.secrets(), folder, recursive, part))
    }

    /// The live secrets that lie directly in these folders, in order, from the storage; `None`: they are many.
    async fn few_secrets<'f>(
        &self,
        folders: impl Iterator<Item = &'f FolderPath>,
    ) -> Result<Option<Vec<ListedSecret>>, Stop> {
        let ring = self.tenant.ring();
        let mut records = Vec::new();
        for folder in folders {
            let prefix = keyspace::heads_in(ring, folder);
            let page = self.vault.inner.storage.scan(prefix.as_bytes(), None, LIST_DIRECT_MAX).await?;
            records.extend(page.records);
            if page.next.is_some() || records.len() > LIST_DIRECT_MAX {
                return Ok(None);
            }
        }
        let mut few = Vec::with_capacity(records.len());
        for (key, record) in &records {
            let head = open_record::<Head>(ring, key, record)?;
            let path = SecretPath::parse(&head.path).map_err(|_| Corrupt::new("a secret's head"))?;
            few.extend(ListedSecret::of(path, &Known::of(key, &head)?).filter(|_| head.is_live()));
        }
        few.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(Some(few))
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
            metadata: known.metadata().clone(),
        })
    }
}

/// Of a list that is whole, the part that is wanted.
fn cut(mut whole: Vec<ListedSecret>, part: ListPart<'_>) -> (Vec<ListedSecret>, bool) {
    whole.retain(|secret| part.after.is_none_or(|after| secret.path.as_str() > after));
    let more = whole.len() > part.limit;
    whole.truncate(part.limit);
    (whole, more)
}

/// The part that is wanted of those in a folder, from the index.
fn listed(
    secrets: &Secrets,
    folder: &FolderPath,
    recursive: bool,
    part: ListPart<'_>,
) -> (Vec<ListedSecret>, bool) {
    let inside = |path: &SecretPath| recursive || path.folder() == *folder;
    let mut wanted = secrets
        .below(folder, part.after)
        .filter(|(path, known)| known.live().is_some() && inside(path))
        .filter_map(|(path, known)| ListedSecret::of(path.clone(), known));
    let shown = wanted.by_ref().take(part.limit).collect();
    (shown, wanted.next().is_some())
}
