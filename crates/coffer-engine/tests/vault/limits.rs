//! Where something grows without an end in sight, it meets its limit with a clear error, and there is a way back.

use coffer_engine::audit::EntryFilter;
use coffer_engine::limits::{UNDO_MAX, VERSIONS_MAX};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::version::Which;

use crate::support::{coded, number, path, text};

/// The entry of a destruction names what it deletes; all of that in one entry once was longer than a row takes, and a secret
/// with many versions could not be destroyed. And a destroyed version once counted like a living one, so that nothing made room.
#[test]
fn a_secret_full_of_versions_can_be_thinned_out_and_destroyed() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let last = VERSIONS_MAX as u64;
        for version in 1..=last {
            assert_eq!(vault.set("dev/A", &version.to_string()).await.unwrap().version, number(version));
        }
        assert_eq!(coded(vault.set("dev/A", "one more").await).err(), Some("secret.too_many_versions"));

        // The newest goes, and its number is gone with it: a cache may still hold what it was.
        assert_eq!(vault.vault.undo(&op, &path("dev/A")).await.unwrap(), Some(number(last - 1)));
        vault.vault.destroy(&op, &path("dev/A"), Some(number(last))).await.unwrap();
        assert_eq!(vault.set("dev/A", "one more").await.unwrap().version, number(last + 1));
        assert_eq!(text(&vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap()), "one more");
        assert_eq!(coded(vault.set("dev/A", "and another").await).err(), Some("secret.too_many_versions"));

        // The oldest goes.
        vault.vault.destroy(&op, &path("dev/A"), Some(number(1))).await.unwrap();
        assert_eq!(vault.set("dev/A", "and another").await.unwrap().version, number(last + 2));
        assert_eq!(vault.vault.history(&op, &path("dev/A")).await.unwrap().versions.len(), VERSIONS_MAX);

        assert_eq!(vault.vault.destroy(&op, &path("dev/A"), None).await.unwrap().versions, VERSIONS_MAX);
        assert_eq!(
            coded(vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await).err(),
            Some("secret.not_found")
        );
        let filter = EntryFilter { action: Some("secret_destroy".to_owned()), ..EntryFilter::default() };
        let log = vault.vault.audit_query(&op, &filter, None, usize::MAX, false).await.unwrap().entries;
        let named = |version: u64| log.iter().filter(|entry| entry.version == Some(version)).count();
        assert!((1..=last + 2).all(|version| named(version) == 1), "each version is destroyed once");
    });
}

#[test]
fn the_oldest_change_is_the_first_that_undo_forgets() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let changes = UNDO_MAX as u64 + 5;
        for version in 1..=changes {
            vault.set("dev/A", &version.to_string()).await.unwrap();
        }
        for version in (5..changes).rev() {
            assert_eq!(vault.vault.undo(&op, &path("dev/A")).await.unwrap(), Some(number(version)));
        }
        assert_eq!(coded(vault.vault.undo(&op, &path("dev/A")).await), Err("undo.nothing"));
        assert_eq!(text(&vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap()), "5");
    });
}
