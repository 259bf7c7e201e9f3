//! The tables: made, and brought from version to version.
//!
//! A version first only adds (*expand*): a Coffer of the version before goes on over it, so that nodes can be exchanged one by one. What
//! is no longer used goes with a later version (*contract*).
//!
//! # Invariants
//! - Tables are changed by [`migrate`] alone, and there by one process at a time, in one transaction.
//! - Opened are tables of this build's version, of the next one, and none that lack what this build needs.
//! - A schema `coffer` that is not ours is left as it is.

use coffer_engine::block_on;
use coffer_engine::storage::StorageError;
use tokio_postgres::Client;

use crate::connector::{Connected, Connector};
use crate::errors::explain;
use crate::locks::MIGRATING;
use crate::session;
use crate::settings::Settings;
use crate::worker::Worker;

/// The version of the tables that this build makes.
pub const VERSION: u32 = 2;
/// The oldest that it can use.
const NEEDED: u32 = 2;
/// The newest: one more than it makes, which has only added to them.
const BEARABLE: u32 = VERSION + 1;

/// What leads to each version, from the one before.
const MIGRATIONS: [&str; VERSION as usize] =
    [include_str!("migrations/1.sql"), include_str!("migrations/2.sql")];

/// What a migration did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version before; 0: there were no tables.
    pub from: u32,
    /// The version now.
    pub to: u32,
}

/// Brings the tables to [`VERSION`], or makes them. Tables of a newer version stay as they are.
///
/// # Errors
/// [`StorageError::Foreign`] where something else is called `coffer`; what the database says.
pub fn migrate(settings: &Settings) -> Result<Migrated, StorageError> {
    let (worker, settings) = (Worker::start()?, settings.clone());
    block_on(worker.run(async move { migrate_over(&Connector::default(), &settings).await }))
}

pub(crate) async fn migrate_over(
    connector: &Connector,
    settings: &Settings,
) -> Result<Migrated, StorageError> {
    let Connected { mut client, .. } = session::plain(connector, settings).await?;
    let explained = |error| explain(&error);
    let transaction = client.transaction().await.map_err(explained)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING]).await.map_err(explained)?;
    let from = version(transaction.client(), settings).await?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        transaction.batch_execute(migration).await.map_err(explained)?;
    }
    let to = from.max(VERSION);
    if to != from {
        let number = i32::try_from(to).unwrap_or(i32::MAX);
        transaction.execute("UPDATE coffer.meta SET version = $1", &[&number]).await.map_err(explained)?;
    }
    transaction.commit().await.map_err(explained)?;
    Ok(Migrated { from, to })
}

/// Whether this build can use the tables.
pub(crate) async fn check(client: &Client, settings: &Settings) -> Result<(), StorageError> {
    match version(client, settings).await? {
        0 => Err(StorageError::Missing(settings.place().into())),
        found if found > BEARABLE => Err(StorageError::TooNew { found, known: BEARABLE }),
        found if found < NEEDED => Err(StorageError::TooOld { found, needed: NEEDED }),
        _ => Ok(()),
    }
}

/// The version of the tables; 0: there are none.
async fn version(client: &Client, settings: &Settings) -> Result<u32, StorageError> {
    let explained = |error| explain(&error);
    let there = client
        .query_one(
            "SELECT to_regclass('coffer.meta') IS NOT NULL, \
             EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'coffer')",
            &[],
        )
        .await
        .map_err(explained)?;
    match (there.try_get(0).map_err(explained)?, there.try_get(1).map_err(explained)?) {
        (true, _) => {}
        (false, false) => return Ok(0),
        (false, true) => return Err(StorageError::Foreign(settings.place().into())),
    }
    let row = client.query_one("SELECT version FROM coffer.meta", &[]).await.map_err(explained)?;
    let version: i32 = row.try_get(0).map_err(explained)?;
    u32::try_from(version)
        .map_err(|_| StorageError::Damaged("the version of the tables is no number".to_owned()))
}
