//! Rows of the tables as values, and nothing that can't be one.
//!
//! Trust: rows are whatever the owner of the database wrote. One that is not of our shape is damage, not a panic.
//!
//! # Invariants
//! - A wrong type or length is an error; nothing is padded, cut or guessed.

use std::collections::HashMap;
use std::sync::Arc;

use coffer_engine::storage::{Key, PendingPosition, PendingRow, Record, Revision, StorageError};
use coffer_engine::tenant::TenantId;
use coffer_engine::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// `key, revision, value`.
pub(crate) fn keyed_record(row: &Row) -> Result<(Key, Record), StorageError> {
    let value: &[u8] = column(row, 2)?;
    Ok((key(row, 0)?, Record { revision: revision(row, 1)?, value: Arc::from(value) }))
}

/// `position, id, tenant, sealed`.
pub(crate) fn pending(row: &Row) -> Result<(PendingPosition, PendingRow), StorageError> {
    let position = u64::try_from(column::<i64>(row, 0)?).map_err(|_| misshapen())?;
    let sealed: &[u8] = column(row, 3)?;
    let tenant = TenantId::from_bytes(sixteen(column(row, 2)?)?);
    Ok((
        PendingPosition(position),
        PendingRow { id: sixteen(column(row, 1)?)?, tenant, sealed: Arc::from(sealed) },
    ))
}

/// The answer to a look: the moment, or a test's, and the revisions that are there.
pub(crate) fn looked(
    rows: &[Row],
    clock: Option<Timestamp>,
) -> Result<(Timestamp, HashMap<Key, Revision>), StorageError> {
    let (mut now, mut revisions) = (clock, HashMap::with_capacity(rows.len()));
    for row in rows {
        match column::<Option<&[u8]>>(row, 0)? {
            None => now = now.or(Some(millis(column(row, 2)?)?)),
            Some(_) => {
                revisions.insert(key(row, 0)?, revision(row, 1)?);
            }
        }
    }
    Ok((now.ok_or_else(misshapen)?, revisions))
}

/// A column that holds a moment.
pub(crate) fn moment(row: &Row, name: &str) -> Result<Timestamp, StorageError> {
    millis(row.try_get(name).map_err(|_| misshapen())?)
}

/// A revision from its bytes.
pub(crate) fn revision_of(bytes: &[u8]) -> Result<Revision, StorageError> {
    sixteen(bytes).map(Revision)
}

fn millis(number: i64) -> Result<Timestamp, StorageError> {
    u64::try_from(number).map(Timestamp::from_millis).map_err(|_| misshapen())
}

/// A column that holds a key.
pub(crate) fn key(row: &Row, number: usize) -> Result<Key, StorageError> {
    Key::from_bytes(column(row, number)?).ok_or_else(misshapen)
}

fn revision(row: &Row, number: usize) -> Result<Revision, StorageError> {
    revision_of(column(row, number)?)
}

fn sixteen(bytes: &[u8]) -> Result<[u8; 16], StorageError> {
    bytes.try_into().map_err(|_| misshapen())
}

fn column<'r, T: FromSql<'r>>(row: &'r Row, number: usize) -> Result<T, StorageError> {
    row.try_get(number).map_err(|_| misshapen())
}

fn misshapen() -> StorageError {
    StorageError::Damaged("a row of the database is misshapen".to_owned())
}
