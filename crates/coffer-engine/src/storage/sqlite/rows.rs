//! Rows of the tables as values, and nothing that can't be one.
//!
//! Trust: rows are whatever the owner of the file wrote. One that is not of our shape is damage, not a panic.
//!
//! # Invariants
//! - A wrong type or length is an error; nothing is padded, cut or guessed.

use std::sync::Arc;

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Result, Row};

use crate::storage::{Key, PendingPosition, PendingRow, Record, Revision};
use crate::tenant::TenantId;

/// The revision in a column.
pub(super) fn revision(row: &Row<'_>, column: usize) -> Result<Revision> {
    sixteen(row, column).map(Revision)
}

/// The record whose revision and value begin at a column.
pub(super) fn record(row: &Row<'_>, column: usize) -> Result<Record> {
    let value = row.get_ref(column.saturating_add(1))?.as_blob()?;
    Ok(Record { revision: revision(row, column)?, value: Arc::from(value) })
}

/// `key, revision, value`.
pub(super) fn keyed_record(row: &Row<'_>) -> Result<(Key, Record)> {
    let key = Key::from_bytes(row.get_ref(0)?.as_blob()?).ok_or_else(|| misshapen(0))?;
    Ok((key, record(row, 1)?))
}

/// `position, id, tenant, sealed`.
pub(super) fn pending(row: &Row<'_>) -> Result<(PendingPosition, PendingRow)> {
    let position = u64::try_from(row.get::<_, i64>(0)?).map_err(|_| misshapen(0))?;
    let sealed = Arc::from(row.get_ref(3)?.as_blob()?);
    let tenant = TenantId::from_bytes(sixteen(row, 2)?);
    Ok((PendingPosition(position), PendingRow { id: sixteen(row, 1)?, tenant, sealed }))
}

fn sixteen(row: &Row<'_>, column: usize) -> Result<[u8; 16]> {
    row.get_ref(column)?.as_blob()?.try_into().map_err(|_| misshapen(column))
}

fn misshapen(column: usize) -> Error {
    Error::FromSqlConversionFailure(column, Type::Blob, Box::new(FromSqlError::InvalidType))
}
