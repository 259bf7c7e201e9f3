//! Pending entries become leaves of the tree, in slices.
//!
//! A slice is one commit: it expects the head of the log as it was read, writes leaves, hashes, and a new head, and removes the pending
//! rows. Hashing, deflating and sealing happen before, so that the commit itself takes a millisecond or two, and others commit between
//! two slices. The last slice signs, and is synced.
//!
//! Who writes has a lease, which is a part of the head: others wait, or leave it. Nothing rests on its clock. A writer that was stopped
//! for an hour finds another head, and its commit is a conflict.
//!
//! # Invariants
//! - An entry is in the log once: the commit that adds it removes its pending row, and expects the head.
//! - A row that does not open does not stop the log. Its hash is logged in its place.

use std::sync::Arc;

use super::backlog::PendingRows;
use super::pass::unrecorded;
use crate::action::Action;
use crate::audit::log::append::Appender;
use crate::audit::log::head::LogHead;
use crate::audit::{Asker, Basis, Detail, Draft, Entry, Outcome, Who, open_row};
use crate::error::{Conflict, Error, ErrorKind};
use crate::fault::Corrupt;
use crate::limits::{LOG_TURNS_MAX, SLICE_MAX_ENTRIES, SLICE_MAX_ROWS};
use crate::op::RequestId;
use crate::storage::committer::{Decided, Entries, LogOnly, Submission};
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{open_record, seal_record};
use crate::storage::{
    Batch, Durability, Expectation, Key, PendingPosition, PendingRow, Put, Revision, StorageError,
};
use crate::time::Timestamp;
use crate::vault::Vault;

/// Slices that one call writes at most, and rounds that it begins: more entries than a store can have come in meanwhile.
const ROUNDS_MAX: u32 = 100_000;

/// What to do while another writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::vault) enum Turn {
    /// Wait until it is through: the caller wants its own entry in the log.
    Wait,
    /// Leave it to the other.
    Skip,
}

/// Pending rows, in slices.
pub(super) enum Rows {
    /// The next ones that the storage has.
    Asked(PendingRows),
    /// These, from a place on, and no others.
    Given(PendingRows, usize),
}

/// A log that is being written.
pub(super) struct Writing {
    pub(super) ring: Arc<KeyRing>,
    pub(super) log: Appender,
    /// The head that is expected.
    revision: Option<Revision>,
    /// Records to write with the next slice, besides those of the tree.
    pub(super) puts: Vec<Put>,
    /// On what ground it is written, besides the head.
    pub(super) expect: Vec<Expectation>,
    pub(super) now: Timestamp,
}

impl Vault {
    /// Puts all that is pending for this owner into its log, and signs it. The head as it is then.
    pub(in crate::vault) async fn integrate(
        &self,
        ring: &Arc<KeyRing>,
        now: Timestamp,
        turn: Turn,
    ) -> Result<LogHead, Error> {
        let mut turns = 0;
        for _ in 0..ROUNDS_MAX {
            let found = self.log_head(ring).await?;
            let rows = self.slice(ring, None).await?;
            if let Some((head, _)) = &found {
                if rows.is_empty() && head.is_signed(now) {
                    return Ok(head.clone());
                }
                if head.lease.is_with_another(self.inner.process, now) && turns < LOG_TURNS_MAX {
                    if turn == Turn::Skip {
                        return Ok(head.clone());
                    }
                    // The store's write lock is given in order of asking: the other has committed a slice when it comes to us.
                    turns = turns.saturating_add(1);
                    drop(self.inner.committer.exclusive().await.map_err(unrecorded)?);
                    continue;
                }
            }
            let before = found.as_ref().map(|(_, revision)| *revision);
            let mut writing = match self.open_log(ring, found, now).await {
                // The parts were read after the head: when that is another by now, they belong to it.
                Err(error) if matches!(error.kind(), ErrorKind::Corrupt(_)) => {
                    let after = self.log_head(ring).await?.map(|(_, revision)| revision);
                    if before == after {
                        return Err(error);
                    }
                    continue;
                }
                writing => writing?,
            };
            if let Some(head) = self.write_slices(&mut writing, Rows::Asked(rows)).await? {
                return Ok(head);
            }
        }
        Err(Conflict::Contended.into())
    }

    /// The head of a log, and its revision.
    pub(in crate::vault) async fn log_head(
        &self,
        ring: &KeyRing,
    ) -> Result<Option<(LogHead, Revision)>, Error> {
        if let Some(found) = self.stored_head(ring).await? {
            return Ok(Some(found));
        }
        let keys = keyspace::all_of(ring.owner(), Table::LogKey);
        if self.inner.storage.scan(&keys, None, 1).await?.records.is_empty() {
            return Ok(None);
        }
        // Either somebody has begun the log since the first look, whose first key and head are in one commit; or its head was taken away:
        // over such a log no new one is begun.
        let found = self.stored_head(ring).await?;
        found.map(Some).ok_or_else(|| Corrupt::new("the head of the audit log is gone").into())
    }

    async fn stored_head(&self, ring: &KeyRing) -> Result<Option<(LogHead, Revision)>, Error> {
        let key = head_key(ring);
        let Some(record) = self.inner.storage.get(&[key]).await?.pop().flatten() else { return Ok(None) };
        Ok(Some((open_record(ring, &key, &record)?, record.revision)))
    }

    /// The next pending rows of this owner. Behind those that were taken already, so that a store in which many have rows pending is gone
    /// through once for each, and not once for each slice.
    async fn slice(
        &self,
        ring: &KeyRing,
        after: Option<PendingPosition>,
    ) -> Result<PendingRows, StorageError> {
        self.inner.storage.pending(Some(ring.owner()), after, SLICE_MAX_ROWS).await
    }

    /// The log, ready to be written; a new one begins with its key.
    pub(super) async fn open_log(
        &self,
        ring: &Arc<KeyRing>,
        found: Option<(LogHead, Revision)>,
        now: Timestamp,
    ) -> Result<Writing, Error> {
        let (head, revision) =
            found.map_or((LogHead::new(now), None), |(head, revision)| (head, Some(revision)));
        let needs = Appender::needs(ring, &head);
        let records = self.inner.storage.get(&needs).await?;
        let log = Appender::load(Arc::clone(ring), head, records)?;
        let mut writing =
            Writing { ring: Arc::clone(ring), log, revision, puts: Vec::new(), expect: Vec::new(), now };
        if revision.is_none() {
            // There is no head that could be expected: of a tenant that was erased meanwhile no log begins.
            let index = keyspace::single(ring.owner(), Table::Index);
            let found = self.inner.storage.get(&[index]).await?.pop().flatten();
            let found = found.ok_or(Corrupt::new("the keys of a tenant"))?.revision;
            writing.expect.push(Expectation { key: index, revision: Some(found) });
            self.change_key(&mut writing).await?;
        }
        Ok(writing)
    }

    /// Writes slice after slice. `None`: another has written meanwhile.
    pub(super) async fn write_slices(
        &self,
        writing: &mut Writing,
        mut rows: Rows,
    ) -> Result<Option<LogHead>, Error> {
        let mut after = None;
        loop {
            let slice = rows.slice();
            let integrated = writing.take(slice)?;
            let (taken, count) = (integrated.last().copied(), integrated.len());
            let last = count == slice.len() && count < SLICE_MAX_ROWS;
            writing.log.head.lease.take(self.inner.process, writing.now);
            if last {
                after = self.sign(writing).await?;
                writing.log.head.lease.release();
            }
            let durability = if last { Durability::Synced } else { Durability::Written };
            if !self.commit_log(writing, integrated, Vec::new(), durability).await? {
                return Ok(None);
            }
            if last {
                if let Some(after) = after {
                    self.after_signing(after).await;
                }
                return Ok(Some(writing.log.head.clone()));
            }
            rows = match rows {
                Rows::Asked(_) => Rows::Asked(self.slice(&writing.ring, taken).await?),
                Rows::Given(rows, from) => Rows::Given(rows, from.saturating_add(count)),
            };
        }
    }

    /// Commits what has been written, if the log is still as it was found.
    pub(super) async fn commit_log(
        &self,
        writing: &mut Writing,
        integrated: Vec<PendingPosition>,
        delete: Vec<Key>,
        durability: Durability,
    ) -> Result<bool, Error> {
        let mut put = std::mem::take(&mut writing.puts);
        put.extend(writing.log.written().map_err(unrecorded)?);
        let key = head_key(&writing.ring);
        let head = seal_record(&writing.ring, key, &writing.log.head)
            .map_err(|_| unrecorded(StorageError::Entries))?;
        let revision = head.revision;
        put.push(head);
        let mut expect = std::mem::take(&mut writing.expect);
        expect.push(Expectation { key, revision: writing.revision });
        let batch = Batch { expect, put, delete, integrated, ..Batch::default() };
        let entries = Entries::Nothing(LogOnly::of(&batch).map_err(unrecorded)?);
        let submission = Submission { batch, entries, durability };
        match self.inner.committer.submit(submission).await.map_err(unrecorded)? {
            Decided::Kept => {
                writing.revision = Some(revision);
                Ok(true)
            }
            Decided::Conflict | Decided::Expired | Decided::Committed(_) => Ok(false),
        }
    }
}

impl Rows {
    /// The next slice of them.
    fn slice(&self) -> &[(PendingPosition, PendingRow)] {
        match self {
            Self::Asked(rows) => rows,
            Self::Given(rows, from) => {
                let left = rows.get(*from..).unwrap_or_default();
                left.get(..SLICE_MAX_ROWS).unwrap_or(left)
            }
        }
    }
}

impl Writing {
    /// Pushes the leaves of these rows, until there are enough; the rows that were taken.
    fn take(&mut self, rows: &[(PendingPosition, PendingRow)]) -> Result<Vec<PendingPosition>, Error> {
        let before = self.log.head.size();
        let mut taken = Vec::with_capacity(rows.len());
        for (position, row) in rows {
            match open_row(&self.ring, row) {
                Ok(leaves) => {
                    leaves.into_iter().try_for_each(|leaf| self.log.push(leaf)).map_err(unrecorded)?
                }
                Err(_) => self.note(Action::AuditDamage, Outcome::Corrupt, damage(row))?,
            }
            taken.push(*position);
            let pushed = self.log.head.size().saturating_sub(before);
            if usize::try_from(pushed).is_ok_and(|pushed| pushed >= SLICE_MAX_ENTRIES) {
                break;
            }
        }
        Ok(taken)
    }

    /// An entry of the vault's own, straight into the tree.
    pub(super) fn note(&mut self, action: Action, outcome: Outcome, detail: Detail) -> Result<(), Error> {
        let asker = Asker {
            who: Who::SYSTEM,
            now: self.now,
            request: RequestId::generate()?,
            message: None,
            person: None,
            member_of: None,
        };
        let basis = Basis { epoch: None, identity: None };
        let draft = Draft::new(action, "", outcome).detail(detail);
        let leaf = Entry::write(&asker, self.ring.owner(), basis, draft)?.take_leaf();
        self.log.push(leaf).map_err(unrecorded)
    }
}

fn damage(row: &PendingRow) -> Detail {
    let hex = base16ct::lower::encode_string;
    Detail::Row { hash: hex(&coffer_encryption::hash::sha256(&row.sealed)), row: hex(&row.id) }
}

/// Where the head of a log lies.
pub(super) fn head_key(ring: &KeyRing) -> Key {
    keyspace::single(ring.owner(), Table::LogHead)
}
