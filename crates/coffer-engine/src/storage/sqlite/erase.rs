//! Takes what was deleted out of the files.
//!
//! Trust: this is the second net. Destruction is of keys; here their sealed bytes go too, so that who finds the files *and* the key
//! above finds no wrapped key below it.
//!
//! # Invariants
//! - `secure_delete` zeroes what is freed, and that is not enough: when SQLite moves a cell to another page to balance the tree, the
//!   old bytes stay in the gap of the page, and a later delete only finds the cell. So the whole file is written anew.
//! - After that the WAL is cut to nothing, for it holds every page as it was, and the cut is synced: else the old WAL could be back when
//!   the power was lost.
//! - It costs what the store weighs, in which nobody commits, and as much free space again, here and in the system's folder for
//!   temporary files (a copy of what lives, sealed, in a file without a name). So only a store of at most [`REWRITTEN_MAX_BYTES`] is
//!   written anew after each destruction; in a larger one stale copies in page gaps stay until SQLite uses the gap again.
//! - What is out of a program's reach stays: blocks that the file system gave away, its journal and snapshots, copies inside an SSD,
//!   backups.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::wal::CheckpointMode;

use super::checkpoint::everything;
use super::errors::explain;
use super::files::Files;
use crate::storage::StorageError;

/// The largest store that is written anew: some 0.7 s of everybody's time.
pub(super) const REWRITTEN_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Writes the file anew, if it is not too large, and empties the WAL; the caller has the turn.
pub(super) fn erase(writer: &Connection, limit: Duration, files: &Files) -> Result<(), StorageError> {
    let small = files.database.metadata().is_ok_and(|database| database.len() <= REWRITTEN_MAX_BYTES);
    let rewritten = if small { rewrite(writer, files) } else { Ok(()) };
    // Also when the rewriting failed: a full disk gets its blocks back.
    everything(writer, CheckpointMode::TRUNCATE, limit, files)?;
    files.sync_wal()?;
    rewritten
}

fn rewrite(writer: &Connection, files: &Files) -> Result<(), StorageError> {
    // The copy would otherwise lie in memory, as large as the store.
    let rewritten = writer.execute_batch("PRAGMA temp_store = FILE; VACUUM");
    let restored = writer.execute_batch("PRAGMA temp_store = MEMORY");
    rewritten.and(restored).map_err(|error| explain(&error, files))
}
