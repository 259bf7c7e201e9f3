//! Reads the log: the newest entries that fit, or those that came since.

use std::collections::VecDeque;

use coffer_log::tile::TILE_WIDTH;

use super::proof::EntryRef;
use super::read::LogReader;
use crate::action::Action;
use crate::audit::{EntryFilter, LoggedEntry};
use crate::error::Error;
use crate::op::Op;
use crate::path::FolderPath;
use crate::time::Timestamp;
use crate::vault::Vault;
use crate::vault::round::Scope;

/// Entries of the log, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// In the order of the log.
    pub entries: Vec<LoggedEntry>,
    /// Where [`Vault::audit_follow`] goes on: the size of the log, unless there was more than was wanted.
    pub next: u64,
}

impl Vault {
    /// The newest entries that the filter wants, at most `limit` of them, whose index is not below `from`. The reader's own entry is
    /// among them, if the filter wants it.
    ///
    /// With `instance`, the entries of the instance's own log: tenants made, unlockers changed, unknown tenants named.
    ///
    /// # Errors
    /// [`crate::fault::Corrupt`] when a part of the log does not open; refusals and storage errors as for every verb.
    pub async fn audit_query(
        &self,
        op: &Op,
        filter: &EntryFilter,
        from: Option<u64>,
        limit: usize,
        instance: bool,
    ) -> Result<Entries, Error> {
        if let Some(path) = &filter.path {
            FolderPath::parse(path)?;
        }
        let path = filter.path.as_deref().unwrap_or("");
        let pass = self.pass(op, Scope::of(instance), Action::AuditQuery, path, None).await?;
        let mut reader = LogReader::new(self, pass);
        let from = from.unwrap_or(0);
        let mut newest = VecDeque::new();
        for number in (reader.first_pack().max(from / TILE_WIDTH)..reader.packs()).rev() {
            if newest.len() >= limit {
                break;
            }
            for entry in reader.wanted(number, filter).await?.into_iter().rev() {
                if newest.len() < limit && entry.index >= from {
                    newest.push_front(entry);
                }
            }
        }
        Ok(Entries { entries: newest.into(), next: reader.size() })
    }

    /// One entry; `None` when there is none, or it was pruned.
    ///
    /// # Errors
    /// As for [`Vault::audit_query`].
    pub async fn audit_entry(
        &self,
        op: &Op,
        which: EntryRef,
        instance: bool,
    ) -> Result<Option<LoggedEntry>, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditQuery, "", None).await?;
        LogReader::new(self, pass).find(which).await
    }

    /// The entries that came since: the first `limit` of those that the filter wants and whose index is not below `from`, the oldest
    /// first.
    ///
    /// # Errors
    /// As for [`Vault::audit_query`].
    pub async fn audit_since(
        &self,
        op: &Op,
        filter: &EntryFilter,
        from: u64,
        limit: usize,
        instance: bool,
    ) -> Result<Entries, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditQuery, "", None).await?;
        LogReader::new(self, pass).since(filter, from, limit).await
    }

    /// The same, for who follows the log after an [`Vault::audit_query`] or [`Vault::audit_since`], whose entry says that he reads it;
    /// each call decides anew, and leaves an entry only when it refuses.
    ///
    /// # Errors
    /// As for [`Vault::audit_query`].
    pub async fn audit_follow(
        &self,
        op: &Op,
        filter: &EntryFilter,
        from: u64,
        limit: usize,
        instance: bool,
    ) -> Result<Entries, Error> {
        let pass = self.pass_again(op, Scope::of(instance), Action::AuditQuery).await?;
        LogReader::new(self, pass).since(filter, from, limit).await
    }
}

impl LogReader {
    async fn since(mut self, filter: &EntryFilter, from: u64, limit: usize) -> Result<Entries, Error> {
        let mut entries = Vec::new();
        for number in self.first_pack().max(from / TILE_WIDTH)..self.packs() {
            for entry in self.wanted(number, filter).await? {
                if entries.len() >= limit {
                    return Ok(Entries { entries, next: entry.index });
                }
                if entry.index >= from {
                    entries.push(entry);
                }
            }
        }
        Ok(Entries { entries, next: self.size() })
    }

    /// The entries of a pack that the filter wants. A pack that can't have any is not opened.
    async fn wanted(&mut self, number: u64, filter: &EntryFilter) -> Result<Vec<LoggedEntry>, Error> {
        if let Some(summary) = self.summary(number).await? {
            let (since, until) = (filter.since.map(Timestamp::millis), filter.until.map(Timestamp::millis));
            if !summary.may_hold(&filter.terms()) || !summary.may_fall(since, until) {
                return Ok(Vec::new());
            }
        }
        let mut wanted = Vec::new();
        for mut entry in self.entries(number).await? {
            if filter.wants_from_anywhere(&entry) {
                entry.source = self.source(&entry).await?;
                wanted.extend(Some(entry).filter(|entry| filter.wants(entry)));
            }
        }
        Ok(wanted)
    }
}
