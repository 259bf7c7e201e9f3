//! Keys are made: a tenant, with its own.

use coffer_engine::Op;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::crash::{CrashRun, Promise};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{Expect, NewValue, Write};
use coffer_engine::version::Which;

use super::plan;

fn op() -> Op {
    Op { tenant: TenantName::parse("acme").unwrap(), ..TestVault::op().unwrap() }
}

#[test]
fn a_tenant_has_all_its_keys_or_is_not_there() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        store.cuts_begin_here();

        vault.vault.tenant_create(&TestVault::op()?, &op().tenant).await?;
        store.ack("the tenant", Promise::Synced, |after| {
            after.has_tenant("acme")?;
            after.has_done("tenant_create", "acme", 1)
        });

        let path = SecretPath::parse("dev/A").unwrap();
        let value = Some(NewValue::Replace(Value::text("one")));
        let write = Write {
            path: path.clone(),
            value,
            references: false,
            expect: Expect::Nothing,
            metadata: MetadataPatch::default(),
        };
        let written = vault.vault.set(&op(), write).await?;
        store.ack("a secret of it", Promise::Synced, move |after| {
            let found = block_on(after.vault().get(&op(), &path, Which::CURRENT));
            match found.map_err(|error| error.to_string())?.value() {
                Value::Bytes(found) if found.same_as(b"one") => after.has_entry(written.entry),
                _ => Err("it holds another value".to_owned()),
            }
        });

        vault.member(7, &[]).await?;
        store.ack("an identity", Promise::Synced, |after| after.has_done("member_change", "", 1));
        Ok(())
    });
    run.every_cut("tenant", &plan());
}
