//! Values are set: another version, a new secret in new folders, several at once, one that is larger than a page.

use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::testkit::TestVault;
use coffer_engine::testkit::crash::{CrashRun, Promise};

use super::plan;

#[test]
fn a_put_is_whole_or_not_there() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        vault.set("dev/A", "one").await?;
        store.cuts_begin_here();

        let written = vault.set("dev/A", "two").await?;
        store.ack("the second version", Promise::Synced, move |after| {
            after.holds("dev/A", 1, "one")?;
            after.holds("dev/A", 2, "two")?;
            after.has_entry(written.entry)
        });

        let written = vault.set("prod/new/folder/B", "three").await?;
        store.ack("a secret in new folders", Promise::Synced, move |after| {
            after.holds_now("prod/new/folder/B", "three")?;
            after.has_entry(written.entry)
        });

        let large = "large".repeat(10_000);
        let written = vault.set("dev/LARGE", &large).await?;
        store.ack("a large value", Promise::Synced, move |after| {
            after.holds_now("dev/LARGE", &large)?;
            after.has_entry(written.entry)
        });

        let both = ["dev/C", "dev/D"];
        let writes = both.map(|path| (SecretPath::parse(path).unwrap(), Value::text("four"))).into();
        let written = vault.vault.set_all(&TestVault::op()?, writes).await?;
        store.ack("two at once", Promise::Synced, move |after| {
            both.iter().try_for_each(|path| after.holds_now(path, "four"))?;
            written.iter().try_for_each(|written| after.has_entry(written.entry))
        });
        Ok(())
    });
    run.every_cut("put", &plan());
}
