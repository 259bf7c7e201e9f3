//! Reads between writes: their entries are written, and synced by the write that follows.

use coffer_engine::path::SecretPath;
use coffer_engine::testkit::TestVault;
use coffer_engine::testkit::crash::{CrashRun, Promise};
use coffer_engine::version::Which;

use super::plan;

const READS: usize = 4;

#[test]
fn entries_of_reads_survive_a_kill_and_never_stand_in_the_way() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        let (op, path) = (TestVault::op()?, SecretPath::parse("dev/A").unwrap());
        vault.set("dev/A", "value 0").await?;
        store.cuts_begin_here();
        for round in 1..=3 {
            for read in 1..=READS {
                vault.vault.get(&op, &path, Which::CURRENT).await?;
                let so_far = (round - 1) * READS + read;
                store.ack("a read", Promise::Written, move |after| {
                    after.has_done("secret_get", "dev/A", so_far)
                });
            }
            let text = format!("value {round}");
            let written = vault.set("dev/A", &text).await?;
            store.ack("a write behind reads", Promise::Synced, move |after| {
                after.holds("dev/A", written.version.get(), &text)?;
                after.has_entry(written.entry)?;
                after.has_done("secret_get", "dev/A", round * READS)
            });
        }
        Ok(())
    });
    run.every_cut("reads", &plan());
}
