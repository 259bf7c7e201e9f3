//! Versions and secrets are destroyed, and the file is written anew.

use coffer_engine::path::SecretPath;
use coffer_engine::testkit::TestVault;
use coffer_engine::testkit::crash::{CrashRun, CrashStore, Promise};
use coffer_engine::version::VersionNumber;
use std::collections::BTreeMap;

use super::plan;

/// The wrapped data key at the beginning of a version's row, with what is around it.
const DATA_KEY_BYTES: usize = 100;

#[test]
fn what_was_destroyed_stays_destroyed() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        let (op, path) = (TestVault::op()?, SecretPath::parse("dev/A").unwrap());
        let large = "large".repeat(10_000);
        vault.set("dev/A", &large).await?;
        vault.set("dev/A", "two").await?;
        vault.set("dev/B", &large).await?;
        store.cuts_begin_here();
        let before_all = store.traffic();

        let before = rows(store).await;
        let destroyed = vault.vault.destroy(&op, &path, VersionNumber::new(1)).await?;
        assert!(destroyed.erased);
        let gone = gone(&before, &rows(store).await);
        store.ack("the destruction of a version", Promise::Synced, |after| {
            after.has_not("dev/A", Some(1))?;
            after.has_done("secret_destroy", "dev/A", 1)
        });
        store.ack("the erasure of a version", Promise::Synced, move |after| after.has_no_trace_of(&gone));

        let written = vault.set("dev/C", "three").await?;
        store.ack("a write into the new file", Promise::Synced, move |after| {
            after.holds_now("dev/C", "three")?;
            after.has_entry(written.entry)
        });

        vault.vault.destroy(&op, &SecretPath::parse("dev/B").unwrap(), None).await?;
        store.ack("the destruction of a secret", Promise::Synced, |after| {
            after.has_not("dev/B", None)?;
            after.has_done("secret_destroy", "dev/B", 2)?;
            after.holds_now("dev/A", "two")
        });
        let traffic = store.traffic();
        assert!(traffic.wal_beginnings > before_all.wal_beginnings, "the WAL was copied, and began anew");
        assert!(
            traffic.cuts >= before_all.cuts + 3,
            "twice the WAL was emptied, and once the file got shorter"
        );
        Ok(())
    });
    run.every_cut("destroy", &plan());
}

async fn rows(store: &CrashStore) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let records = store.records().await.unwrap();
    records.into_iter().map(|(key, record)| (key.as_bytes().to_vec(), record.value.to_vec())).collect()
}

/// The beginning of the one record that is there no more.
fn gone(before: &BTreeMap<Vec<u8>, Vec<u8>>, after: &BTreeMap<Vec<u8>, Vec<u8>>) -> Vec<u8> {
    let gone: Vec<_> = before.iter().filter(|(key, _)| !after.contains_key(*key)).collect();
    assert_eq!(gone.len(), 1);
    gone[0].1[..DATA_KEY_BYTES].to_vec()
}
