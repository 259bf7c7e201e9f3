//! A connection, what is set on it, and what is demanded of the server behind it.
//!
//! # Invariants
//! - `synchronous_commit` is `on` or `remote_apply`. A commit that is acknowledged is on the disk, and on a synchronous standby where there
//!   is one.
//! - Every statement and every wait for a lock has an end, also on a server whose defaults are without one.
//! - Tables are only ever asked by their keys, so the planner is not let to think of anything else: a plan that was made over an empty
//!   table would be kept for a full one. Nor is it let to think anew each time, which it does for an array shorter than it takes them to be.

use std::time::Duration;

use coffer_encryption::random;
use coffer_engine::storage::StorageError;
use futures_util::future::{try_join, try_join3, try_join4};
use tokio_postgres::{Client, SimpleQueryMessage, Statement};

use crate::connector::{Connected, Connector, Warnings};
use crate::errors::explain;
use crate::settings::Settings;
use crate::{schema, statements};

/// How long a commit waits for others.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);
/// How long an answer is waited for: longer than the server works at a statement.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_secs(45);
/// The oldest server, as it numbers itself.
const SERVER_MIN: u32 = 130_000;

/// What is set on every connection. A statement may take 30 s, a lock [`LOCK_WAIT`]. Who holds locks and says nothing for 3 s loses them: for
/// that long everybody waits for a node that was stopped, or is cut off. One that was only slow finds that out, and begins again.
const SET: &str = "
SET search_path = pg_catalog, pg_temp;
SET client_min_messages = warning;
SET default_transaction_isolation = 'read committed';
SET statement_timeout = '30s';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '3s';
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_generic_plan;
SET jit = off;
SELECT set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('on', 'remote_apply')
    THEN current_setting('synchronous_commit') ELSE 'on' END, false), current_setting('server_version_num');
SELECT current_setting('synchronous_commit')";

/// The same for who holds the store's write lock, which is not held by a transaction; and the end of it.
pub(crate) const END_WHEN_IDLE: &str = "SET idle_session_timeout = '3s'";
pub(crate) const STAY_WHEN_IDLE: &str = "RESET idle_session_timeout";

/// A connection that reads.
pub(crate) struct Reading {
    pub(crate) client: Client,
    pub(crate) get: Statement,
    pub(crate) scan: Statement,
    pub(crate) pending: Statement,
    pub(crate) pending_of: Statement,
    pub(crate) edge: Statement,
    pub(crate) edge_of: Statement,
    pub(crate) appending: Statement,
}

/// A connection that commits.
pub(crate) struct Writing {
    pub(crate) client: Client,
    pub(crate) warnings: Warnings,
    pub(crate) lock: Statement,
    pub(crate) look: Statement,
    pub(crate) commit: Statement,
    /// Whether the database can end a connection that says nothing outside a transaction: from PostgreSQL 14 on.
    pub(crate) ends_idle: bool,
    /// This connection's right to commit.
    pub(crate) id: [u8; 16],
    /// What the process committed last, over whatever connection.
    pub(crate) last: Option<[u8; 16]>,
}

/// A connection with everything set, to a database with tables that this build can use.
pub(crate) async fn open(connector: &Connector, settings: &Settings) -> Result<Connected, StorageError> {
    let connected = plain(connector, settings).await?;
    schema::check(&connected.client, settings).await?;
    Ok(connected)
}

/// A connection with everything set.
pub(crate) async fn plain(connector: &Connector, settings: &Settings) -> Result<Connected, StorageError> {
    let connected = connector.connect(settings).await?;
    demand(&connected.client).await?;
    Ok(connected)
}

impl Reading {
    pub(crate) async fn open(connector: &Connector, settings: &Settings) -> Result<Self, StorageError> {
        let Connected { client, .. } = open(connector, settings).await?;
        let explained = |error| explain(&error);
        let records = try_join(client.prepare(statements::GET), client.prepare(statements::SCAN));
        let rows = try_join(client.prepare(statements::PENDING), client.prepare(statements::PENDING_OF));
        let order = try_join3(
            client.prepare(statements::EDGE),
            client.prepare(statements::EDGE_OF),
            client.prepare(statements::APPENDING_NOW),
        );
        let prepared = try_join3(records, rows, order).await.map_err(explained)?;
        let ((get, scan), (pending, pending_of), (edge, edge_of, appending)) = prepared;
        Ok(Self { client, get, scan, pending, pending_of, edge, edge_of, appending })
    }
}

impl Writing {
    /// Opens one for this process, and takes the right to commit from every other connection of it.
    pub(crate) async fn open(
        connector: &Connector,
        settings: &Settings,
        process: [u8; 16],
    ) -> Result<Self, StorageError> {
        let Connected { client, warnings } = open(connector, settings).await?;
        let (lock, look, commit, claim) = try_join4(
            client.prepare(statements::LOCK),
            client.prepare(statements::LOOK),
            client.prepare(statements::COMMIT),
            client.prepare(statements::CLAIM),
        )
        .await
        .map_err(|error| explain(&error))?;
        let id = random::bytes().map_err(|_| StorageError::Entries)?;
        let warned = warnings.count();
        let idle = client.query_one(statements::ENDS_IDLE, &[]).await.map_err(|error| explain(&error))?;
        let ends_idle = idle.try_get(0).map_err(|error| explain(&error))?;
        let row = client.query_one(&claim, &[&process.as_slice(), &id.as_slice()]).await;
        let row = row.map_err(|error| explain(&error))?;
        let last: &[u8] = row.try_get(0).map_err(|error| explain(&error))?;
        let last = last.try_into().ok();
        if warnings.count() != warned {
            // The claim itself is not known to be where it should be, and so is nothing before it.
            return Err(StorageError::Interrupted);
        }
        Ok(Self { client, warnings, lock, look, commit, ends_idle, id, last })
    }
}

async fn demand(client: &Client) -> Result<(), StorageError> {
    let answers = client.simple_query(SET).await.map_err(|error| explain(&error))?;
    let rows: Vec<_> = answers
        .iter()
        .filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .collect();
    let [set, synchronous] = rows.as_slice() else {
        return Err(StorageError::Io("the database does not say how it is set up".to_owned()));
    };
    let version: Option<u32> = set.get(1).and_then(|number| number.parse().ok());
    if version.is_none_or(|version| version < SERVER_MIN) {
        return Err(StorageError::Io("the database is older than PostgreSQL 13".to_owned()));
    }
    if !matches!(synchronous.get(0), Some("on" | "remote_apply")) {
        return Err(StorageError::Io(
            "the database does not wait for its disk: synchronous_commit is not on".to_owned(),
        ));
    }
    Ok(())
}
