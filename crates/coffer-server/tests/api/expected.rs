//! What takes the place of a whole value says what it expects to be there.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{World, op, over};

const SECRET: &str = "/api/v1/secrets/prod/db/PASSWORD";
const NEW: &str = "/api/v1/secrets/prod/db/NEW";
const UNSAID: (u16, &str) = (428, "secret.expectation_missing");

/// Status and code.
async fn told(world: &World, target: &str, more: &[(&str, &str)], body: &'static str) -> (u16, String) {
    let bearer = format!("Bearer {}", world.owner);
    let headers = [&[("authorization", bearer.as_str())], more].concat();
    let reply = world.ask_with("PUT", target, &headers, body).await;
    let code = if reply.status.is_success() { String::new() } else { reply.code() };
    (reply.status.as_u16(), code)
}

#[tokio::test]
async fn a_whole_value_is_not_written_without_a_word_of_what_was_there() {
    let world = World::new().await;
    let before = world.entries(&op(), false).await;
    for at in [SECRET, NEW] {
        for body in [
            r#"{"value":"another"}"#,
            r#"{"value":"another","replace":true}"#,
            r#"{"fields":{"a":"1"},"replace":true}"#,
            r#"{"generate":{}}"#,
            r#"{"value":"another","metadata":{"owner":"maya"}}"#,
        ] {
            for target in [at.to_owned(), format!("{at}?overwrite=false")] {
                let (status, code) = told(&world, &target, &[], body).await;
                assert_eq!((status, code.as_str()), UNSAID, "{body}");
            }
        }
        let file = at.replace("secrets", "content");
        let (status, code) = told(&world, &file, &[], "a file").await;
        assert_eq!((status, code.as_str()), UNSAID);
    }
    let missing = world.ask("PUT", SECRET, r#"{"value":"another"}"#).await.json();
    for way in [
        "`If-None-Match: *`",
        "`If-Match`",
        "curl",
        "'https://SERVER/api/v1/secrets/prod/db/PASSWORD?overwrite=true'",
    ] {
        assert!(missing["fix"].as_str().unwrap().contains(way), "{missing}");
    }
    assert_eq!(
        world.entries_since(&before, false).await,
        [""; 0],
        "nothing was decided, and nothing changed"
    );
    assert_eq!(world.ask("GET", SECRET, "").await.json()["value"], "hunter2");
    assert_eq!(world.ask("GET", NEW, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_way_to_say_it_holds() {
    let world = World::new().await;
    let one = r#"{"value":"one"}"#;
    for (target, header, status, code) in [
        (SECRET, ("if-none-match", "*"), 412, "secret.changed"),
        (NEW, ("if-match", "*"), 404, "secret.not_found"),
        (NEW, ("if-match", "\"1\""), 412, "secret.changed"),
        (NEW, ("if-none-match", "*"), 201, ""),
        (NEW, ("if-match", "*"), 200, ""),
        (NEW, ("if-match", "\"2\""), 200, ""),
        (NEW, ("if-match", "\"2\""), 412, "secret.changed"),
    ] {
        assert_eq!(told(&world, target, &[header], one).await, (status, code.to_owned()), "{header:?}");
    }
    let other = over("/api/v1/secrets/prod/db/OTHER");
    assert_eq!(told(&world, &other, &[], one).await.0, 201);
    assert_eq!(told(&world, &other, &[], one).await.0, 200);
    for header in [("if-match", "*"), ("if-none-match", "*")] {
        assert_eq!(
            told(&world, &other, &[header], one).await,
            (400, "precondition.contradiction".to_owned())
        );
    }
}

/// They read what they change, and expect it.
#[tokio::test]
async fn a_merge_and_what_is_known_need_no_word() {
    let world = World::new().await;
    let at = "/api/v1/secrets/prod/db/TLS";
    for (target, body, status) in [
        (at, r#"{"fields":{"crt":"1","key":"2"}}"#, 201),
        (at, r#"{"fields":{"crt":"3"}}"#, 200),
        (at, r#"{"remove_fields":["key"]}"#, 200),
        (at, r#"{"metadata":{"owner":"maya"}}"#, 200),
        (SECRET, r#"{"metadata":{"owner":"maya"}}"#, 200),
        (&over(at), r#"{"fields":{"crt":"4"}}"#, 200),
    ] {
        assert_eq!(told(&world, target, &[], body).await.0, status, "{body}");
    }
    assert_eq!(world.ask("GET", at, "").await.json()["fields"], json!({ "crt": "4" }));
}

#[tokio::test]
async fn each_item_of_a_batch_says_it() {
    let world = World::new().await;
    let item = |path: &str, more: serde_json::Value| {
        let mut item = json!({ "path": path, "value": "x" });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    for (more, status, code) in [
        (json!({}), 428, "secret.expectation_missing"),
        (json!({ "overwrite": false }), 428, "secret.expectation_missing"),
        (json!({ "overwrite": true, "if_version": 1 }), 400, "body.contradiction"),
        (json!({ "if_version": 0 }), 412, "secret.changed"),
        (json!({ "if_version": 1 }), 200, ""),
        (json!({ "overwrite": true }), 200, ""),
    ] {
        let items =
            [item("prod/db/USER", json!({ "overwrite": true })), item("prod/db/PASSWORD", more.clone())];
        let reply = world.ask("POST", "/api/v1/batch/set", json!({ "secrets": items }).to_string()).await;
        let said = if status == 200 { String::new() } else { reply.code() };
        assert_eq!((reply.status.as_u16(), said.as_str()), (status, code), "{more}");
    }
    let history = world.ask("GET", "/api/v1/history/prod/db/USER", "").await.json();
    assert_eq!(history["versions"].as_array().unwrap().len(), 3, "all of them or none");
}

/// A replay answers as it was answered, though what was expected is so no more; and what was refused on its face has used up no key.
#[tokio::test]
async fn a_replay_is_answered_as_before() {
    let world = World::new().await;
    let (key, absent) = (("idempotency-key", "k"), ("if-none-match", "*"));
    let one = r#"{"value":"one"}"#;
    assert_eq!(told(&world, NEW, &[key], one).await.0, 428);
    for _ in 0..2 {
        assert_eq!(told(&world, NEW, &[key, absent], one).await.0, 201);
    }
    assert_eq!(told(&world, NEW, &[absent], one).await.0, 412);
    assert_eq!(told(&world, &over(NEW), &[key], one).await.1, "idempotency.mismatch");
}
