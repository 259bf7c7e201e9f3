//! The store itself is made.

use coffer_engine::testkit::crash::{CrashRun, Promise};

use super::plan;

/// Until it is acknowledged there is a store or none, and opening it again makes what is missing.
#[test]
fn a_store_is_made_or_can_be_made_again() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        store.ack("the store", Promise::Synced, |after| {
            after.has_tenant("default")?;
            after.has_done("store_create", "", 1)?;
            after.has_done("tenant_create", "default", 1)
        });

        let written = vault.set("dev/A", "one").await?;
        store.ack("its first secret", Promise::Synced, move |after| {
            after.holds_now("dev/A", "one")?;
            after.has_entry(written.entry)
        });
        drop(vault);
        store.open().await.map(drop)
    });
    run.every_cut("create", &plan());
}
