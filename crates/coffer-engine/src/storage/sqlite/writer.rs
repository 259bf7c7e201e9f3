//! One commit: begin, decide, seal, write, commit.
//!
//! Trust: what it writes was sealed before. What it compares is the store's own word, and the engine does not take it for more.
//!
//! # Invariants
//! - One connection a process writes, and one task at a time has it. A commit is synchronous from its first statement to its last, so
//!   that no task can be cancelled in the midst of one.
//! - An error anywhere rolls everything back. Nobody is told [`Verdict::Committed`] before `COMMIT` returned.
//! - A `Synced` commit makes every earlier `Written` one durable with it: they lie before it in the same WAL, which is synced as a whole.
//! - When `COMMIT` itself fails while it syncs, nothing of the group is visible. Should the power fail before the next commit overwrites
//!   what had reached the disk, the group may come back: entries and changes together, the same as an answer that was lost.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, Result, Statement};

use super::checkpoint::Progress;
use super::errors::explain;
use super::files::Files;
use super::known::Known;
use super::{connection, schema};
use crate::storage::verdict::decide;
use crate::storage::{
    Batch, Clock, Durability, Group, Key, PendingPosition, PendingRow, Revision, StorageError, Verdict,
};

/// The connection that commits, and what it remembers.
pub(super) struct Writer {
    connection: Connection,
    files: Arc<Files>,
    clock: Clock,
    known: Known,
    /// What `PRAGMA synchronous` was last set to.
    durability: Durability,
    #[cfg(feature = "testkit")]
    dangerous_ignore_expectations: bool,
}

impl Writer {
    /// Opens the file and recognises it as a store.
    pub(super) fn open(
        files: Arc<Files>,
        clock: Clock,
        progress: Arc<Progress>,
    ) -> Result<Self, StorageError> {
        let ready = |connection: &mut Connection| {
            // No-op unless a foreign tool has taken the store out of WAL mode.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, frames: i32| {
                progress.committed(frames.unsigned_abs());
                Ok(())
            }))
        };
        let opened = connection::open(&files.database, connection::Role::Writer);
        let mut connection = opened.map_err(|error| explain(&error, &files))?;
        schema::recognise(&connection, &files)?;
        ready(&mut connection).map_err(|error| explain(&error, &files))?;
        Ok(Self {
            connection,
            files,
            clock,
            known: Known::default(),
            durability: Durability::Synced,
            #[cfg(feature = "testkit")]
            dangerous_ignore_expectations: false,
        })
    }

    #[cfg(feature = "testkit")]
    pub(super) fn with_expectations_ignored(mut self, ignored: bool) -> Self {
        self.dangerous_ignore_expectations = ignored;
        self
    }

    /// The connection, for what is not a commit.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Commits a group; the caller has the turn.
    pub(super) fn commit(&mut self, group: Group) -> Result<Vec<Verdict>, StorageError> {
        let committed = self.try_commit(group);
        if committed.is_err() {
            self.known.forget();
        }
        committed
    }

    fn try_commit(&mut self, mut group: Group) -> Result<Vec<Verdict>, StorageError> {
        let Self { connection, files, known, .. } = self;
        let explained = |error| explain(&error, files);
        if self.durability != group.durability {
            set_durability(connection, group.durability).map_err(explained)?;
            self.durability = group.durability;
        }
        let transaction = Transaction::begin(connection).map_err(explained)?;
        known.refresh(connection).map_err(explained)?;
        #[cfg(feature = "testkit")]
        if self.dangerous_ignore_expectations {
            group.batches.iter_mut().for_each(|batch| batch.expect.clear());
        }
        let decision =
            decide(&group.batches, (self.clock)(), |key| known.revision(key, connection).map_err(explained))?;
        if decision.admitted.is_empty() {
            return Ok(decision.verdicts);
        }
        let rows = group.entries.rows(&decision.admitted)?;
        let admitted = decision.admitted.iter().filter_map(|index| group.batches.get(*index));
        write(connection, admitted, &decision.written).map_err(explained)?;
        let appended = append(connection, known.appended(), &rows).map_err(explained)?;
        transaction.commit().map_err(explained)?;
        known.learn(decision.written, appended);
        Ok(decision.verdicts)
    }
}

/// A transaction that is rolled back when it is dropped, be it by an error or by a panic of the entry writer.
struct Transaction<'c>(&'c Connection);

impl<'c> Transaction<'c> {
    fn begin(connection: &'c Connection) -> Result<Self> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self(connection))
    }

    fn commit(self) -> Result<()> {
        self.0.prepare_cached("COMMIT")?.execute([]).map(drop)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // After a `COMMIT` there is nothing to roll back, and some errors have rolled back already.
        if !self.0.is_autocommit() {
            let _ = self.0.prepare_cached("ROLLBACK").and_then(|mut rollback| rollback.execute([]));
        }
    }
}

/// SQLite takes this setting when the statement is prepared, so it can't be kept prepared.
fn set_durability(connection: &Connection, durability: Durability) -> Result<()> {
    connection.execute_batch(match durability {
        Durability::Synced => "PRAGMA synchronous = FULL",
        Durability::Written => "PRAGMA synchronous = NORMAL",
    })
}

/// Makes the changes of these batches, in order; `written` says how each key ends.
fn write<'b>(
    connection: &Connection,
    batches: impl Iterator<Item = &'b Batch>,
    written: &HashMap<Key, Option<Revision>>,
) -> Result<()> {
    let mut changing = batches.filter(|batch| !batch.reads_only()).peekable();
    if changing.peek().is_none() {
        return Ok(());
    }
    let mut put = connection.prepare_cached(
        "INSERT INTO records (key, revision, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, value = excluded.value",
    )?;
    for batch in changing {
        write_batch(connection, &mut put, batch, written)?;
    }
    // Once a group, as `Known::learn` counts it.
    connection.prepare_cached("UPDATE meta SET changes = changes + 1 WHERE id = 1")?.execute([]).map(drop)
}

/// Appends pending rows behind position `last`; the last position then.
fn append(connection: &Connection, mut last: i64, rows: &[PendingRow]) -> Result<i64> {
    for row in rows {
        last = last.saturating_add(1);
        connection
            .prepare_cached("INSERT INTO pending (position, id, tenant, sealed) VALUES (?1, ?2, ?3, ?4)")?
            .execute((last, &row.id, row.tenant.bytes(), &*row.sealed))?;
    }
    Ok(last)
}

fn write_batch(
    connection: &Connection,
    put: &mut Statement<'_>,
    batch: &Batch,
    written: &HashMap<Key, Option<Revision>>,
) -> Result<()> {
    for one in &batch.put {
        put.execute((one.key.as_bytes(), &one.revision.0, &*one.value))?;
    }
    for key in &batch.delete {
        connection.prepare_cached("DELETE FROM records WHERE key = ?1")?.execute([key.as_bytes()])?;
    }
    remove_pending(connection, &batch.integrated)?;
    // Not those that a later batch renews: all who write into one folder at once renew one marker.
    let lasting = batch.touch.iter().filter(|(key, revision)| written.get(key) == Some(&Some(*revision)));
    for (key, revision) in lasting {
        connection
            .prepare_cached(
                "INSERT INTO records (key, revision, value) VALUES (?1, ?2, x'')
                 ON CONFLICT (key) DO UPDATE SET revision = excluded.revision",
            )?
            .execute((key.as_bytes(), &revision.0))?;
    }
    Ok(())
}

/// Removes rows, and remembers the highest position that was ever removed: it must not be given again.
fn remove_pending(connection: &Connection, positions: &[PendingPosition]) -> Result<()> {
    let Some(highest) = positions.iter().max() else { return Ok(()) };
    for position in positions {
        connection
            .prepare_cached("DELETE FROM pending WHERE position = ?1")?
            .execute([i64::try_from(position.0).unwrap_or(i64::MAX)])?;
    }
    connection
        .prepare_cached("UPDATE meta SET removed_to = max(removed_to, ?1) WHERE id = 1")?
        .execute([i64::try_from(highest.0).unwrap_or(i64::MAX)])
        .map(drop)
}
