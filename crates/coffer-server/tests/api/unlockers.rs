//! Unlockers, and the check of the store, over HTTP.

use std::path::Path;
use std::sync::Arc;

use axum::http::StatusCode;
use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::Vault;
use coffer_engine::access::Role;
use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::clock_at;
use coffer_engine::unlock::{KeyFile, Passphrase, Unlocker};
use coffer_engine::vault::{OpenOptions, Settings};
use serde_json::{Value as Json, json};

use super::world::{NOW, Reply, UNBOUNDED, World, op};

/// A served store, and an operator of the instance.
struct Operated {
    world: World,
    storage: Arc<MemoryStorage>,
    operator: String,
}

impl Operated {
    async fn new() -> Self {
        let storage = MemoryStorage::new(clock_at(NOW));
        let world = World::over(Arc::clone(&storage) as Arc<dyn Storage>, UNBOUNDED).await;
        let operator = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
        Self { world, storage, operator }
    }

    async fn ask(&self, method: &str, at: &str, body: String) -> Reply {
        let bearer = format!("Bearer {}", self.operator);
        let target = format!("/api/v1/unlockers{at}");
        self.world.ask_with(method, &target, &[("authorization", &bearer)], body).await
    }

    async fn add(&self, unlocker: Json) -> Reply {
        self.ask("POST", "", unlocker.to_string()).await
    }

    async fn kinds(&self) -> Vec<String> {
        let listed = self.ask("GET", "", String::new()).await.json();
        let mut kinds: Vec<String> = listed["unlockers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|unlocker| unlocker["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.sort_unstable();
        kinds
    }

    async fn opens(&self, unlocker: &dyn Unlocker) -> bool {
        let options = OpenOptions { unlockers: &[unlocker], settings: Settings::default() };
        Vault::open(Arc::clone(&self.storage) as Arc<dyn Storage>, options).await.is_ok()
    }
}

fn passphrase(words: &str) -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(words.as_bytes()), PassphraseIterations::DEFAULT)
}

fn made_key_file() -> (tempfile::TempDir, KeyFile, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/master.key");
    let file = KeyFile::create(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    (folder, file, text)
}

#[tokio::test]
async fn each_unlocker_that_was_set_up_opens_the_store_until_it_is_removed() {
    let store = Operated::new().await;
    let (_folder, file, text) = made_key_file();
    let words = passphrase("six words that nobody guesses");
    assert!(!store.opens(&file).await && !store.opens(&words).await);
    let made = store.add(json!({ "key_file": text })).await;
    assert_eq!((made.status, made.json()["kind"].as_str()), (StatusCode::CREATED, Some("key-file")));
    let reply = store.add(json!({ "passphrase": "six words that nobody guesses" })).await;
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    assert!(store.opens(&file).await && store.opens(&words).await);
    assert_eq!(store.kinds().await, ["key-file", "passphrase", "passphrase"]);
    assert_eq!(store.ask("DELETE", &format!("/{id}"), String::new()).await.json(), json!({ "erased": true }));
    assert!(store.opens(&file).await && !store.opens(&words).await);
    let reply = store.ask("DELETE", &format!("/{id}"), String::new()).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_FOUND, "unlocker.not_found"));
    assert_eq!(store.ask("DELETE", "/first", String::new()).await.code(), "unlocker.id");
    let listed = store.ask("GET", "", String::new()).await.json();
    let others = listed["unlockers"].as_array().unwrap().iter().filter(|one| one["kind"] == "passphrase");
    for other in others {
        let at = format!("/{}", other["id"].as_str().unwrap());
        assert_eq!(store.ask("DELETE", &at, String::new()).await.status, StatusCode::OK);
    }
    let at = format!("/{}", made.json()["id"].as_str().unwrap());
    let reply = store.ask("DELETE", &at, String::new()).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "unlocker.last"));
}

#[tokio::test]
async fn what_is_no_unlocker_is_refused_and_not_repeated() {
    let store = Operated::new().await;
    let (_folder, _file, text) = made_key_file();
    let damaged = text.replace("coffer-key-1 ", "coffer-key-1 0");
    for (unlocker, code) in [
        (json!({ "passphrase": "m4rk3d" }), "passphrase.too_short"),
        (json!({ "key_file": damaged }), "key_file.damaged"),
        (json!({ "key_file": "m4rk3d" }), "key_file.damaged"),
        (json!({}), "body.invalid"),
        (json!({ "passphrase": "six words that nobody guesses", "key_file": text }), "body.invalid"),
        (json!({ "shares": ["m4rk3d"] }), "body.invalid"),
    ] {
        let reply = store.add(unlocker).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, code));
        assert!(!String::from_utf8(reply.body).unwrap().contains("m4rk3d"));
    }
    assert_eq!(store.kinds().await, ["passphrase"]);
}

#[tokio::test]
async fn a_key_file_does_not_take_the_place_of_another_of_its_id() {
    let store = Operated::new().await;
    let (_folder, file, text) = made_key_file();
    let (_other_folder, _, other) = made_key_file();
    assert_eq!(store.add(json!({ "key_file": text })).await.status, StatusCode::CREATED);
    assert_eq!(store.add(json!({ "key_file": text })).await.status, StatusCode::CREATED, "the same again");
    // Another key under the id of the first: its check is right too.
    let id = text.lines().last().unwrap().split(' ').nth(1).unwrap();
    let key = other.lines().last().unwrap().split(' ').nth(2).unwrap();
    let both: Vec<u8> = (0..96)
        .step_by(2)
        .map(|at| u8::from_str_radix(&[id, key].concat()[at..at + 2], 16).unwrap())
        .collect();
    let check: String =
        coffer_encryption::hash::sha256(&both)[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    let forged = format!("coffer-key-1 {id} {key} {check}\n");
    assert!(KeyFile::of_text(forged.as_bytes(), Path::new("forged")).is_ok());
    let reply = store.add(json!({ "key_file": forged })).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "name.exists"));
    assert!(store.opens(&file).await);
}

/// T-D6: who may not has no key derived. What it costs is measured in what is derived, not in time.
#[tokio::test]
async fn t_d6_who_may_not_has_nothing_derived() {
    let store = Operated::new().await;
    let admin = store.world.token(&op(), "admin", &[(Role::Admin, "**")], true).await;
    let body = json!({ "passphrase": "short" }).to_string();
    let ask = async |token: &str| {
        let headers = [("authorization", format!("Bearer {token}"))];
        let headers = [(headers[0].0, headers[0].1.as_str())];
        store.world.ask_with("POST", "/api/v1/unlockers", &headers, body.clone()).await.code()
    };
    // That it is too short is said where it is derived: who hears something else did not come so far.
    assert_eq!(ask(&store.operator).await, "passphrase.too_short");
    assert_eq!(ask(&admin).await, "access.denied");
    assert_eq!(ask(&store.world.owner).await, "token.invalid");
    assert_eq!(ask(&format!("coffer_{}", "A".repeat(48))).await, "token.invalid");
}

#[tokio::test]
async fn the_store_is_checked() {
    let store = Operated::new().await;
    let report = store.world.ask("POST", "/api/v1/store/check", "").await.json();
    assert_eq!((&report["sound"], &report["problems"]), (&json!(true), &json!([])));
    assert_eq!((&report["secrets"], &report["versions"]), (&json!(2), &json!(2)));
    assert!(report["entries"].as_u64().unwrap() > 4);
}
