//! Is the file whole? For `doctor`.
//!
//! Trust: it finds accidents. An enemy who rewrites the file leaves it whole; what he forged is found when records are opened.
//!
//! # Invariants
//! - A healthy store gives no line. No line holds a key, a value or a revision.
//! - It reads every page, looks for every record in the index, and changes nothing.

use rusqlite::{Connection, Error, ErrorCode, Result};

use super::reader::Readers;
use crate::storage::StorageError;

/// Lines of `integrity_check` that are wanted: the first ones tell enough.
const LINES_MAX: u32 = 100;

/// What is wrong with the file, one line each.
pub(super) fn inspect(readers: &Readers) -> Result<Vec<String>, StorageError> {
    readers.read(|connection| {
        let mut lines = structure(connection)?;
        // The shapes of rows are only asked when the trees that hold them can be walked.
        if lines.is_empty() {
            lines.extend(shapes(connection)?);
        }
        Ok(lines)
    })
}

fn structure(connection: &Connection) -> Result<Vec<String>> {
    // Not `quick_check`, which does not compare the index with the records: one that is not in it is as good as lost.
    let mut check = connection.prepare(&format!("PRAGMA integrity_check({LINES_MAX})"))?;
    let mut found = check.query([])?;
    let mut lines = Vec::new();
    loop {
        match found.next() {
            Ok(Some(row)) => lines.push(row.get::<_, String>(0)?),
            Ok(None) => break,
            // Damage that stops the check itself is a finding, not a failure.
            Err(Error::SqliteFailure(failure, text)) if failure.code == ErrorCode::DatabaseCorrupt => {
                lines.push(text.unwrap_or_else(|| failure.to_string()));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    lines.retain(|line| line != "ok");
    Ok(lines)
}

fn shapes(connection: &Connection) -> Result<Vec<String>> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let findings = [
        (
            count(
                "SELECT count(*) FROM records WHERE typeof(key) <> 'blob' OR length(key) NOT BETWEEN 17 AND 49
                 OR typeof(revision) <> 'blob' OR length(revision) <> 16 OR typeof(value) <> 'blob'",
            )?,
            "records are misshapen",
        ),
        (
            count(
                "SELECT count(*) FROM pending WHERE typeof(id) <> 'blob' OR length(id) <> 16
                 OR typeof(tenant) <> 'blob' OR length(tenant) <> 16 OR typeof(sealed) <> 'blob'",
            )?,
            "pending audit rows are misshapen",
        ),
        (
            count("SELECT count(*) <> 1 FROM meta")?,
            "rows are missing: the count of changes (other processes may not notice a change)",
        ),
    ];
    Ok(findings
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect())
}
