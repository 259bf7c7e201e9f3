//! Sealed and unsealed: the keys leave the memory, and come back to who has an unlocker.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Storage, StorageError};
use coffer_engine::testkit::{Hooked, TestVault, clock_at};
use coffer_engine::unlock::{KeyFile, Passphrase};
use coffer_server::limits::Rate;
use coffer_server::{Form, Service, ServiceOptions};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};

use super::world::{NOW, Reply, UNBOUNDED, World, op};

const SECRET: &str = "/api/v1/secrets/prod/db/PASSWORD";
const NEVER: Rate = Rate { per_second: 0, burst: 0 };

fn unseal(words: &str) -> String {
    json!({ "passphrase": words }).to_string()
}

/// What the instance's log says of seals: outcome, who, and the detail.
async fn seals(world: &World) -> Vec<(String, String, String, Json)> {
    let log = world.vault.audit_query(&op(), &EntryFilter::default(), None, 10_000, true).await.unwrap();
    let of_seals = log.entries.into_iter().filter(|entry| entry.action.contains("seal"));
    let line = |entry: coffer_engine::audit::LoggedEntry| {
        (entry.action, entry.outcome, entry.actor.via, entry.detail.unwrap_or_default())
    };
    of_seals.map(line).collect()
}

/// The service alone holds the store, as in a server's process; its owner's token, and the operator's.
async fn alone(seal_time: std::time::Duration) -> (Service, String, String) {
    let storage = MemoryStorage::new(clock_at(NOW));
    let World { service, vault, owner } =
        World::over(storage, ServiceOptions { seal_time, ..UNBOUNDED }).await;
    let world = World { service, vault, owner };
    let operator = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    (world.service, world.owner, operator)
}

async fn ask(service: &Service, token: &str, method: &str, target: &str, body: &str) -> Reply {
    let request = Request::builder().method(method).uri(target);
    let request = request.header("authorization", format!("Bearer {token}"));
    Reply::of(service.answer_here(request.body(Body::from(body.to_owned())).unwrap()).await).await
}

#[tokio::test]
async fn a_seal_is_answered_when_the_last_handle_is_gone() {
    let (service, owner, operator) = alone(std::time::Duration::from_secs(60)).await;
    assert_eq!(ask(&service, &owner, "GET", SECRET, "").await.status, StatusCode::OK);
    let watch = service.vault().unwrap().keys_gone();
    assert!(!watch.is_gone());
    let reply = ask(&service, &operator, "POST", "/api/v1/seal", "").await;
    assert_eq!(reply.json(), json!({ "keys_forgotten": true }));
    assert!(watch.is_gone(), "nothing holds the keys");
    assert_eq!(ask(&service, &owner, "GET", SECRET, "").await.code(), "server.sealed");
    let words = unseal("correct horse battery staple");
    assert_eq!(ask(&service, "", "POST", "/api/v1/unseal", &words).await.status, StatusCode::NO_CONTENT);
    assert!(ask(&service, &owner, "GET", SECRET, "").await.body.ends_with(b"\"value\":\"hunter2\"}"));
}

/// A request that waits for the storage holds the keys: it is answered, then the seal.
#[tokio::test]
async fn requests_under_way_end_first() {
    let (memory, gate) = (MemoryStorage::new(clock_at(NOW)), Arc::new(tokio::sync::Semaphore::new(0)));
    let (entered, mut has_entered) = tokio::sync::mpsc::unbounded_channel();
    let held = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (at_gate, holds) = (Arc::clone(&gate), Arc::clone(&held));
    let storage = super::gate::Gated::new(memory, move || {
        let (gate, entered) = (Arc::clone(&at_gate), entered.clone());
        let is_held = holds.swap(false, std::sync::atomic::Ordering::AcqRel);
        Box::pin(async move {
            if is_held {
                entered.send(()).unwrap();
                gate.acquire().await.unwrap().forget();
            }
        })
    });
    let options = ServiceOptions { seal_time: std::time::Duration::from_secs(60), ..UNBOUNDED };
    let world = World::over(storage, options).await;
    let operator = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    let World { service, vault, owner } = world;
    let watch = vault.keys_gone();
    drop(vault);
    held.store(true, std::sync::atomic::Ordering::Release);
    let (reader, sealer) = (service.clone(), service.clone());
    let read = tokio::spawn(async move { ask(&reader, &owner, "GET", "/api/v1/tokens", "").await });
    has_entered.recv().await.unwrap();
    let mut sealed = tokio::spawn(async move { ask(&sealer, &operator, "POST", "/api/v1/seal", "").await });
    while service.vault().is_some() {
        tokio::task::yield_now().await;
    }
    assert!(!watch.is_gone() && !sealed.is_finished(), "the read holds the keys");
    gate.add_permits(1);
    assert_eq!(read.await.unwrap().status, StatusCode::OK);
    let reply = (&mut sealed).await.unwrap();
    assert_eq!(reply.json(), json!({ "keys_forgotten": true }));
    assert!(watch.is_gone());
}

#[tokio::test]
async fn whoever_still_holds_the_keys_is_said() {
    let world = World::new().await;
    assert_eq!(world.seal().await.json(), json!({ "keys_forgotten": false }), "this test holds them");
}

#[tokio::test]
async fn t_l3_both_are_in_the_log_of_the_instance() {
    let world = World::new().await;
    world.seal().await;
    for _ in 0..2 {
        let reply = world.ask_with("POST", "/api/v1/unseal", &[], unseal("a passphrase of another")).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "unseal.refused"));
        assert_eq!(reply.header("x-coffer-audit-id"), "", "there is no key to write an entry with");
    }
    let reply = world.unseal().await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert!(!reply.header("x-coffer-audit-id").is_empty());
    let unlocker = world.vault.unlockers(&op()).await.unwrap()[0].id;
    let hex: String = unlocker.iter().map(|byte| format!("{byte:02x}")).collect();
    let done = |action: &str, via: &str, detail: Json| {
        (action.to_owned(), "done".to_owned(), via.to_owned(), detail)
    };
    let detail = json!({ "failed": 2, "unlocker": hex });
    assert_eq!(
        seals(&world).await,
        [done("store_seal", "token", Json::Null), done("store_unseal", "unlocker", detail)]
    );
    // Once told, they are not told again.
    let operator = world.another_token(&op(), "who seals", true).await;
    assert_eq!(world.ask_as(&operator, "POST", "/api/v1/seal").await.status, StatusCode::OK);
    assert_eq!(world.unseal().await.status, StatusCode::NO_CONTENT);
    assert_eq!(seals(&world).await[3].3["failed"], 0);
}

#[tokio::test]
async fn t_d2_who_may_not_seals_nothing() {
    let world = World::new().await;
    for role in [Role::Admin, Role::Writer, Role::Auditor] {
        let token = world.token(&op(), role.name(), &[(role, "**")], true).await;
        assert_eq!(world.ask_as(&token, "POST", "/api/v1/seal").await.code(), "access.denied", "{role:?}");
    }
    // Of a tenant, whatever its power there.
    assert_eq!(world.ask("POST", "/api/v1/seal", "").await.code(), "token.invalid");
    let reply = world.unseal().await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "server.not_sealed"));
    assert_eq!(world.ask("GET", SECRET, "").await.status, StatusCode::OK);
}

/// Law 2: no entry, no effect.
#[tokio::test]
async fn t_l4_without_an_entry_it_stays_as_it_is() {
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_broken = Arc::clone(&broken);
    let storage = Hooked::new(MemoryStorage::new(clock_at(NOW)), move |_, _| {
        is_broken.load(std::sync::atomic::Ordering::Acquire).then_some(Err(StorageError::Full))
    });
    let world = World::over(storage, UNBOUNDED).await;
    let operator = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    let set = |to| broken.store(to, std::sync::atomic::Ordering::Release);
    set(true);
    assert_eq!(world.ask_as(&operator, "POST", "/api/v1/seal").await.code(), "audit.unavailable");
    set(false);
    assert_eq!(world.ask("GET", SECRET, "").await.status, StatusCode::OK);
    assert_eq!(world.ask_as(&operator, "POST", "/api/v1/seal").await.status, StatusCode::OK);
    set(true);
    assert_eq!(world.unseal().await.code(), "audit.unavailable");
    assert_eq!(world.ask("GET", SECRET, "").await.code(), "server.sealed");
    set(false);
    assert_eq!(world.unseal().await.status, StatusCode::NO_CONTENT);
}

/// T-A13, T-D6: whatever is near, the answer is the same.
#[tokio::test]
async fn what_does_not_open_the_store_is_answered_alike() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (folder.path().join("a/master.key"), folder.path().join("b/master.key"));
    let key = KeyFile::create(&mine).unwrap();
    world.vault.unlocker_add(&op(), &key).await.unwrap();
    KeyFile::create(&other).unwrap();
    world.seal().await;
    let text = |path| std::fs::read_to_string(path).unwrap();
    // The right id with another key: the check is made for it.
    let forged = {
        let (mine, other) = (text(&mine), text(&other));
        let word = |text: &str, at| text.lines().last().unwrap().split(' ').nth(at).unwrap().to_owned();
        let (id, key) = (word(&mine, 1), word(&other, 2));
        let raw: Vec<u8> = [id.as_str(), key.as_str()]
            .concat()
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let sum = coffer_encryption::hash::sha256(&raw);
        let sum: String = sum[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("coffer-key-1 {id} {key} {sum}\n")
    };
    let mut seen = Vec::new();
    for body in [
        unseal("correct horse battery staplf"),
        unseal("short"),
        unseal(&"x".repeat(4096)),
        json!({ "key_file": text(&other) }).to_string(),
        json!({ "key_file": forged }).to_string(),
    ] {
        let reply = world.ask_with("POST", "/api/v1/unseal", &[], body).await;
        assert_eq!(reply.code(), "unseal.refused");
        seen.push(reply.without_ids());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    for (body, code) in [
        ("{}", "unseal.one"),
        (r#"{"passphrase":"x","key_file":"y"}"#, "unseal.one"),
        (r#"{"key_file":"nonsense"}"#, "key_file.damaged"),
        (r#"{"words":"x"}"#, "body.invalid"),
    ] {
        assert_eq!(world.ask_with("POST", "/api/v1/unseal", &[], body).await.code(), code, "{body}");
    }
    let body = json!({ "key_file": text(&mine) }).to_string();
    let reply = world.ask_with("POST", "/api/v1/unseal", &[], body).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask("GET", SECRET, "").await.status, StatusCode::OK);
}

/// T-D6: attempts have a budget, of a source and of all. T-D2: it is spent, and nobody's work is lost by another's.
#[tokio::test]
async fn t_d6_derivations_have_a_budget() {
    let few = Rate { per_second: 0, burst: 3 };
    let world = World::over(
        MemoryStorage::new(clock_at(NOW)),
        ServiceOptions { unseal_source_rate: few, ..UNBOUNDED },
    )
    .await;
    world.seal().await;
    let ask = async |source: &str, words: &str| {
        let request = Request::builder().method("POST").uri("/api/v1/unseal");
        let request = request.body(Body::from(unseal(words))).unwrap();
        Reply::of(world.service.answer(source.parse().unwrap(), request).await).await
    };
    for _ in 0..3 {
        assert_eq!(ask("192.0.2.1", "a passphrase of another").await.code(), "unseal.refused");
    }
    let reply = ask("192.0.2.1", "correct horse battery staple").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "unseal.too_many_attempts"));
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(ask("192.0.2.2", "correct horse battery staple").await.status, StatusCode::NO_CONTENT);
    // They are failures of the source like any other.
    let metrics = world.service.metrics(Form::OpenMetrics).await;
    assert!(metrics.contains("coffer_unauthenticated_total{reason=\"unseal.refused\"} 3"), "{metrics}");
}

#[tokio::test]
async fn t_d6_who_has_the_key_file_comes_in_whatever_passphrases_others_try() {
    let options = ServiceOptions { unseal_rate: NEVER, ..UNBOUNDED };
    let world = World::over(MemoryStorage::new(clock_at(NOW)), options).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/master.key");
    world.vault.unlocker_add(&op(), &KeyFile::create(&path).unwrap()).await.unwrap();
    world.seal().await;
    let reply = world.unseal().await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "unseal.busy"));
    let body = json!({ "key_file": std::fs::read_to_string(&path).unwrap() }).to_string();
    let reply = world.ask_with("POST", "/api/v1/unseal", &[], body).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_store_that_was_never_open_here_waits_for_its_passphrase() {
    let storage: Arc<dyn Storage> = MemoryStorage::new(clock_at(NOW));
    let store = TestVault::over(storage).await.unwrap();
    let another = SecretBytes::copy_from(b"another long passphrase");
    let another = Passphrase::new(another, PassphraseIterations::cheap_for_tests());
    store.vault.unlocker_add(&op(), &another).await.unwrap();
    let service = Service::sealed(store.vault.without_keys(), clock_at(NOW), UNBOUNDED);
    let world = World { service, vault: store.vault, owner: String::new() };
    let reply = world.ask_with("GET", "/health/ready", &[], "").await;
    assert_eq!(reply.json()["reason"], "server.sealed");
    assert!(world.service.metrics(Form::OpenMetrics).await.contains("coffer_sealed 1"));
    let reply = world.ask_with("POST", "/api/v1/unseal", &[], unseal("another long passphrase")).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask_with("GET", "/health/ready", &[], "").await.status, StatusCode::OK);
}

/// It would hold the keys for as long as somebody takes it.
#[tokio::test]
async fn an_export_under_way_ends_with_a_seal() {
    let world = World::new().await;
    let begin = async || {
        let request =
            Request::get("/api/v1/audit/export").header("authorization", format!("Bearer {}", world.owner));
        let answer = world.service.answer_here(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let mut body = answer.into_body();
        assert!(body.frame().await.unwrap().is_ok(), "the checkpoint");
        body
    };
    let mut control = begin().await;
    assert!(control.frame().await.unwrap().is_ok());
    let mut sealed = begin().await;
    world.seal().await;
    for body in [&mut control, &mut sealed] {
        assert!(body.frame().await.unwrap().is_err());
        assert!(body.frame().await.is_none(), "and holds nothing any more");
    }
}
