//! `X-Coffer-Message`, at every route that there is, and through the client.

use coffer_engine::audit::EntryFilter;
use coffer_engine::block_on;
use coffer_engine::testkit::{TestVault, clock_at};
use coffer_server::Embedded;
use coffer_server::routes::ROUTES;
use coffer_wire::Value;
use coffer_wire::client::{Client, Expect};
use coffer_wire::secret::SecretWrite;

use super::once::{actions, stage};
use super::routes::{is_of_the_instance, target, unlock};
use super::world::{NOW, World, op, over};

const WHY: &str = "x-coffer-message";

#[tokio::test]
async fn every_change_says_why() {
    let mut explained = 0;
    for route in ROUTES {
        let changes = route.method != "GET" && actions(route).iter().any(|action| action.changes());
        assert_eq!(route.is_explained(), changes, "{} changes something", route.operation);
        // What seals the store leaves nobody to ask the log.
        if !route.is_explained() || route.operation == "store_seal" {
            continue;
        }
        let stage = stage(route).await;
        let reply = stage.send(route, &[(WHY, "gr%C3%B6%C3%9Fer, 100%25")]).await;
        assert!(reply.status.is_success(), "{}: {reply:?}", route.operation);
        unlock(&stage.world, route).await;
        let of_instance = is_of_the_instance(route);
        let (asking, all) = (op(), EntryFilter::default());
        let log = stage.world.vault.audit_query(&asking, &all, None, 1000, of_instance);
        let log = log.await.unwrap().entries;
        // What the vault does of itself behind it, it does for no reason that anybody gives.
        let own = log.iter().rev().find(|entry| entry.action == actions(route)[0].name());
        let own = own.expect("it has its entry");
        assert_eq!(own.message.as_deref(), Some("gr\u{f6}\u{df}er, 100%"), "{}", route.operation);
        explained += 1;
    }
    assert!(explained > 20, "{explained}");
}

#[tokio::test]
async fn what_can_not_be_read_changes_nothing() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.owner);
    let before = world.entries(&op(), false).await;
    let path = "/api/v1/secrets/prod/db/PASSWORD";
    let over = over(path);
    let long = "x".repeat(4097);
    for (wrong, code) in [
        ("100%", "message.encoding"),
        ("%ff", "message.encoding"),
        ("one%0Atwo", "remark.character"),
        (" ", "remark.empty"),
        (&long, "remark.too_long"),
    ] {
        let headers = [("authorization", bearer.as_str()), (WHY, wrong)];
        let reply = world.ask_with("PUT", &over, &headers, r#"{"value":"another"}"#).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, code));
        assert!(!String::from_utf8_lossy(&reply.body).contains(wrong.trim()) || wrong == " ", "{reply:?}");
        // Where nothing is changed it means nothing.
        assert_eq!(world.ask_with("GET", path, &headers, "").await.status.as_u16(), 200);
    }
    let new = world.entries_since(&before, false).await;
    assert!(new.iter().all(|entry| entry.ends_with("secret_get done")) && new.len() == 5, "{new:?}");
}

/// What a stranger sends is no better for being explained: the refusal says why he tried.
#[tokio::test]
async fn a_refusal_says_why_too() {
    let world = World::new().await;
    let nobody = world.token(&op(), "nobody", &[], false).await;
    let headers = [("authorization", format!("Bearer {nobody}")), (WHY, "please".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let route = ROUTES.iter().find(|route| route.operation == "secret_remove").unwrap();
    let reply = world.ask_with(route.method, &target(route), &headers, "").await;
    assert_eq!(reply.status.as_u16(), 403);
    let log = world.vault.audit_query(&op(), &EntryFilter::default(), None, 1000, false).await.unwrap();
    let refused = log.entries.iter().find(|entry| entry.outcome == "refused").unwrap();
    assert_eq!(refused.message.as_deref(), Some("please"));
}

#[test]
fn the_client_says_what_it_was_told() {
    let vault = block_on(TestVault::in_memory()).unwrap().vault;
    let owner = std::sync::Arc::new(coffer_engine::op::Session::new("maya", []).unwrap());
    let said = "  \"gr\u{f6}\u{df}er\" %41 100 % \u{1f511}, 'why'? ";
    let embedded = Embedded::new(vault, clock_at(NOW), owner).unwrap();
    let client = Client::new(embedded, "default").because(said);
    let write = SecretWrite { value: Some(Value::Bytes(b"one".to_vec().into())), ..SecretWrite::default() };
    client.secret_set("dev/A", &write, Expect::Nothing).unwrap();
    let history = client.secret_history("dev/A").unwrap();
    assert_eq!(history.versions[0].message.as_deref(), Some(said));
}
