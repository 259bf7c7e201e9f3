//! Who watches: what he is told is decided for each path, when he is told it.

use coffer_engine::access::Role;
use coffer_engine::block_on;
use coffer_engine::testkit::TestVault;
use coffer_engine::vault::Changes;
use coffer_engine::{Actor, Op};

use crate::support::{coded, folder, newest, op_in};

fn op() -> Op {
    TestVault::op().unwrap()
}

/// What the newest part of the log says.
async fn newest_part(store: &TestVault) -> Changes {
    let end = store.vault.changes_end(&op()).await.unwrap();
    store.vault.changes_at(&op(), end - 1).await.unwrap()
}

async fn told(store: &TestVault, op: &Op, below: &str, from: u64) -> Result<Vec<String>, &'static str> {
    let part = newest_part(store).await;
    let told = store.vault.secret_watch_on(op, &folder(below), Some(&part), from).await;
    coded(told.map(|told| told.into_iter().map(|change| change.path.as_str().to_owned()).collect()))
}

#[test]
fn each_path_is_decided_for_itself_and_anew() {
    block_on(async {
        let store = TestVault::in_memory().await.unwrap();
        let member =
            store.member(7, &[(Role::Auditor, "dev/**"), (Role::Reader, "prod/db/URL")]).await.unwrap();
        let from = store.vault.secret_watch(&member, &folder(""), None).await.unwrap();
        for path in ["dev/A", "prod/db/URL", "prod/db/URLS", "devil/A", "prod/B"] {
            store.set(path, "x").await.unwrap();
        }
        assert_eq!(told(&store, &member, "", from).await.unwrap(), ["dev/A", "prod/db/URL"]);
        assert_eq!(told(&store, &member, "prod", from).await.unwrap(), ["prod/db/URL"]);
        assert_eq!(told(&store, &member, "prod/db/URL", from).await.unwrap(), ["prod/db/URL"]);
        assert_eq!(told(&store, &op(), "prod/db", from).await.unwrap(), ["prod/db/URL", "prod/db/URLS"]);
        assert_eq!(
            told(&store, &op(), "", from + 5).await.unwrap(),
            ["prod/B"],
            "the entry before is his own"
        );
        store.member(7, &[(Role::Reader, "prod/**")]).await.unwrap();
        assert_eq!(
            told(&store, &member, "", from).await.unwrap().len(),
            3,
            "as it is now, not as it was then"
        );
        store.member(7, &[(Role::Reader, "elsewhere/**")]).await.unwrap();
        assert_eq!(told(&store, &member, "prod", from).await, Err("access.denied"));
        store.member(7, &[]).await.unwrap();
        assert_eq!(told(&store, &member, "", from).await, Err("access.denied"));
        let refused = newest(&store, 2).await;
        assert_eq!((refused[0].action.as_str(), refused[0].outcome.as_str()), ("secret_watch", "refused"));
    });
}

#[test]
fn who_may_list_nothing_there_may_not_watch() {
    block_on(async {
        let store = TestVault::in_memory().await.unwrap();
        let member = store.member(7, &[(Role::Reader, "dev/app/**")]).await.unwrap();
        let watch = async |below: &str| coded(store.vault.secret_watch(&member, &folder(below), None).await);
        for below in ["", "dev", "dev/app", "dev/app/below"] {
            assert!(watch(below).await.is_ok(), "{below}");
        }
        for below in ["prod", "dev/apple", "dev/other"] {
            assert_eq!(watch(below).await, Err("access.denied"), "{below}");
        }
        let nobody = store.member(8, &[]).await.unwrap();
        assert_eq!(coded(store.vault.secret_watch(&nobody, &folder(""), None).await), Err("access.denied"));
        // The vault itself reads for others; told is nobody by that.
        let system = Op { actor: Actor::System, ..op() };
        assert!(store.vault.secret_watch(&system, &folder(""), None).await.is_err());
    });
}

#[test]
fn what_did_not_happen_and_what_is_no_change_is_not_told() {
    block_on(async {
        let store = TestVault::in_memory().await.unwrap();
        let from = store.vault.secret_watch(&op(), &folder(""), None).await.unwrap();
        let reader = store.member(7, &[(Role::Reader, "**")]).await.unwrap();
        let refused = store.vault.set(&reader, crate::support::write("a/KEY", "x")).await;
        assert_eq!(coded(refused), Err("access.denied"));
        let absent = store.vault.remove(&op(), &crate::support::path("a/KEY")).await;
        assert_eq!(coded(absent), Err("secret.not_found"));
        store.set("a/KEY", "x").await.unwrap();
        store.vault.list(&op(), &folder("a"), true).await.unwrap();
        assert_eq!(told(&store, &op(), "", from).await.unwrap(), ["a/KEY"]);
    });
}

/// A part of one tenant's log tells nobody of another tenant anything.
#[test]
fn a_part_of_another_log_is_nobodys() {
    block_on(async {
        let store = TestVault::in_memory().await.unwrap();
        let acme = op_in("acme");
        store.vault.tenant_create(&op(), &acme.tenant).await.unwrap();
        store.set("a/KEY", "x").await.unwrap();
        let part = newest_part(&store).await;
        assert_eq!((part.first(), format!("{part:?}").contains("KEY")), (0, false));
        let told = store.vault.secret_watch_on(&op(), &folder(""), Some(&part), 0).await.unwrap();
        assert_eq!(told.len(), 1);
        let told = store.vault.secret_watch_on(&acme, &folder(""), Some(&part), 0).await.unwrap();
        assert_eq!(told, []);
    });
}
