//! The WAL grows to its limit, is copied, and begins anew: the next commit writes over the old frames.

use std::sync::Arc;

use coffer_engine::Error;
use coffer_engine::testkit::TestVault;
use coffer_engine::testkit::crash::{CrashRun, CrashStore, Promise};

use super::plan;

/// Frames at which the storage's thread copies the WAL.
const LIMIT: usize = 1_000;
/// More frames than one of our writes has.
const ONE_WRITE: usize = 30;

#[test]
fn a_wal_that_begins_anew_loses_nothing() {
    let run = CrashRun::record(async |store| {
        let vault = near_the_limit(store).await?;
        let begun = store.traffic().wal_beginnings;
        while store.traffic().wal_frames < LIMIT {
            write(store, &vault).await?;
        }
        // Who closes the store waits for the thread, and would empty the WAL if nobody else had the turn.
        let other = store.beside()?;
        let turn = Arc::clone(&other).exclusive().await?;
        drop(vault);
        let vault = store.open().await?;
        drop(turn);
        for _ in 0..3 {
            write(store, &vault).await?;
        }
        assert_eq!(store.traffic().wal_beginnings, begun + 1, "the WAL has begun anew");
        Ok(())
    });
    run.every_cut("a WAL that begins anew", &plan());
}

#[test]
fn a_wal_that_the_last_to_leave_empties_loses_nothing() {
    let run = CrashRun::record(async |store| {
        let vault = near_the_limit(store).await?;
        let cuts = store.traffic().cuts;
        write(store, &vault).await?;
        drop(vault);
        let vault = store.open().await?;
        assert!(store.traffic().cuts > cuts, "the WAL was emptied");
        write(store, &vault).await
    });
    run.every_cut("a WAL that is emptied", &plan());
}

async fn near_the_limit(store: &CrashStore) -> Result<TestVault, Error> {
    let vault = store.open().await?;
    while store.traffic().wal_frames < LIMIT - ONE_WRITE {
        vault.set("dev/A", "before").await?;
    }
    assert!(store.traffic().wal_frames < LIMIT);
    store.cuts_begin_here();
    Ok(vault)
}

async fn write(store: &CrashStore, vault: &TestVault) -> Result<(), Error> {
    let written = vault.set("dev/A", "now").await?;
    store.ack("a write", Promise::Synced, move |after| {
        after.holds("dev/A", written.version.get(), "now")?;
        after.has_entry(written.entry)
    });
    Ok(())
}
