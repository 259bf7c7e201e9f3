//! The directory of tenants in the order of names, kept in memory: a page of a list reads its own part of it, and opens no line.
//!
//! A line lies at a keyed hash of its name, so that the store alone tells nobody what tenants are called. The order of the keys is nobody's order:
//! a page of it would have no tenants of a tree together, and could not say where a name lies. So the names are opened once, sorted, and used again as
//! long as no line has changed.
//!
//! # Invariants
//! - Every commit that writes a line renews a marker, whoever makes it: [`Changes::tell_of_directory`] is called where all rounds commit. What is
//!   kept is used while the marker is the one that it was read under, and a list's commit expects that: it may be stale, which costs another round,
//!   and is never a wrong answer (law 3).
//! - The marker is read before the lines: one that changes in between makes the marker another one than what is kept.
//! - Of more than [`DIRECTORY_KEPT_MAX`] tenants nothing is kept, and each page goes through all lines.

use std::sync::{Arc, Mutex, PoisonError};

use super::Vault;
use super::changes::Changes;
use super::list::ListPart;
use super::round::{Round, Stop};
use super::tenants::TenantInfo;
use crate::error::Error;
use crate::limits::DIRECTORY_KEPT_MAX;
use crate::storage::keyspace::{self, Table};
use crate::storage::{Key, Revision};
use crate::tenant::{TenantId, TenantName};

/// What this process knows of the directory.
#[derive(Default)]
pub(super) struct KeptDirectory(Mutex<Option<Arc<Directory>>>);

/// All of the directory, by name, as it was under a marker.
pub(super) struct Directory {
    marker: Option<Revision>,
    tenants: Vec<TenantInfo>,
}

/// A part of a list of tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantPage {
    /// The tenants, by name.
    pub tenants: Vec<TenantInfo>,
    /// Whether there are more behind them.
    pub more: bool,
}

impl Directory {
    /// Those below all of these in the tree, within the part that is asked for.
    pub(super) fn page(&self, below: &[&TenantName], part: ListPart<'_>) -> TenantPage {
        // All names below one begin with it and a slash, and so lie together.
        let deepest = below.iter().max_by_key(|name| name.as_str().len());
        let prefix = deepest.map(|name| format!("{}/", name.as_str())).unwrap_or_default();
        let is_before = |tenant: &TenantInfo| {
            let name = tenant.name.as_str();
            name < prefix.as_str() || part.after.is_some_and(|after| name <= after)
        };
        let from = self.tenants.partition_point(is_before);
        let behind = self.tenants.get(from..).unwrap_or_default().iter();
        let mut wanted = behind
            .take_while(|tenant| tenant.name.as_str().starts_with(&prefix))
            .filter(|tenant| below.iter().all(|above| tenant.name.is_below(above)));
        let tenants = wanted.by_ref().take(part.limit).cloned().collect();
        TenantPage { tenants, more: wanted.next().is_some() }
    }
}

impl Changes {
    /// Renews the marker of the directory, when a line of it is written or removed.
    pub(super) fn tell_of_directory(&mut self, changed: &[Key]) -> Result<(), Stop> {
        let lines = keyspace::all_of(TenantId::INSTANCE, Table::Directory);
        match changed.iter().any(|key| key.as_bytes().starts_with(&lines)) {
            true => self.touch(keyspace::single(TenantId::INSTANCE, Table::Listed)),
            false => Ok(()),
        }
    }
}

impl Vault {
    /// The directory as it is now.
    pub(super) async fn sorted_directory(&self) -> Result<Arc<Directory>, Error> {
        let key = keyspace::single(TenantId::INSTANCE, Table::Listed);
        let marker = self.inner.storage.get(&[key]).await?.pop().flatten().map(|record| record.revision);
        if let Some(kept) = self.inner.directory.get().filter(|kept| kept.marker == marker) {
            return Ok(kept);
        }
        let directory = Arc::new(Directory { marker, tenants: self.all_tenants().await? });
        let is_kept = directory.tenants.len() <= DIRECTORY_KEPT_MAX;
        self.inner.directory.set(is_kept.then(|| Arc::clone(&directory)));
        Ok(directory)
    }
}

impl KeptDirectory {
    fn get(&self) -> Option<Arc<Directory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, directory: Option<Arc<Directory>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = directory;
    }
}

impl Round<'_> {
    /// The tenants that whoever asks manages, below one where it is named: a part of them. None that is made, renamed, changed or erased before
    /// the commit is missing in it, or too many.
    pub(super) async fn managed_page(
        &mut self,
        below: Option<&TenantName>,
        part: ListPart<'_>,
    ) -> Result<TenantPage, Stop> {
        let directory = self.vault.sorted_directory().await?;
        self.expects(keyspace::single(TenantId::INSTANCE, Table::Listed), directory.marker)?;
        let below: Vec<&TenantName> = self.tenant.name().into_iter().chain(below).collect();
        Ok(directory.page(&below, part))
    }
}

#[cfg(test)]
mod tests;
