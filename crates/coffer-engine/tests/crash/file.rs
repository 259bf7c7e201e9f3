//! A file is written over a value: with its part and its row it is whole, or not there.

use coffer_engine::content::MediaType;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::testkit::TestVault;
use coffer_engine::testkit::crash::{CrashRun, Promise};
use coffer_engine::vault::{Expect, WriteFile, Written};
use coffer_engine::{Error, Op};

use super::plan;

/// A value of as many has several pages, too.
const BYTES: usize = 50_000;

#[test]
fn a_file_is_whole_or_not_there() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        vault.set("dev/A", "one").await?;
        store.cuts_begin_here();

        // One that breaks off leaves nothing for anybody to find.
        let mut unfinished = vault.vault.set_file(&TestVault::op()?, write("dev/A")).await?;
        unfinished.push(&[7; BYTES])?;
        drop(unfinished);

        let written = set(&vault, &TestVault::op()?, "dev/A").await?;
        store.ack("a file", Promise::Synced, move |after| {
            after.holds("dev/A", 1, "one")?;
            after.holds_file("dev/A", 2, &[7; BYTES])?;
            after.has_entry(written.entry)
        });

        let written = vault.set("dev/A", "three").await?;
        store.ack("a value over it", Promise::Synced, move |after| {
            after.holds_now("dev/A", "three")?;
            after.has_entry(written.entry)
        });
        Ok(())
    });
    run.every_cut("file", &plan());
}

fn write(path: &str) -> WriteFile {
    WriteFile {
        path: SecretPath::parse(path).unwrap(),
        media_type: MediaType::bytes(),
        expect: Expect::Anything,
        metadata: MetadataPatch::default(),
        replace: false,
    }
}

async fn set(vault: &TestVault, op: &Op, path: &str) -> Result<Written, Error> {
    let mut upload = vault.vault.set_file(op, write(path)).await?;
    upload.push(&[7; BYTES])?;
    upload.commit(op.now, None).await
}
