//! Quotas over the API: set and shown by who manages the instance, kept in every write, told in a header when there is little room.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use coffer_server::Form;
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
