//! Changes are taken back: a value, and a removal.

use coffer_engine::path::SecretPath;
use coffer_engine::testkit::TestVault;
use coffer_engine::testkit::crash::{CrashRun, Promise};

use super::plan;

#[test]
fn an_undo_is_done_or_not() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        let (op, path) = (TestVault::op()?, SecretPath::parse("dev/A").unwrap());
        vault.set("dev/A", "one").await?;
        vault.set("dev/A", "two").await?;
        store.cuts_begin_here();

        vault.vault.undo(&op, &path).await?;
        let undone = store.ack("a value taken back", Promise::Synced, |after| {
            after.holds_now("dev/A", "one")?;
            after.holds("dev/A", 2, "two")?;
            after.has_done("secret_undo", "dev/A", 1)
        });

        store.release(undone);
        vault.vault.remove(&op, &path).await?;
        let removed = store.ack("a removal", Promise::Synced, |after| {
            after.has_not("dev/A", None)?;
            after.has_done("secret_remove", "dev/A", 1)
        });

        store.release(removed);
        vault.vault.undo(&op, &path).await?;
        store.ack("the removal taken back", Promise::Synced, |after| {
            after.holds_now("dev/A", "one")?;
            after.has_done("secret_undo", "dev/A", 2)
        });
        Ok(())
    });
    run.every_cut("undo", &plan());
}
