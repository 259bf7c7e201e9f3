//! A change with an idempotency key is asked for again after the crash, whatever came of it: it has happened once.

use coffer_encryption::hash;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::once::OnceKey;
use coffer_engine::secret::Value;
use coffer_engine::testkit::crash::{CrashRun, Promise, Survivor};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{Expect, NewValue, Write, Written};
use coffer_engine::{Error, Op, path::SecretPath, vault::Vault};

use super::plan;

async fn set_once(vault: &Vault) -> Result<Written, Error> {
    let once = OnceKey::parse(b"k")?.of(hash::sha256(b"two"));
    let op = Op { once: Some(once), ..TestVault::op()? };
    let write = Write {
        path: SecretPath::parse("dev/A")?,
        value: Some(NewValue::Set(Value::text("two"))),
        references: false,
        expect: Expect::Anything,
        metadata: MetadataPatch::default(),
    };
    vault.set(&op, write).await
}

/// Asked again it answers version 2, and there are no more than two.
fn is_done_once(after: &Survivor) -> Result<Written, String> {
    let said = |error: Error| error.to_string();
    let written = block_on(set_once(after.vault())).map_err(said)?;
    after.holds("dev/A", 2, "two")?;
    let history =
        block_on(async { after.vault().history(&TestVault::op()?, &SecretPath::parse("dev/A")?).await });
    match (written.version.get(), history.map_err(said)?.versions.len()) {
        (2, 2) => Ok(written),
        other => Err(format!("version {} of {}", other.0, other.1)),
    }
}

#[test]
fn what_is_asked_for_again_after_a_crash_has_happened_once() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        vault.set("dev/A", "one").await?;
        store.cuts_begin_here();
        store.ack("whatever came of it", Promise::Synced, |after| is_done_once(after).map(drop));
        let written = set_once(&vault.vault).await?;
        store.ack("the same answer", Promise::Synced, move |after| match is_done_once(after)? {
            again if again == written => Ok(()),
            again => Err(format!("{again:?}, and it was {written:?}")),
        });
        Ok(())
    });
    run.every_cut("once", &plan());
}
