//! Revisions that are known to stand, so that most expectations are checked without asking SQLite.
//!
//! Trust: it remembers what SQLite said or what this process committed. It decides nothing alone: see [`Known::refresh`].
//!
//! # Invariants
//! - Used only between `BEGIN IMMEDIATE` and `COMMIT`, after [`Known::refresh`] there. Asked before, `data_version` tells the past, and
//!   a commit of another process in between would not be seen.
//! - What this process writes is learnt after its `COMMIT` succeeded. Any error forgets everything.
//! - Bounded: full means empty again. There is no order of use to keep, because the same few keys come in every batch.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Result};

use super::rows::revision;
use crate::storage::{Key, Revision};

/// Keys remembered: as many as a map of 16,384 places takes before it doubles; about 1.2 MiB.
const KNOWN_MAX: usize = 14_336;

/// Revisions by key; `None`: there is no such record.
#[derive(Default)]
pub(super) struct Known {
    revisions: HashMap<Key, Option<Revision>>,
    /// SQLite's count of commits by other connections, when `revisions` was last found good.
    version: Option<i64>,
    /// The store's count of commits that wrote records, then.
    changes: Option<i64>,
    /// The last position given to a pending row, then.
    appended: i64,
}

impl Known {
    /// Forgets what another process may have changed.
    pub(super) fn refresh(&mut self, transaction: &Connection) -> Result<()> {
        let version = transaction.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.version == Some(version) {
            return Ok(());
        }
        let (changes, appended) = transaction
            .prepare_cached(
                "SELECT changes, max(removed_to, ifnull((SELECT max(position) FROM pending), 0)) FROM meta WHERE id = 1",
            )?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if self.changes != Some(changes) {
            self.revisions.clear();
        }
        self.version = Some(version);
        self.changes = Some(changes);
        self.appended = appended;
        Ok(())
    }

    /// The revision at `key`, remembered or read.
    pub(super) fn revision(&mut self, key: &Key, transaction: &Connection) -> Result<Option<Revision>> {
        if let Some(known) = self.revisions.get(key) {
            return Ok(*known);
        }
        let found = transaction
            .prepare_cached("SELECT revision FROM records WHERE key = ?1")?
            .query_row([key.as_bytes()], |row| revision(row, 0))
            .optional()?;
        self.make_room(1);
        self.revisions.insert(*key, found);
        Ok(found)
    }

    /// The last position given to a pending row.
    pub(super) fn appended(&self) -> i64 {
        self.appended
    }

    /// Takes in what this process has just committed: records, and the position of its last pending row.
    pub(super) fn learn(&mut self, written: HashMap<Key, Option<Revision>>, appended: i64) {
        self.appended = appended;
        if written.is_empty() {
            return;
        }
        // `COMMIT` has counted this one too; see `writer::write`.
        self.changes = self.changes.and_then(|changes| changes.checked_add(1));
        self.make_room(written.len());
        if written.len() <= KNOWN_MAX {
            self.revisions.extend(written);
        }
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    fn make_room(&mut self, more: usize) {
        if self.revisions.len().saturating_add(more) > KNOWN_MAX {
            self.revisions.clear();
        }
    }
}
