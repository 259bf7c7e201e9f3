//! The WAL grows to its limit, is copied while commits go on, and begins anew.

use coffer_engine::testkit::crash::{CrashRun, Promise};

use super::plan;

/// Frames before the cuts begin. At a thousand the WAL is copied.
const FRAMES_BEFORE: usize = 970;
/// More writes than the WAL takes to begin anew: the thread that copies it is woken by each of them.
const WRITES_MAX: usize = 2_000;

#[test]
fn the_wal_begins_anew_and_nothing_is_lost() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        while store.traffic().wal_frames < FRAMES_BEFORE {
            vault.set("dev/A", "before").await?;
        }
        store.cuts_begin_here();
        let begun = store.traffic().wal_beginnings;
        let mut last = None;
        for number in 0..WRITES_MAX {
            let text = format!("value {number}");
            let written = vault.set("dev/A", &text).await?;
            last.into_iter().for_each(|ack| store.release(ack));
            last = Some(store.ack("a write", Promise::Synced, move |after| {
                after.holds("dev/A", written.version.get(), &text)?;
                after.has_entry(written.entry)
            }));
            if store.traffic().wal_beginnings > begun {
                break;
            }
        }
        assert!(store.traffic().wal_beginnings > begun, "the WAL has begun anew");
        drop(vault);
        store.open().await.map(drop)
    });
    run.every_cut("wal", &plan());
}
