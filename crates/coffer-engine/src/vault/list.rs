//! Lists names: of one folder, or of everything below it.

use super::Vault;
use super::head::Head;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::limits::{LIST_FOLDERS_MAX, SCAN_PAGE_MAX};
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
    /// What is known about it.
    pub metadata: Metadata,
}

impl Vault {
    /// Lists a folder; with `recursive`, everything below it. A folder that is not there is empty.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn list(&self, op: &Op, folder: &FolderPath, recursive: bool) -> Result<FolderListing, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretList, Place::Folder(folder.clone()))?;
                let mut listing = FolderListing::default();
                let mut todo = vec![folder.clone()];
                while let Some(next) = todo.pop() {
                    let children = round.list_one(&next, &mut listing).await?;
                    if recursive {
                        todo.extend(children.iter().cloned());
                    }
                    listing.folders.extend(children);
                    if listing.folders.len() > LIST_FOLDERS_MAX {
                        let invalid =
                            Invalid::new("list.too_many", "more than 100,000 folders", "list a folder below");
                        return Err(invalid.into());
                    }
                }
                listing.folders.sort();
                listing.secrets.sort_by(|left, right| left.path.cmp(&right.path));
                round.note(Draft::new(Action::SecretList, folder.as_str(), Outcome::Done)).await?;
                Ok(listing)
            })
        })
        .await
    }
}

impl Round<'_> {
    /// The child folders of one folder; its secrets go into the list.
    async fn list_one(
        &mut self,
        folder: &FolderPath,
        listing: &mut FolderListing,
    ) -> Result<Vec<FolderPath>, Stop> {
        self.mark(keyspace::members(self.tenant.ring(), folder)).await?;
        let record = self.folder(folder).await?;
        for head in self.heads_in(folder).await? {
            let Some((version, record)) =
                head.current().and_then(|number| Some((number, head.versions.get(&number)?)))
            else {
                continue;
            };
            if head.is_live() {
                listing.secrets.push(ListedSecret {
                    path: SecretPath::parse(&head.path).map_err(|_| Corrupt::new("a secret's head"))?,
                    version,
                    changed: Timestamp::from_millis(record.created_ms),
                    metadata: head.state.metadata.clone(),
                });
            }
        }
        let child = |name: &String| folder.child(name).map_err(|_| Corrupt::new("a folder").into());
        record.children.iter().map(child).collect()
    }

    /// The heads that lie directly in a folder, from the storage.
    async fn heads_in(&self, folder: &FolderPath) -> Result<Vec<Head>, Stop> {
        let ring = self.tenant.ring();
        let prefix = keyspace::heads_in(ring, folder);
        let (mut heads, mut after) = (Vec::new(), None);
        loop {
            let page = self.vault.inner.storage.scan(prefix.as_bytes(), after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                heads.push(open_record::<Head>(ring, key, record)?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(heads);
            }
        }
    }
}
