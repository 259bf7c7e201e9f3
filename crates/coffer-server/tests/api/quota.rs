//! Quotas over the API: set and shown by who manages the instance, kept in every write, told in a header when there is little room.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use coffer_server::Form;
use coffer_server::limits::TOO_OFTEN_TIME;
use coffer_wire::quota::Near;
use serde_json::json;

use super::world::{Reply, World, op, over};

async fn operator(world: &World) -> String {
    world.token(&op(), "operator", &[(Role::Admin, "**")], true).await
}

async fn limit(world: &World, operator: &str, quota: serde_json::Value) -> Reply {
    let bearer = format!("Bearer {operator}");
    let body = json!({ "quota": quota }).to_string();
    world.ask_with("PATCH", "/api/v1/tenants/default", &[("authorization", &bearer)], body).await
}

#[tokio::test]
async fn a_write_past_the_quota_is_answered_with_507_and_one_near_it_with_a_header() {
    let world = World::new().await;
    let operator = operator(&world).await;
    let held = world.ask_as(&operator, "GET", "/api/v1/tenants/default").await.json();
    let secrets = held["holds"]["secrets"].as_u64().unwrap();
    assert_eq!((&held["tenant"], &held["quota"]), (&json!("default"), &json!({})));
    let set = limit(&world, &operator, json!({ "secrets": secrets + 1, "versions": 1000 })).await;
    assert_eq!(
        (set.status, set.json()),
        (StatusCode::OK, json!({ "secrets": secrets + 1, "versions": 1000 }))
    );
    let write = async |path: &str| {
        world.ask("PUT", &over(&format!("/api/v1/secrets/{path}")), r#"{"value":"x"}"#).await
    };
    let reply = write("dev/NEW").await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    let near = Near { resource: "secrets".to_owned(), used: secrets + 1, limit: secrets + 1 };
    assert_eq!(Near::all(reply.header("x-coffer-quota")), [near]);
    let reply = write("dev/MORE").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::INSUFFICIENT_STORAGE, "quota.exceeded"));
    assert!(!reply.header("x-coffer-audit-id").is_empty() && reply.header("x-coffer-quota").is_empty());
    assert!(world.ask("GET", "/api/v1/secrets/dev/NEW", "").await.header("x-coffer-quota").is_empty());
    let set = limit(&world, &operator, json!({ "secrets": null })).await;
    assert_eq!(set.json(), json!({ "versions": 1000 }), "what is not named stays");
    assert_eq!(write("dev/MORE").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_member_past_the_quota_is_answered_with_507_and_one_near_it_with_a_header() {
    let world = World::new().await;
    let operator = operator(&world).await;
    let members = async || {
        let shown = world.ask_as(&operator, "GET", "/api/v1/tenants/default").await.json();
        shown["holds"]["members"].as_u64().unwrap()
    };
    let there = members().await;
    assert_eq!(limit(&world, &operator, json!({ "members": there + 1 })).await.status, StatusCode::OK);
    let make = async |name: &str| {
        let body = json!({ "name": name, "kind": "human", "grants": [] }).to_string();
        world.ask("POST", "/api/v1/members", body).await
    };
    let reply = make("maya").await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    let near = Near { resource: "members".to_owned(), used: there + 1, limit: there + 1 };
    assert_eq!(Near::all(reply.header("x-coffer-quota")), [near]);
    let reply = make("jo").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::INSUFFICIENT_STORAGE, "quota.exceeded"));
    assert_eq!(members().await, there + 1);
    let text = world.service.metrics(Form::Plain).await;
    let line = format!(r#"coffer_tenant_quota_used{{tenant="default",quota="members"}} {}"#, there + 1);
    assert!(text.lines().any(|told| told == line), "{line}\n{text}");
}

#[tokio::test]
async fn an_owner_of_the_tenant_neither_sees_nor_lifts_its_quota() {
    let world = World::new().await;
    for method in ["GET", "PATCH"] {
        let reply = world.ask(method, "/api/v1/tenants/default", r#"{"quota":{"secrets":null}}"#).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "token.invalid"));
    }
}

#[tokio::test]
async fn metrics_tell_of_tenants_with_a_quota_alone() {
    let world = World::new().await;
    let operator = operator(&world).await;
    let metrics = async || world.service.metrics(Form::Plain).await;
    assert!(!metrics().await.contains("coffer_tenant_quota_used{"));
    limit(&world, &operator, json!({ "secrets": 1000 })).await;
    let holds = world.ask_as(&operator, "GET", "/api/v1/tenants/default").await.json()["holds"].clone();
    world.ask("PUT", &over("/api/v1/secrets/dev/NEW"), r#"{"value":"x"}"#).await;
    let (text, used) = (metrics().await, holds["secrets"].as_u64().unwrap() + 1);
    for line in [
        format!(r#"coffer_tenant_quota_used{{tenant="default",quota="secrets"}} {used}"#),
        r#"coffer_tenant_quota_limit{tenant="default",quota="secrets"} 1000"#.to_owned(),
    ] {
        assert!(text.lines().any(|told| told == line), "{line}\n{text}");
    }
    assert!(!text.contains(r#"quota="bytes""#), "what is not limited is not told");
}

#[tokio::test]
async fn a_member_past_the_quota_of_requests_is_told_a_second_later_or_two_and_nothing_is_written_of_it() {
    let world = World::new().await;
    let operator = operator(&world).await;
    let reader = world.token(&op(), "reader", &[(Role::Reader, "**")], false).await;
    let read = async |token: &str| world.ask_as(token, "GET", "/api/v1/secrets/prod/db/USER").await;
    limit(&world, &operator, json!({ "requests": 3 })).await;
    let before = world.entries(&op(), false).await;
    // The clock of the world stands still, so no second brings more than the first.
    for _ in 0..3 {
        assert_eq!(read(&reader).await.status, StatusCode::OK);
    }
    let began = tokio::time::Instant::now();
    let reply = read(&reader).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "tenant.too_many_requests")
    );
    assert_eq!(reply.header("retry-after"), "1");
    assert!(reply.header("x-coffer-audit-id").is_empty(), "{reply:?}");
    assert!(began.elapsed() >= TOO_OFTEN_TIME, "who asks again at once asks no more than once a second");
    let written = world.entries_since(&before, false).await;
    assert_eq!(written.iter().filter(|entry| entry.contains(" secret_get ")).count(), 3, "{written:?}");
    let metrics = world.service.metrics(Form::Plain).await;
    let told = r#"coffer_turned_away_total{reason="tenant.too_many_requests"} 1"#;
    assert!(metrics.lines().any(|line| line == told), "{metrics}");
}

#[tokio::test]
async fn a_stranger_uses_up_nothing_of_a_quota_and_is_told_nothing_of_it() {
    let world = World::new().await;
    let operator = operator(&world).await;
    let reader = world.token(&op(), "reader", &[(Role::Reader, "**")], false).await;
    limit(&world, &operator, json!({ "requests": 2 })).await;
    let neighbour = world.tenant("acme").await;
    let stranger = world.token(&neighbour, "reader", &[(Role::Reader, "**")], false).await;
    let read = async |token: &str| world.ask_as(token, "GET", "/api/v1/secrets/prod/db/USER").await;
    for _ in 0..5 {
        assert_eq!(read(&stranger).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!((read(&reader).await.status, read(&reader).await.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(read(&stranger).await.status, StatusCode::UNAUTHORIZED, "not 429");
}

#[tokio::test]
async fn a_quota_of_no_requests_is_none() {
    let world = World::new().await;
    let operator = operator(&world).await;
    let reply = limit(&world, &operator, json!({ "requests": 0 })).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "quota.too_small"));
}
