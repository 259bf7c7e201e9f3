//! Is it whole? For `doctor`.
//!
//! Trust: it finds accidents. An enemy who rewrites the tables leaves them whole; what he forged is found when records are opened.
//!
//! # Invariants
//! - A healthy store gives no line. No line holds a key, a value or a revision.
//! - It reads every row once and changes nothing. Pages and indexes are for `pg_amcheck` and checksums to look after.

use coffer_engine::storage::StorageError;

use crate::errors::explain;
use crate::postgres::Inner;
use crate::session;

/// What is wrong, one line each.
pub(crate) async fn inspect(inner: &Inner) -> Result<Vec<String>, StorageError> {
    let connected = session::open(&inner.connector, &inner.settings).await?;
    let explained = |error| explain(&error);
    connected
        .client
        .batch_execute("SET statement_timeout = 0; SET enable_seqscan = on")
        .await
        .map_err(explained)?;
    let mut lines = Vec::new();
    for (sql, what) in FINDINGS {
        let row = connected.client.query_one(sql, &[]).await.map_err(explained)?;
        let count: i64 = row.try_get(0).map_err(explained)?;
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    }
    Ok(lines)
}

const FINDINGS: [(&str, &str); 4] = [
    (
        "SELECT count(*) FROM coffer.record WHERE octet_length(key) NOT BETWEEN 17 AND 49 OR octet_length(revision) <> 16 \
         OR value IS NULL",
        "records are misshapen",
    ),
    (
        "SELECT count(*) FROM coffer.pending WHERE position < 0 OR octet_length(id) <> 16 OR octet_length(tenant) <> 16 \
         OR sealed IS NULL",
        "pending audit rows are misshapen",
    ),
    (
        "SELECT count(*) FROM coffer.pending, coffer.position WHERE pending.position > position.last_value",
        "pending audit rows lie where the next ones will",
    ),
    (
        "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'coffer' AND NOT i.indisvalid",
        "indexes are not valid",
    ),
];
