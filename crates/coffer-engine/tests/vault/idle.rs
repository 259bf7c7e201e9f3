//! Tenants that nobody uses are let go of, and those that were used least recently when there are too many; nobody notices.

use coffer_engine::limits::{TENANT_KEPT_SECONDS, TENANTS_OPEN_MAX};
use coffer_engine::quota::QuotaChange;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::version::Which;
use coffer_engine::{Op, RequestId};

use crate::support::{coded, folder, op_in, path, write};

fn at(tenant: &str, seconds: u64) -> Op {
    let op = op_in(tenant);
    Op {
        now: Timestamp::from_millis(op.now.millis() + seconds * 1000),
        request: RequestId::generate().unwrap(),
        ..op
    }
}

#[test]
fn who_is_not_used_is_let_go_of_and_comes_back_as_it_was() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        for tenant in ["acme", "beta"] {
            vault.vault.tenant_create(&op_in(tenant), &TenantName::parse(tenant).unwrap()).await.unwrap();
            vault.vault.set(&at(tenant, 0), write("dev/A", tenant)).await.unwrap();
        }
        let read = async |tenant: &str, seconds| {
            coded(vault.vault.get(&at(tenant, seconds), &path("dev/A"), Which::CURRENT).await.map(drop))
        };
        let open = || vault.vault.usage().tenants_open;
        let now = |seconds| at("acme", seconds).now;
        assert_eq!(open(), 3, "and the instance");
        vault.vault.drop_idle(now(TENANT_KEPT_SECONDS));
        assert_eq!(open(), 3, "not yet");
        assert_eq!(read("beta", TENANT_KEPT_SECONDS).await, Ok(()));
        let cached = vault.vault.usage().cache_records;
        vault.vault.drop_idle(now(TENANT_KEPT_SECONDS + 1));
        assert_eq!(open(), 2, "beta was used, and acme was not");
        assert!(vault.vault.usage().cache_records < cached, "what was read of it is let go of, too");
        assert_eq!(read("acme", TENANT_KEPT_SECONDS + 2).await, Ok(()));
        assert_eq!(open(), 3);
        // Used at an earlier moment than another: that is not the last time it was used.
        assert_eq!(read("acme", 0).await, Ok(()));
        vault.vault.drop_idle(now(2 * TENANT_KEPT_SECONDS + 2));
        assert_eq!(open(), 2);
        vault.vault.drop_idle(now(9 * TENANT_KEPT_SECONDS));
        assert_eq!(open(), 1, "the instance stays");
        let listed = vault.vault.list(&at("beta", 9 * TENANT_KEPT_SECONDS), &folder(""), true).await.unwrap();
        assert_eq!(listed.secrets.len(), 1);
    });
}

#[test]
fn when_there_are_too_many_those_go_that_were_used_least_recently() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let tenant = |number: usize| format!("t{number}");
        let some = QuotaChange { secrets: Some(Some(9)), ..QuotaChange::default() };
        let use_at = async |number, seconds| {
            let listed = vault.vault.list(&at(&tenant(number), seconds), &folder(""), true).await;
            assert!(listed.is_ok());
        };
        for number in 0..TENANTS_OPEN_MAX {
            let name = TenantName::parse(&tenant(number)).unwrap();
            vault.vault.tenant_create(&at("default", 0), &name).await.unwrap();
            if number < 2 {
                vault.vault.tenant_quota(&at("default", 0), &name, some).await.unwrap();
                vault.vault.tenant_show(&at("default", 0), &name).await.unwrap();
            }
        }
        let mut seconds = 0;
        for number in 0..TENANTS_OPEN_MAX - 1 {
            seconds += 1;
            use_at(number, seconds).await;
        }
        assert_eq!(vault.vault.usage().tenants_open, TENANTS_OPEN_MAX);
        use_at(0, seconds + 1).await;
        use_at(TENANTS_OPEN_MAX - 1, seconds + 2).await;
        let open = vault.vault.usage().tenants_open;
        assert!(open < TENANTS_OPEN_MAX && open > TENANTS_OPEN_MAX / 2, "a part goes: {open}");
        let there: Vec<String> =
            vault.vault.quotas_in_use().iter().map(|used| used.tenant.as_str().to_owned()).collect();
        assert_eq!(there, ["t0"], "it was used lately, and t1 was not");
        use_at(1, seconds + 3).await;
    });
}
