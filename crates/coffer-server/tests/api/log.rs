//! The log over HTTP: read, followed, proved, published, kept.

use std::sync::Arc;

use axum::http::StatusCode;
use coffer_encryption::SigningKey;
use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::op::Session;
use coffer_engine::path::SecretPath;
use coffer_engine::version::Which;
use coffer_log::bundle::{VerifyOptions, verify as verify_bundle};
use coffer_log::proof::verify_consistency;
use coffer_log::{
    Checkpoint, Hash, KeyHistory, KeyName, Proof, SignatureType, SignedNote, VerifierKey, cosign,
};
use serde_json::{Value as Json, json};

use super::world::{World, op};

/// The log's keys, as an auditor gets them.
async fn history(world: &World) -> KeyHistory {
    let keys = world.ask("GET", "/api/v1/audit/keys", "").await.json();
    let notes: Vec<SignedNote> = keys["epochs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|epoch| SignedNote::parse(epoch["note"].as_str().unwrap()).unwrap())
        .collect();
    let history = KeyHistory::from_notes(&notes).unwrap();
    assert_eq!(keys["key"], history.genesis().to_string());
    history
}

async fn checkpoint(world: &World, to: &str) -> (SignedNote, Checkpoint) {
    let shown = world.ask("GET", &format!("/api/v1/audit/checkpoint?to={to}"), "").await.json();
    let note = SignedNote::parse(shown["note"].as_str().unwrap()).unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(shown["size"], checkpoint.size);
    (note, checkpoint)
}

async fn read(world: &World, op: &Op) {
    let path = SecretPath::parse("prod/db/USER").unwrap();
    world.vault.get(op, &path, Which::CURRENT).await.unwrap();
}

fn indexes(found: &Json) -> Vec<u64> {
    found["entries"].as_array().unwrap().iter().map(|entry| entry["index"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn an_entry_is_shown_and_proved_by_index_and_by_number() {
    let world = World::new().await;
    let listed = world.ask("GET", "/api/v1/audit/entries?leaves=true&action=secret_set", "").await.json();
    let entry = &listed["entries"][0];
    assert_eq!(world.ask("GET", "/api/v1/audit/entries", "").await.json()["entries"][0].get("leaf"), None);
    let history = history(&world).await;
    for name in [entry["index"].to_string(), entry["id"].as_str().unwrap().to_owned()] {
        let shown = world.ask("GET", &format!("/api/v1/audit/entries/{name}"), "").await.json();
        assert_eq!(
            (&shown["entry"], &shown["person"], &shown["forgotten"]),
            (entry, &Json::Null, &json!(false))
        );
        let proved = world.ask("GET", &format!("/api/v1/audit/proof/{name}"), "").await.json();
        assert_eq!((&proved["leaf"], &proved["index"]), (&entry["leaf"], &entry["index"]));
        let proof = Proof::parse(proved["proof"].as_str().unwrap()).unwrap();
        let leaf = proved["leaf"].as_str().unwrap();
        proof.verify_in(leaf.as_bytes(), &history).unwrap();
        proof.verify_in(leaf.replace("done", "none").as_bytes(), &history).unwrap_err();
    }
    for (name, code) in [("100000", "entry.not_found"), ("first", "entry.invalid")] {
        for kind in ["entries", "proof"] {
            let reply = world.ask("GET", &format!("/api/v1/audit/{kind}/{name}"), "").await;
            assert_eq!(reply.code(), code, "{kind}");
        }
    }
}

#[tokio::test]
async fn a_query_filters_by_decision() {
    let world = World::new().await;
    let member = world.token(&op(), "member", &[], false).await;
    world.ask_as(&member, "GET", "/api/v1/secrets/prod/db/USER").await;
    let found = world.ask("GET", "/api/v1/audit/entries?decision=refused", "").await.json();
    let outcomes: Vec<_> =
        found["entries"].as_array().unwrap().iter().map(|entry| &entry["outcome"]).collect();
    assert_eq!(outcomes, ["refused"]);
    assert_eq!(world.ask("GET", "/api/v1/audit/entries?decision=perhaps", "").await.code(), "query.invalid");
}

#[tokio::test]
async fn who_follows_leaves_one_entry_and_not_one_for_each_look() {
    let world = World::new().await;
    let follow = async |query: &str| {
        let reply = world.ask("GET", &format!("/api/v1/audit/follow?{query}"), "").await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        (reply.header("x-coffer-audit-id").to_owned(), reply.json())
    };
    let size = world.ask("GET", "/api/v1/audit/entries?limit=1", "").await.json()["size"].as_u64().unwrap();
    let (mut next, mut seen) = (size, Vec::new());
    for round in 0..4 {
        for _ in 0..round {
            read(&world, &op()).await;
        }
        let (entry, found) = follow(&format!("from={next}")).await;
        assert_eq!((entry.as_str(), indexes(&found).len()), ("", round));
        seen.extend(indexes(&found));
        next = found["next"].as_u64().unwrap();
    }
    assert_eq!(seen, (size..next).collect::<Vec<_>>(), "each once, and none of the looks");
    let (entry, found) = follow(&format!("from={size}&limit=4")).await;
    assert_eq!((entry.as_str(), indexes(&found)), ("", seen[..4].to_vec()), "what was read already");
    assert_eq!(found["next"], seen[4]);
    let (entry, found) = follow("from=0&action=secret_set&leaves=true").await;
    assert!(!entry.is_empty(), "what came before the entry that says so is read with one more");
    assert_eq!(found["entries"].as_array().unwrap().len(), 2);
    assert_eq!(follow("from=0&limit=1").await.0, "");
    let (entry, _) = follow("from=0&instance=false").await;
    assert_eq!(entry, "");
    let bearer = format!("Bearer {}", world.token(&op(), "auditor", &[(Role::Auditor, "**")], false).await);
    let target = format!("/api/v1/audit/follow?from={next}");
    let reply = world.ask_with("GET", &target, &[("authorization", &bearer)], "").await;
    assert!(!reply.header("x-coffer-audit-id").is_empty(), "another reader has an entry of his own");
}

#[tokio::test]
async fn the_log_goes_on_from_a_checkpoint_that_was_kept() {
    let world = World::new().await;
    let (kept, old) = checkpoint(&world, "somebody").await;
    read(&world, &op()).await;
    let (note, new) = checkpoint(&world, "somebody").await;
    assert!(new.size > old.size);
    let proof = async |old: u64, new: u64| {
        world.ask("GET", &format!("/api/v1/audit/consistency?old={old}&new={new}"), "").await
    };
    let shown = proof(old.size, new.size).await.json();
    let hashes: Vec<Hash> = shown["hashes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| Hash::from_base64(hash.as_str().unwrap()).unwrap())
        .collect();
    verify_consistency(old.size, &old.root, new.size, &new.root, &hashes).unwrap();
    assert_eq!(proof(new.size, old.size).await.code(), "consistency.sizes");
    assert_eq!(proof(0, 1_000_000).await.code(), "consistency.sizes");
    let verify = async |note: &SignedNote| {
        world
            .ask("POST", "/api/v1/audit/verify", json!({ "known": [note.to_string()] }).to_string())
            .await
            .json()
    };
    for note in [&kept, &note] {
        let report = verify(note).await;
        assert_eq!((&report["sound"], &report["problems"]), (&json!(true), &json!([])));
        assert!(report["records"].as_u64().unwrap() > 0);
    }
    let (foreign, _) = checkpoint(&World::new().await, "somebody").await;
    assert_eq!(verify(&foreign).await["sound"], false);
    assert_eq!(world.ask("POST", "/api/v1/audit/verify", "").await.json()["sound"], true);
    let many = json!({ "known": vec![note.to_string(); 65] });
    assert_eq!(world.ask("POST", "/api/v1/audit/verify", many.to_string()).await.code(), "body.too_many");
    assert_eq!(world.ask("POST", "/api/v1/audit/verify", r#"{"known":["?"]}"#).await.code(), "note.invalid");
}

#[tokio::test]
async fn what_a_witness_signed_is_kept_and_nothing_else() {
    let world = World::new().await;
    let witness = |name: &str| {
        let (key, name) = (SigningKey::generate().unwrap(), KeyName::parse(name).unwrap());
        let vkey =
            VerifierKey::new(name.clone(), SignatureType::CosignatureV1, key.public().unwrap()).unwrap();
        (key, name, vkey)
    };
    let ((key, name, vkey), other) = (witness("one.example/w"), witness("two.example/w"));
    let (note, old) = checkpoint(&world, "one").await;
    let line = cosign(&old, &name, &key, 1_800_000_000).unwrap().to_string();
    let foreign = checkpoint(&World::new().await, "one").await.0.to_string();
    let sent = |note: &str, line: &str, witness: &VerifierKey| {
        json!({ "to": "one", "note": note, "cosignatures": line, "witness": witness.to_string() }).to_string()
    };
    let publish = async |body: String| world.ask("POST", "/api/v1/audit/publish", body).await;
    for (body, code) in [
        (sent(&note.to_string(), &line, &other.2), "cosignature.invalid"),
        (sent(&note.to_string(), "nothing", &vkey), "cosignature.invalid"),
        (sent(&foreign, &line, &vkey), "checkpoint.invalid"),
        (json!({ "to": "", "note": note.to_string() }).to_string(), "remark.empty"),
        (json!({ "to": "one", "note": note.to_string(), "witness": "x" }).to_string(), "key.invalid"),
    ] {
        assert_eq!(publish(body).await.code(), code);
    }
    // The log has grown since it was given out, and lines that nobody checked came with it.
    read(&world, &op()).await;
    let with_more = note.with_signature(cosign(&old, &other.1, &other.0, 1_800_000_000).unwrap()).unwrap();
    let reply = publish(sent(&with_more.to_string(), &line, &vkey)).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{reply:?}");
    let action = "/api/v1/audit/entries?leaves=true&action=audit_publish";
    let entries = world.ask("GET", action, "").await.json();
    let outcomes: Vec<_> =
        entries["entries"].as_array().unwrap().iter().map(|entry| &entry["outcome"]).collect();
    assert_eq!(outcomes, ["done", "invalid", "invalid", "done"]);
    let last: Json = serde_json::from_str(entries["entries"][3]["leaf"].as_str().unwrap()).unwrap();
    assert_eq!(last["detail"], json!({ "cosigned": ["one.example/w"], "size": old.size, "to": "one" }));
    let folder = tempfile::tempdir().unwrap();
    let open = |origin: &coffer_log::Origin| coffer_log::bundle::BundleWriter::open(folder.path(), origin);
    world.vault.audit_export(&op(), open, false).await.unwrap();
    let kept = std::fs::read_to_string(folder.path().join(format!("checkpoints/{}", old.size))).unwrap();
    assert!(kept.contains("one.example/w") && !kept.contains("two.example/w"), "{kept}");
}

/// `curl .. | tar x`, and no key of the vault.
#[tokio::test]
async fn an_export_is_unpacked_and_verified_and_goes_on_from_where_a_bundle_ends() {
    let world = World::new().await;
    for _ in 0..300 {
        read(&world, &op()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let unpack = async |target: &str| {
        let reply = world.ask("GET", target, "").await;
        assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/x-tar"));
        assert!(!reply.header("x-coffer-audit-id").is_empty());
        let mut archive = tar::Archive::new(reply.body.as_slice());
        let names: Vec<_> =
            archive.entries().unwrap().map(|file| file.unwrap().path().unwrap().into_owned()).collect();
        tar::Archive::new(reply.body.as_slice()).unpack(folder.path()).unwrap();
        names.into_iter().map(|name| name.display().to_string()).collect::<Vec<_>>()
    };
    let names = unpack("/api/v1/audit/export").await;
    assert_eq!(
        (names.first().map(String::as_str), names.last().map(String::as_str)),
        (Some("checkpoint"), Some("entries.jsonl"))
    );
    let report = verify_bundle(folder.path(), &VerifyOptions::default()).unwrap();
    assert!(report.size > 300 && report.entries == report.size);
    let part = unpack(&format!("/api/v1/audit/export?from={}", report.size)).await;
    assert!(!part.contains(&"tile/0/000".to_owned()) && names.contains(&"tile/0/000".to_owned()), "{part:?}");
    let lines = std::fs::read_to_string(folder.path().join("entries.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 1, "this export's own entry");
    // Of an instance's log only with a token of the instance's; of what is gone, nothing.
    assert_eq!(world.ask("GET", "/api/v1/audit/export?instance=true", "").await.code(), "token.invalid");
    assert_eq!(world.ask("GET", "/api/v1/audit/export?from=-1", "").await.status, StatusCode::BAD_REQUEST);
    world.ask("POST", "/api/v1/audit/prune", r#"{"before":"2027-01-01T00:00:00Z"}"#).await;
    let gap = world.ask("GET", "/api/v1/audit/export?from=7", "").await;
    assert_eq!((gap.status, gap.code().as_str()), (StatusCode::CONFLICT, "bundle.gap"));
    std::fs::remove_dir_all(folder.path()).unwrap();
    unpack("/api/v1/audit/export").await;
    let report = verify_bundle(folder.path(), &VerifyOptions::default()).unwrap();
    assert_eq!(report.first, 256);
    let all = unpack("/api/v1/audit/export?from=999999").await;
    assert!(!all.contains(&"entries.jsonl".to_owned()), "nobody has so many: {all:?}");
}

#[tokio::test]
async fn a_held_log_is_neither_pruned_nor_forgets() {
    let world = World::new().await;
    let session = Arc::new(Session::new("maya", []).unwrap());
    for _ in 0..300 {
        read(&world, &Op { session: Some(Arc::clone(&session)), ..op() }).await;
    }
    let prune = r#"{"before":"2027-01-01T00:00:00Z"}"#;
    let forget = r#"{"subject":"maya","reason":"she asked for it"}"#;
    let hold = async |held: bool| {
        let body = json!({ "held": held, "reason": "a case" }).to_string();
        assert_eq!(world.ask("PUT", "/api/v1/audit/hold", body).await.status, StatusCode::NO_CONTENT);
    };
    hold(true).await;
    for (target, body) in [("/api/v1/audit/prune", prune), ("/api/v1/audit/forget", forget)] {
        let reply = world.ask("POST", target, body).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "audit.held"));
    }
    hold(false).await;
    let newest = world.ask("GET", "/api/v1/audit/entries?action=secret_get&limit=1", "").await.json();
    let entry = format!("/api/v1/audit/entries/{}", newest["entries"][0]["index"]);
    assert_eq!(world.ask("GET", &entry, "").await.json()["person"], json!({ "name": "maya" }));
    assert_eq!(world.ask("POST", "/api/v1/audit/forget", forget).await.json(), json!({ "erased": true }));
    let shown = world.ask("GET", &entry, "").await.json();
    assert_eq!((&shown["person"], &shown["forgotten"]), (&Json::Null, &json!(true)));
    assert_eq!(world.ask("POST", "/api/v1/audit/forget", forget).await.code(), "subject.not_found");
    let none = world.ask("POST", "/api/v1/audit/prune", r#"{"before":"2020-01-01T00:00:00Z"}"#).await;
    assert_eq!((none.json(), none.header("x-coffer-audit-id")), (json!({ "pruned": 0, "first": 0 }), ""));
    let reply = world.ask("POST", "/api/v1/audit/prune", prune).await;
    assert_eq!(reply.json(), json!({ "pruned": 256, "first": 256 }));
    assert_eq!(world.ask("GET", "/api/v1/audit/entries/0", "").await.code(), "entry.not_found");
    assert_eq!(world.ask("POST", "/api/v1/audit/verify", "{}").await.json()["sound"], true);
}
