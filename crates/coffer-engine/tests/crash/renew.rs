//! The vault dies while it rotates what has expired: whoever goes on makes one new value of it, and no second one.

use coffer_engine::Error;
use coffer_engine::metadata::{MetadataPatch, OnExpiry};
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::testkit::crash::{CrashRun, Promise, Survivor};
use coffer_engine::testkit::{TestVault, block_on, op_at};
use coffer_engine::vault::{Expect, NewValue, UpkeepSettings, Vault, Write};

use super::plan;

const LIFE_SECONDS: u64 = 10 * 60;

/// Looks after the store, a minute after the end of `dev/A`. How many versions that has then.
async fn tended(vault: &Vault) -> Result<usize, Error> {
    let op = op_at(TestVault::op()?.now.plus_seconds(LIFE_SECONDS + 60))?;
    let path = SecretPath::parse("dev/A")?;
    vault.history(&op, &path).await?;
    vault.expiring(op.now).await?;
    vault.upkeep(&op, UpkeepSettings { retention_days: 365 }).await?;
    Ok(vault.history(&op, &path).await?.versions.len())
}

fn is_rotated_once(after: &Survivor) -> Result<(), String> {
    match block_on(tended(after.vault())).map_err(|error| error.to_string())? {
        2 => Ok(()),
        other => Err(format!("{other} versions")),
    }
}

#[test]
fn what_has_expired_is_rotated_once_whenever_the_vault_dies() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        let op = TestVault::op()?;
        // What a day asks for is done, so that nothing but the rotation is cut.
        vault.vault.upkeep(&op, UpkeepSettings { retention_days: 365 }).await?;
        let metadata = MetadataPatch {
            expires: Some(Some(op.now.plus_seconds(LIFE_SECONDS))),
            on_expiry: Some(OnExpiry::Rotate),
            ..MetadataPatch::default()
        };
        let write = Write {
            path: SecretPath::parse("dev/A")?,
            value: Some(NewValue::Set(Value::text("one"))),
            references: false,
            expect: Expect::Anything,
            metadata,
        };
        vault.vault.set(&op, write).await?;
        store.cuts_begin_here();
        store.ack("whatever came of it", Promise::Synced, is_rotated_once);
        assert_eq!(tended(&vault.vault).await?, 2);
        store.ack("the new value", Promise::Synced, |after| {
            after.has_done("secret_rotate", "dev/A", 1)?;
            is_rotated_once(after)
        });
        Ok(())
    });
    run.every_cut("renew", &plan());
}
