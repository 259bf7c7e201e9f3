//! Who read a secret last: the log says it, wherever its entries are.

use coffer_engine::access::Role;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::UpkeepSettings;
use coffer_engine::version::Which;

use crate::support::{newest, path};

#[test]
fn history_tells_the_last_read_from_what_is_pending_and_from_the_log() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let owner = TestVault::op().unwrap();
        for raw in ["dev/A", "dev/B"] {
            vault.set(raw, "one").await.unwrap();
        }
        let reader = vault.member(1, &[(Role::Reader, "dev/**")]).await.unwrap();
        let stranger = vault.member(2, &[(Role::Reader, "prod/**")]).await.unwrap();
        let last =
            async |raw: &str| vault.vault.history_and_last_read(&owner, &path(raw)).await.unwrap().last_read;
        let integrate = async || {
            vault.vault.upkeep(&owner, UpkeepSettings { retention_days: 365 }).await.unwrap();
        };
        assert_eq!(last("dev/A").await, None, "a write is no read, nor is a look at the history");
        vault.vault.get(&owner, &path("dev/A"), Which::CURRENT).await.unwrap();
        let secret = vault.vault.get(&reader, &path("dev/A"), Which::CURRENT).await.unwrap();
        let entries = newest(&vault, 20).await;
        let wanted = entries.iter().rfind(|entry| entry.action == "secret_get").unwrap();
        // What does not give the value is no read of it.
        vault.vault.get(&stranger, &path("dev/A"), Which::CURRENT).await.unwrap_err();
        vault.vault.get(&reader, &path("dev/A"), Which::Number(secret.version().next())).await.unwrap_err();
        for at in 0..13 {
            let read = last("dev/A").await.unwrap();
            assert_eq!((&read.entry, &read.by), (&wanted.id.to_string(), &wanted.actor.id), "after {at}");
            assert_eq!(read.version, Some(1));
            if at == 0 {
                // From here on in the log: in its last pack, then in one that is full, and then behind others.
                integrate().await;
            }
            for _ in 0..70 {
                vault.vault.get(&owner, &path("dev/B"), Which::CURRENT).await.unwrap();
            }
            if at % 3 == 0 {
                integrate().await;
            }
        }
        assert!(last("dev/B").await.is_some_and(|read| read.by == "0".repeat(32)));
    });
}
