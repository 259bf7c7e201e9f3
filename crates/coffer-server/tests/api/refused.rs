//! What the server took, or took for something else, until it was asked by its own description.

use axum::http::StatusCode;

use super::world::World;

/// `DELETE ..?version=1` would have put the whole secret into the trash.
#[tokio::test]
async fn a_query_that_nobody_looks_at_is_refused() {
    let world = World::new().await;
    for (method, target, body) in [
        ("DELETE", "/api/v1/secrets/prod/db/USER?version=1", ""),
        ("PUT", "/api/v1/secrets/prod/db/USER?version=1", r#"{"value":"changed"}"#),
        ("POST", "/api/v1/destroy/prod/db/USER?version=1", "{}"),
        ("POST", "/api/v1/batch/get?recursive=true", r#"{"folder":"prod"}"#),
        ("GET", "/api/v1/tenants?limits=1", ""),
    ] {
        let reply = world.ask(method, target, body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::BAD_REQUEST, "query.invalid"),
            "{target}"
        );
    }
    let there = world.ask("GET", "/api/v1/secrets/prod/db/USER", "").await;
    assert_eq!((there.status, there.json()["version"].as_u64()), (StatusCode::OK, Some(1)));
}

/// What a script sends whose variable was not set: it changed nothing, and was told that all is well.
#[tokio::test]
async fn a_null_is_no_value() {
    let world = World::new().await;
    for (method, target, body) in [
        ("PUT", "/api/v1/secrets/prod/db/USER", r#"{"value":null}"#),
        ("PUT", "/api/v1/secrets/prod/db/USER", r#"{"value":"x","generate":null}"#),
        ("PUT", "/api/v1/secrets/prod/db/USER", r#"{"value":"x","metadata":null}"#),
        ("POST", "/api/v1/rotate/prod/db/USER", r#"{"value":null}"#),
        ("POST", "/api/v1/batch/get", r#"{"paths":null,"folder":"prod"}"#),
    ] {
        let reply = world.ask(method, target, body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::BAD_REQUEST, "body.invalid"),
            "{body}"
        );
    }
}

/// The same request is right elsewhere: it was 400.
#[tokio::test]
async fn a_merge_that_does_not_fit_what_is_there_is_a_conflict() {
    let world = World::new().await;
    let fields = r#"{"fields":{"a":"1"}}"#;
    let reply = world.ask("PUT", "/api/v1/secrets/prod/db/USER", fields).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "value.no_fields"));
    assert_eq!(world.ask("PUT", "/api/v1/secrets/prod/db/TLS", fields).await.status, StatusCode::CREATED);
    let reply = world.ask("PUT", "/api/v1/secrets/prod/db/TLS", r#"{"remove_fields":["a"]}"#).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "value.no_fields"));
}

/// A query for it was refused; following it found nothing for ever.
#[tokio::test]
async fn a_log_is_not_followed_for_what_is_no_path() {
    let world = World::new().await;
    for target in ["/api/v1/audit/entries?path=a%0Db", "/api/v1/audit/follow?path=a%0Db"] {
        let reply = world.ask("GET", target, "").await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::BAD_REQUEST, "name.character"),
            "{target}"
        );
    }
}
