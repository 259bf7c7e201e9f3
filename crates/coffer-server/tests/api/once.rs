//! `Idempotency-Key`, at every route that there is.

use std::sync::Arc;

use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::action::Action;
use coffer_engine::op::Session;
use coffer_engine::path::FolderPath;
use coffer_engine::unlock::Passphrase;
use coffer_server::routes::{Audit, ROUTES, Route};
use serde_json::Value as Json;

use super::factors;
use super::routes::{body, has_to_show_more, is_of_the_instance, target, unlock};
use super::world::{Reply, World, op};

pub(super) fn actions(route: &Route) -> &'static [Action] {
    match route.audit {
        Audit::Entry(actions) => actions,
        Audit::InBody(_) | Audit::Nothing => &[],
    }
}

/// A world, a token that may everything, and a request for which there is something to do.
pub(super) struct Stage {
    pub(super) world: World,
    token: String,
    target: String,
    body: String,
}

impl Stage {
    /// Sends the request with these headers besides the token.
    pub(super) async fn send(&self, route: &Route, headers: &[(&str, &str)]) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        self.world.ask_with(route.method, &self.target, &all, self.body.clone()).await
    }
}

pub(super) async fn stage(route: &Route) -> Stage {
    let world = World::new().await;
    let mut token = match is_of_the_instance(route) {
        true => world.token(&op(), "operator", &[(Role::Owner, "**")], true).await,
        false => world.owner.clone(),
    };
    let mut target = target(route);
    if route.operation == "token_revoke" {
        // One that is not shown.
        let shown = world.vault.token_list(&op(), false).await.unwrap().pop().unwrap().id;
        world.another_token(&op(), "owner", false).await;
        let listed = world.vault.token_list(&op(), false).await.unwrap();
        let other = listed.iter().find(|token| token.id != shown).unwrap().id;
        target = format!("/api/v1/tokens/{other}");
    }
    if route.operation == "client_secret_revoke" {
        let made =
            world.ask("POST", "/api/v1/client-secrets", r#"{"member":"owner","ttl_seconds":60}"#).await;
        target = format!("/api/v1/client-secrets/{}", made.json()["about"]["id"].as_str().unwrap());
    }
    if route.operation == "unlocker_remove" {
        let another =
            Passphrase::new(SecretBytes::copy_from(b"six other words"), PassphraseIterations::DEFAULT);
        let id = world.vault.unlocker_add(&op(), &another).await.unwrap();
        target = format!("/api/v1/unlockers/{:032x}", u128::from_be_bytes(id));
    }
    if route.operation == "audit_forget" {
        let session = Some(Arc::new(Session::new("maya", []).unwrap()));
        world.vault.list(&Op { session, ..op() }, &FolderPath::root(), false).await.unwrap();
    }
    let mut body = body(&world, route).await;
    if route.operation == "password_set" {
        // By who has signed in with a code: no password was set before.
        let code = world.ask("POST", "/api/v1/codes", r#"{"member":"owner"}"#).await.json();
        let shown = serde_json::json!({ "code": code["code"] }).to_string();
        token =
            world.ask("POST", "/api/v1/sign-in", shown).await.json()["token"].as_str().unwrap().to_owned();
        r#"{"new":"it is changed by now"}"#.clone_into(&mut body);
    }
    if let Some(shown) = factors::staged(&world, route.operation).await {
        (token, body) = shown;
    }
    Stage { world, token, target, body }
}

/// What changes something, and needs no key: asked for again it finds nothing to do, or gives the caller another one.
const NEEDS_NO_KEY: [&str; 8] = [
    "audit_prune",
    "file_seal",
    "store_seal",
    "password_set",
    "factor_enrol",
    "factor_confirm",
    "factor_remove_own",
    "tenant_lock",
];

#[tokio::test]
async fn every_change_happens_once_for_one_key() {
    for route in ROUTES {
        let changes = route.method != "GET" && actions(route).iter().any(|action| action.changes());
        assert_eq!(
            route.happens_once(),
            changes && !NEEDS_NO_KEY.contains(&route.operation),
            "{} changes something, and takes no key",
            route.operation
        );
        if !route.happens_once() {
            continue;
        }
        let stage = stage(route).await;
        let key = ("idempotency-key", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"");
        let first = stage.send(route, &[key]).await;
        assert!(first.status.is_success(), "{}: {first:?}", route.operation);
        assert_eq!(first.header("idempotency-replayed"), "", "{}", route.operation);
        let world = &stage.world;
        let done = world.entries(&op(), is_of_the_instance(route)).await.len();

        let again = stage.send(route, &[key]).await;
        match route.operation {
            "token_create" => {
                assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "idempotency.replayed"));
                assert_eq!(world.vault.token_list(&op(), false).await.unwrap().len(), 2, "one was made");
            }
            "member_code" | "client_secret_create" => {
                assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "idempotency.replayed"));
            }
            // Whoever shows it is nobody by now.
            "token_revoke_own" => {
                assert_eq!(again.code(), "token.invalid");
                continue;
            }
            _ => {
                assert_eq!(again.status, first.status, "{}", route.operation);
                assert_eq!(again.body, first.body, "{}", route.operation);
                assert_eq!(again.header("etag"), first.header("etag"), "{}", route.operation);
                assert_eq!(again.header("idempotency-replayed"), "true", "{} does it again", route.operation);
            }
        }
        let audited = again.header("x-coffer-audit-id");
        assert!(!audited.is_empty() && audited != first.header("x-coffer-audit-id"), "{}", route.operation);
        let entries = world.entries(&op(), is_of_the_instance(route)).await.split_off(done);
        let own = entries.iter().find(|line| line.starts_with(audited)).expect("it has its entry");
        assert!(own.ends_with(" replayed"), "{}: {own}", route.operation);

        // Another request: it is made for another reason.
        let other = stage.send(route, &[key, ("x-coffer-message", "why")]).await;
        assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "idempotency.mismatch"));
        for wrong in ["", "two words", &"k".repeat(129)] {
            let refused = stage.send(route, &[("idempotency-key", wrong)]).await;
            assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "idempotency.key"));
        }
        let twice = stage.send(route, &[key, ("idempotency-key", "another")]).await;
        assert_eq!(twice.code(), "idempotency.key", "{}", route.operation);
    }
}

#[tokio::test]
async fn where_nothing_is_changed_a_key_means_nothing() {
    let asks_for_a_token = |route: &&Route| !matches!(route.audit, Audit::InBody(_));
    for route in ROUTES.iter().filter(|route| !route.happens_once()).filter(asks_for_a_token) {
        let stage = stage(route).await;
        for key in ["k", "k", "not a key"] {
            let reply = stage.send(route, &[("idempotency-key", key)]).await;
            assert_eq!(reply.header("idempotency-replayed"), "", "{}", route.operation);
            // A code is good once.
            let is_unproved = has_to_show_more(route, &reply);
            assert!(is_unproved || !reply.status.is_client_error(), "{}: {reply:?}", route.operation);
            unlock(&stage.world, route).await;
        }
    }
}

/// The owner of a key is the member: a token that was replaced, or renewed, changes nothing; another member's is another key.
#[tokio::test]
async fn a_key_is_the_members_and_the_body_counts_byte_for_byte() {
    let world = World::new().await;
    let put = async |token: &str, body: &'static str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let reply =
            world.ask_with("PUT", "/api/v1/secrets/prod/db/USER?overwrite=true", &headers, body).await;
        let version = match reply.status.is_success() {
            true => reply.json()["version"].clone(),
            false => Json::from(reply.code()),
        };
        (version, reply.header("idempotency-replayed").to_owned())
    };
    let body = r#"{"value":"changed"}"#;
    let (done, replayed) = (String::new(), "true".to_owned());
    assert_eq!(put(&world.owner, body).await, (2.into(), done.clone()));
    assert_eq!(world.ask("POST", "/api/v1/token/renew", "").await.status, 200);
    assert_eq!(put(&world.owner, body).await, (2.into(), replayed.clone()));
    let replaced = world.another_token(&op(), "owner", false).await;
    assert_eq!(put(&replaced, body).await, (2.into(), replayed));
    let another = world.token(&op(), "writer", &[(Role::Writer, "**")], false).await;
    assert_eq!(put(&another, body).await, (3.into(), done.clone()));
    for other in [r#"{"value":"other"}"#, r#"{"value": "changed"}"#] {
        assert_eq!(put(&world.owner, other).await, ("idempotency.mismatch".into(), done.clone()));
    }
    // What was withdrawn is not answered from what was given before.
    let change = r#"{"grants":[]}"#;
    assert_eq!(world.ask("PATCH", "/api/v1/members/writer", change).await.status, 204);
    assert_eq!(put(&another, body).await, ("access.denied".into(), done));
}
