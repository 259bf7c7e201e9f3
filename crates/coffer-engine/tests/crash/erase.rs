//! A tenant is erased: keys, rows, and what SQLite has of them in its files.

use coffer_engine::Op;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::crash::{CrashRun, Promise, Survivor};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{Expect, NewValue, UpkeepSettings, Write};
use coffer_engine::version::Which;

use super::plan;

fn op() -> Op {
    Op { tenant: TenantName::parse("acme").unwrap(), ..TestVault::op().unwrap() }
}

fn path() -> SecretPath {
    SecretPath::parse("dev/A").unwrap()
}

/// Either it is there as ever, or no key of it is: then upkeep leads to the end, and nothing is there.
#[test]
fn t_n4_a_tenant_is_there_or_it_is_on_its_way_out() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        let id = vault.vault.tenant_create(&TestVault::op()?, &op().tenant).await?;
        let write = Write {
            path: path(),
            value: Some(NewValue::Replace(Value::text("one"))),
            references: false,
            expect: Expect::Nothing,
            metadata: MetadataPatch::default(),
        };
        vault.vault.set(&op(), write).await?;
        let wraps: Vec<Vec<u8>> = store
            .records()
            .await?
            .into_iter()
            .filter(|(key, _)| {
                key.as_bytes()[..16] == *id.bytes() && [0x03, 0x04].contains(&key.as_bytes()[16])
            })
            .map(|(_, record)| record.value[..64].to_vec())
            .collect();
        assert_eq!(wraps.len(), 2);
        store.cuts_begin_here();
        store.ack("the tenant, or nothing of it", Promise::Synced, move |after| {
            if after.has_tenant("acme").is_ok() {
                let found = block_on(after.vault().get(&op(), &path(), Which::CURRENT));
                return found.map(drop).map_err(|error| error.to_string());
            }
            let (now, kept) = (TestVault::op().unwrap(), UpkeepSettings { retention_days: 365 });
            block_on(after.vault().upkeep(&now, kept)).map_err(|error| format!("upkeep: {error}"))?;
            is_gone(after, id)
        });

        vault.vault.tenant_erase(&TestVault::op()?, &op().tenant, 0).await?;
        store.ack("the erasure", Promise::Synced, move |after| {
            after.has_done("tenant_erase", "acme", 1)?;
            after.has_done("tenant_sweep", "acme", 2)?;
            is_gone(after, id)
        });
        store.ack("no wrap in any file", Promise::Synced, move |after| {
            wraps.iter().try_for_each(|wrap| after.has_no_trace_of(wrap))
        });
        Ok(())
    });
    run.every_cut("erase", &plan());
}

fn is_gone(after: &Survivor, id: coffer_engine::tenant::TenantId) -> Result<(), String> {
    let rows = block_on(after.vault().rows_of(id)).map_err(|error| error.to_string())?;
    if rows > 0 {
        return Err(format!("{rows} rows are left"));
    }
    let certificate =
        block_on(after.vault().tenant_certificate(&TestVault::op().unwrap(), &op().tenant, Some(id)));
    let certificate = certificate.map_err(|error| error.to_string())?;
    let is_complete = certificate.note.text().contains("\nstate complete\n");
    if is_complete { Ok(()) } else { Err(format!("it is not certified: {}", certificate.note.text())) }
}
