//! Files over HTTP: what their answers say, what is refused before it is read, and that what breaks off never looks like the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_engine::limits::FILE_MAX_BYTES;
use coffer_engine::path::SecretPath;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{
    Batch, Durability, EntryWriter, Group, Key, PendingRow, Put, Storage, StorageError, Verdict,
};
use coffer_engine::testkit::clock_at;
use futures_util::stream;
use http_body_util::BodyExt as _;
use serde_json::json;

use super::world::{NOW, Reply, UNBOUNDED, World, op, over};

const TARGET: &str = "/api/v1/content/prod/db/KEYSTORE";
const MIB: usize = 1024 * 1024;

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at / 16_384) as u8 ^ (at % 251) as u8).collect()
}

/// A body of these pieces, whose length is not told.
fn pieces(all: Vec<Vec<u8>>) -> Body {
    Body::from_stream(stream::iter(all.into_iter().map(Ok::<_, std::convert::Infallible>)))
}

async fn put(world: &World, target: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
    let bearer = format!("Bearer {}", world.owner);
    let headers = [&[("authorization", bearer.as_str())], headers].concat();
    let is_unsaid = !headers.iter().any(|(name, _)| matches!(*name, "if-match" | "if-none-match"));
    let target = if is_unsaid { over(target) } else { target.to_owned() };
    world.ask_with("PUT", &target, &headers, body).await
}

#[tokio::test]
async fn a_file_goes_out_as_it_came_in() {
    let world = World::new().await;
    for (bytes, version) in [(0, 1), (1, 2), (MIB, 3), (16 * MIB, 4)] {
        let content = content(bytes);
        let body = pieces(content.chunks(50_000).map(<[u8]>::to_vec).collect());
        let reply = put(&world, TARGET, &[("content-type", "application/x-pkcs12")], body).await;
        let expected = if version == 1 { StatusCode::CREATED } else { StatusCode::OK };
        assert_eq!((reply.status, reply.header("etag")), (expected, &*format!("\"{version}\"")), "{reply:?}");
        assert!(!reply.header("x-coffer-audit-id").is_empty());
        let reply = world.ask("GET", TARGET, "").await;
        assert!(reply.body == content, "{bytes}");
        for (name, value) in [
            ("content-type", "application/x-pkcs12"),
            ("content-length", &bytes.to_string()),
            ("content-disposition", "attachment"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("etag", &format!("\"{version}\"")),
        ] {
            assert_eq!(reply.header(name), value, "{name}");
        }
        assert!(!reply.header("x-coffer-audit-id").is_empty());
    }
    let first = world.ask("GET", &format!("{TARGET}?version=2"), "").await;
    assert_eq!((first.status, first.body.len()), (StatusCode::OK, 1));
    let bearer = format!("Bearer {}", world.owner);
    let known = [("authorization", bearer.as_str()), ("if-none-match", "\"4\"")];
    assert_eq!(world.ask_with("GET", TARGET, &known, "").await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_write_of_a_file_is_a_write() {
    let world = World::new().await;
    let about = [
        ("x-coffer-metadata", r#"{"owner":"maya","expires":"2027-01-01T00:00:00Z"}"#),
        ("if-none-match", "*"),
    ];
    assert_eq!(put(&world, TARGET, &about, "one").await.status, StatusCode::CREATED);
    assert_eq!(put(&world, TARGET, &about, "two").await.code(), "secret.changed");
    assert_eq!(put(&world, TARGET, &[("if-match", "\"1\"")], "two").await.status, StatusCode::OK);
    let history = world.ask("GET", "/api/v1/history/prod/db/KEYSTORE", "").await.json();
    assert_eq!(history["metadata"]["owner"], "maya");
    assert_eq!(
        history["versions"][1]["file"],
        json!({ "bytes": 3, "media_type": "application/octet-stream" })
    );
    assert_eq!(world.ask("GET", TARGET, "").await.header("x-coffer-expires"), "2027-01-01T00:00:00.000Z");
    let key = [("idempotency-key", "k")];
    let first = put(&world, TARGET, &key, "three").await;
    let again = put(&world, TARGET, &key, "three").await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    assert_eq!(put(&world, TARGET, &key, "other").await.code(), "idempotency.mismatch");
    for (header, value, code) in [
        ("x-coffer-metadata", "{", "metadata.encoding"),
        ("x-coffer-metadata", r#"{"nobody":1}"#, "metadata.encoding"),
        ("x-coffer-metadata", "%", "metadata.encoding"),
        ("content-type", "no type", "file.type"),
        ("if-match", "1", "precondition.invalid"),
    ] {
        assert_eq!(put(&world, TARGET, &[(header, value)], "x").await.code(), code, "{value}");
    }
}

#[tokio::test]
async fn what_is_about_values_says_that_it_is_a_file_and_the_reverse() {
    let world = World::new().await;
    put(&world, TARGET, &[], "a file").await;
    let reply = world.ask("GET", "/api/v1/secrets/prod/db/KEYSTORE", "").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "secret.holds_file"));
    let reply = world.ask("GET", "/api/v1/content/prod/db/PASSWORD", "").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "secret.holds_value"));
    let named = r#"{"paths":["prod/db/PASSWORD","prod/db/KEYSTORE"]}"#;
    assert_eq!(world.ask("POST", "/api/v1/batch/get", named).await.code(), "secret.holds_file");
    let folder = world.ask("POST", "/api/v1/batch/get", r#"{"folder":"prod/db"}"#).await.json();
    assert_eq!(folder["files"], json!(["prod/db/KEYSTORE"]));
    assert_eq!(folder["secrets"].as_array().unwrap().len(), 2);
    let listed = world.ask("GET", "/api/v1/folders/prod/db", "").await.json();
    assert_eq!(listed["secrets"][0]["file"]["bytes"], 6);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_read_to_its_end() {
    let world = World::new().await;
    let most = usize::try_from(FILE_MAX_BYTES).unwrap();
    let told = put(&world, TARGET, &[], vec![0; most + 1]).await;
    assert_eq!((told.status, told.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "body.too_large"));
    let is_read = Arc::new(AtomicBool::new(false));
    let at_end = Arc::clone(&is_read);
    let endless = stream::iter((0..100_usize).map(move |piece| {
        at_end.fetch_or(piece > 17, Ordering::SeqCst);
        Ok::<_, std::convert::Infallible>(vec![0; MIB])
    }));
    let reply = put(&world, TARGET, &[], Body::from_stream(endless)).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "body.too_large"));
    assert!(!is_read.load(Ordering::SeqCst));
    assert_eq!(world.ask("GET", TARGET, "").await.code(), "secret.not_found");
}

/// Whoever may not write is told so, and nothing of what he sends is taken.
#[tokio::test]
async fn who_may_not_write_is_refused_before_his_body_is_read() {
    let world = World::new().await;
    let reader = world.token(&op(), "reader", &[(coffer_engine::access::Role::Reader, "**")], false).await;
    let is_read = Arc::new(AtomicBool::new(false));
    let read = Arc::clone(&is_read);
    let body = stream::iter((0..3).map(move |_| {
        read.store(true, Ordering::SeqCst);
        Ok::<_, std::convert::Infallible>(vec![0; 10])
    }));
    let bearer = format!("Bearer {reader}");
    let reply =
        world.ask_with("PUT", &over(TARGET), &[("authorization", &bearer)], Body::from_stream(body)).await;
    assert_eq!(reply.code(), "access.denied");
    assert!(!is_read.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_body_that_breaks_off_stores_nothing() {
    let world = World::new().await;
    let broken = stream::iter([Ok(vec![7; MIB]), Err(std::io::Error::other("gone"))]);
    assert_eq!(put(&world, TARGET, &[], Body::from_stream(broken)).await.code(), "body.broken");
    assert_eq!(world.ask("GET", TARGET, "").await.code(), "secret.not_found");
}

/// What came of an answer's body, and whether it ended as it should.
async fn drained(world: &World) -> (StatusCode, usize, bool) {
    let bearer = format!("Bearer {}", world.owner);
    let request = Request::get(TARGET).header("authorization", bearer).body(Body::empty()).unwrap();
    let (head, mut body) = world.service.answer_here(request).await.into_parts();
    let mut came = 0;
    loop {
        match body.frame().await {
            None => return (head.status, came, true),
            Some(Err(_)) => return (head.status, came, false),
            Some(Ok(frame)) => came += frame.into_data().unwrap_or_default().len(),
        }
    }
}

#[tokio::test]
async fn a_file_that_is_destroyed_while_it_goes_out_breaks_off() {
    let world = World::new().await;
    put(&world, TARGET, &[], content(3 * MIB)).await;
    let bearer = format!("Bearer {}", world.owner);
    let request = Request::get(TARGET).header("authorization", bearer).body(Body::empty()).unwrap();
    let (_, mut body) = world.service.answer_here(request).await.into_parts();
    body.frame().await.unwrap().unwrap();
    world.vault.destroy(&op(), &SecretPath::parse("prod/db/KEYSTORE").unwrap(), None).await.unwrap();
    let mut came = 0;
    let ended = loop {
        match body.frame().await {
            None => break true,
            Some(Err(_)) => break false,
            Some(Ok(frame)) => came += frame.into_data().unwrap_or_default().len(),
        }
    };
    assert!(!ended && came < 3 * MIB, "{came}");
}

#[tokio::test]
async fn a_file_breaks_off_when_the_server_is_sealed() {
    let world = World::new().await;
    put(&world, TARGET, &[], content(3 * MIB)).await;
    let bearer = format!("Bearer {}", world.owner);
    let request = Request::get(TARGET).header("authorization", bearer.clone()).body(Body::empty()).unwrap();
    let (_, mut body) = world.service.answer_here(request).await.into_parts();
    body.frame().await.unwrap().unwrap();
    world.seal().await;
    assert!(body.frame().await.unwrap().is_err());
}

/// Writes no entries: for what somebody does to the store who owns it.
struct NoEntries;

impl EntryWriter for NoEntries {
    fn rows(&mut self, _: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        Ok(Vec::new())
    }
}

/// Flips a bit in this part of the one file that there is; another time flips it back.
async fn flip(storage: &Arc<MemoryStorage>, part: u8) {
    let records = storage.scan(&[], None, usize::MAX).await.unwrap().records;
    let is_part = |key: &Key| key.as_bytes().len() == 17 + 28 && key.as_bytes().ends_with(&[part]);
    let (key, record) = records.into_iter().find(|(key, _)| is_part(key)).unwrap();
    let mut value = record.value.to_vec();
    value[7] ^= 1;
    let put = vec![Put { key, revision: record.revision, value: value.into() }];
    let batches = vec![Batch { put, ..Batch::default() }];
    let group = Group { batches, entries: Box::new(NoEntries), durability: Durability::Written };
    assert_eq!(Arc::clone(storage).commit(group).await, Ok(vec![Verdict::Committed]));
}

#[tokio::test]
async fn a_part_that_is_damaged_is_said_or_breaks_the_connection_and_is_in_the_log() {
    let storage = MemoryStorage::new(clock_at(NOW));
    let world = World::over(Arc::clone(&storage) as Arc<dyn Storage>, UNBOUNDED).await;
    put(&world, TARGET, &[], content(3 * MIB)).await;
    assert_eq!(drained(&world).await, (StatusCode::OK, 3 * MIB, true), "the control");
    for (part, status, came) in [
        (0, StatusCode::INTERNAL_SERVER_ERROR, None),
        (1, StatusCode::OK, Some(MIB)),
        (3, StatusCode::OK, Some(3 * MIB)),
    ] {
        flip(&storage, part).await;
        let before = world.entries(&op(), false).await;
        let (said, bytes, is_whole) = drained(&world).await;
        assert_eq!(said, status, "{part}");
        if let Some(came) = came {
            assert_eq!((bytes, is_whole), (came, false), "what came is what was right");
        }
        let entries = world.entries_since(&before, false).await;
        assert!(entries.last().unwrap().ends_with("corrupt"), "{entries:?}");
        flip(&storage, part).await;
    }
    assert_eq!(drained(&world).await, (StatusCode::OK, 3 * MIB, true), "and the control again");
}
