//! Has the database clear the space of what was deleted.
//!
//! Trust: this is the second net. Destruction is of keys; here their sealed bytes go too.
//!
//! # Invariants
//! - `VACUUM` makes deleted rows unreachable for everybody who asks the database, and their space free. Bytes in it stay in the files
//!   until the database writes over them, and longer in its WAL, on its standbys and in its backups: `docs/threats.md` says so.
//! - It is the owner of the tables who may; for another role the database's own `autovacuum` does it, later.
//! - Nobody waits for it but whoever asked. So it does not give the end of a file back to the system: for that the database would wait for a
//!   moment in which nobody uses the table, for seconds, and then keep everybody out.

use coffer_engine::storage::StorageError;

use crate::errors::explain;
use crate::postgres::Inner;
use crate::session;

/// Clears the tables, on a connection of its own and without an end to the statement: a large table takes its time.
pub(crate) async fn erase(inner: &Inner) -> Result<(), StorageError> {
    let connected = session::open(&inner.connector, &inner.settings).await?;
    let explained = |error| explain(&error);
    // One statement a message: it can't be in a transaction, and several in a message are.
    for statement in [
        "SET statement_timeout = 0",
        "VACUUM (TRUNCATE false) coffer.record",
        "VACUUM (TRUNCATE false) coffer.pending",
    ] {
        connected.client.batch_execute(statement).await.map_err(explained)?;
    }
    Ok(())
}
