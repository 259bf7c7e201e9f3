//! Compares folders, such as environments: which names each has, and which of them hold the same value. No value is opened.
//!
//! # Invariants
//! - Names are told to whoever may list the folder, each of them. That two values are equal is told of those alone that the asker may read
//!   and that `get` would give him: it says what the other one is.
//! - Of a secret that is not told so no more is seen than a list shows.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteArray;

use super::Vault;
use super::head::Head;
use super::marks::Marks;
use super::round::{Round, Scope, Stop};
use crate::access::{Place, Reach};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::limits::{COMPARE_FOLDERS_MAX, LIST_FOLDERS_MAX, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::path::FolderPath;
use crate::storage::keyspace;
use crate::storage::record::open_record;
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// What lies at one name in each of the folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The path below each folder.
    pub name: String,
    /// What is there, in the order of the folders; `None`: nothing.
    pub found: Vec<Option<ComparedSecret>>,
}

/// A secret that is compared, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparedSecret {
    /// Its current version.
    pub version: VersionNumber,
    /// When that version was made.
    pub changed: Timestamp,
    /// Those of one name that hold the same have the same number, from 0 on in the order of the folders. `None`: the asker may not read
    /// it, it is not to be read any more, or it was written before values could be compared.
    pub group: Option<usize>,
    /// Whether it holds a file.
    pub is_file: bool,
}

/// A secret and, where it may be told, what is equal when its value is.
struct Found {
    version: VersionNumber,
    changed: Timestamp,
    same: Option<Same>,
    is_file: bool,
}

/// Equal when two values are, as they were written: the same fields, or none, with the same values; and both templates, or none.
#[derive(PartialEq, Eq)]
struct Same {
    names: Option<ByteArray<8>>,
    marks: Marks,
    is_template: bool,
}

impl Vault {
    /// Compares what lies in these folders and below them, name by name, in order.
    ///
    /// # Errors
    /// [`Invalid`] for less than two folders, more than [`COMPARE_FOLDERS_MAX`], or one that comes twice; refusals and storage errors as
    /// for every verb.
    pub async fn compare(&self, op: &Op, folders: &[FolderPath]) -> Result<Vec<Compared>, Error> {
        check(folders)?;
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                for folder in folders {
                    round.permit(Action::SecretCompare, Place::Folder(folder.clone()))?;
                }
                let readable = round.reach_besides(Action::SecretGet);
                let mut rows: BTreeMap<String, Vec<Option<Found>>> = BTreeMap::new();
                for (place, folder) in folders.iter().enumerate() {
                    for (name, found) in round.found_below(folder, readable.as_ref()).await? {
                        let row = rows.entry(name).or_default();
                        // Nothing of this name lies in the folders before.
                        row.resize_with(place, || None);
                        row.push(Some(found));
                    }
                }
                let entry =
                    |folder: &FolderPath| Draft::new(Action::SecretCompare, folder.as_str(), Outcome::Done);
                round.leave(folders.iter().map(entry).collect()).await?;
                let row = |(name, mut row): (String, Vec<Option<Found>>)| {
                    row.resize_with(folders.len(), || None);
                    Compared { name, found: grouped(&row) }
                };
                Ok(rows.into_iter().map(row).collect())
            })
        })
        .await
    }
}

fn check(folders: &[FolderPath]) -> Result<(), Invalid> {
    let different: BTreeSet<&FolderPath> = folders.iter().collect();
    if different.len() == folders.len() && (2..=COMPARE_FOLDERS_MAX).contains(&folders.len()) {
        return Ok(());
    }
    Err(Invalid::new(
        "compare.folders",
        format!("2 to {COMPARE_FOLDERS_MAX} folders are compared, each named once"),
        "name others",
    ))
}

/// Numbers what is equal, in the order in which it is met.
fn grouped(row: &[Option<Found>]) -> Vec<Option<ComparedSecret>> {
    let mut groups: Vec<&Same> = Vec::new();
    let mut compared = Vec::with_capacity(row.len());
    for found in row {
        let group = found.as_ref().and_then(|found| found.same.as_ref()).map(|same| {
            groups.iter().position(|known| *known == same).unwrap_or_else(|| {
                groups.push(same);
                groups.len().saturating_sub(1)
            })
        });
        compared.push(found.as_ref().map(|found| ComparedSecret {
            version: found.version,
            changed: found.changed,
            group,
            is_file: found.is_file,
        }));
    }
    compared
}

impl Round<'_> {
    /// The live secrets of a folder and below it, by their path from there.
    async fn found_below(
        &mut self,
        folder: &FolderPath,
        readable: Option<&Reach>,
    ) -> Result<Vec<(String, Found)>, Stop> {
        let ring = self.ring();
        let (mut all, mut met) = (Vec::new(), 0_usize);
        let mut todo = vec![folder.clone()];
        while let Some(next) = todo.pop() {
            met = met.saturating_add(1);
            if met > LIST_FOLDERS_MAX {
                let invalid =
                    Invalid::new("list.too_many", "more than 100,000 folders", "compare folders below");
                return Err(invalid.into());
            }
            // Before the names: what comes or goes after it makes the commit a conflict.
            self.mark(keyspace::members(&ring, &next)).await?;
            for name in &self.folder(&next).await?.children {
                todo.push(next.child(name).map_err(|_| Corrupt::new("a folder"))?);
            }
            for head in self.heads_in(&next).await? {
                if let Some(found) = self.found(&head, readable) {
                    all.push((below(folder, &head.path)?, found));
                }
            }
        }
        Ok(all)
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

    fn found(&mut self, head: &Head, readable: Option<&Reach>) -> Option<Found> {
        let (version, record) = head.current().zip(head.current_record()).filter(|_| head.is_live())?;
        // What `get` would not give is not told by others that are equal.
        let is_over = head.state.metadata.denied_after().is_some_and(|end| self.is_over(end));
        let is_told = !is_over && readable.is_some_and(|reach| reach.covers(&head.path));
        let is_template = record.is_template();
        let same = record.same().filter(|_| is_told);
        let same = same.map(|(names, marks)| Same { names, marks, is_template });
        let (changed, is_file) = (Timestamp::from_millis(record.created_ms), record.file.is_some());
        Some(Found { version, changed, same, is_file })
    }
}

/// The path of a secret from a folder on.
fn below(folder: &FolderPath, path: &str) -> Result<String, Corrupt> {
    if folder.is_root() {
        return Ok(path.to_owned());
    }
    let rest = path.strip_prefix(folder.as_str()).and_then(|rest| rest.strip_prefix('/'));
    rest.map(str::to_owned).ok_or(Corrupt::new("a secret's head"))
}
