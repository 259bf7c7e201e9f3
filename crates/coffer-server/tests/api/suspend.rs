//! Tenants that are suspended, over the API: strangers see what they always see, members who ends it.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use serde_json::json;

use super::routes::{body, is_of_the_instance, target};
use super::world::{World, op};
use coffer_server::routes::{Audit, ROUTES};

#[tokio::test]
async fn t_n1_strangers_see_no_suspension_and_members_who_ends_it() {
    let world = World::new().await;
    let operator = world.token(&op(), "operator", &[(Role::Admin, "**")], true).await;
    let nobody_here = format!("coffer_{}", "A".repeat(48));
    let mut of_the_tenant = Vec::new();
    for route in ROUTES.iter().filter(|route| matches!(route.audit, Audit::Entry(_))) {
        if !is_of_the_instance(route) {
            of_the_tenant.push((route, body(&world, route).await));
        }
    }
    let as_stranger = async || {
        let mut seen = Vec::new();
        for (route, body) in &of_the_tenant {
            let bearer = format!("Bearer {nobody_here}");
            let headers = [("authorization", bearer.as_str())];
            seen.push(
                world.ask_with(route.method, &target(route), &headers, body.clone()).await.without_ids(),
            );
        }
        seen
    };
    let before = as_stranger().await;
    let reply = world.ask_as(&operator, "POST", "/api/v1/suspend/default").await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(as_stranger().await, before);
    for (route, body) in &of_the_tenant {
        let reply = world.ask(route.method, &target(route), body.clone()).await;
        let said = (reply.status, reply.code());
        assert_eq!(said, (StatusCode::FORBIDDEN, "tenant.suspended".to_owned()), "{}", route.operation);
        assert!(!reply.header("x-coffer-audit-id").is_empty(), "{}", route.operation);
        let fix = reply.json()["fix"].as_str().unwrap().to_owned();
        assert!(fix.contains("coffer tenant resume default"), "{fix}");
    }
    let listed = world.ask_as(&operator, "GET", "/api/v1/tenants").await.json();
    assert_eq!((&listed["tenants"], &listed["suspended"]), (&json!(["default"]), &json!(["default"])));
    // A member of the tenant ends nothing: in the instance they are nobody.
    assert_eq!(world.ask("POST", "/api/v1/resume/default", "").await.code(), "token.invalid");
    let reply = world.ask_as(&operator, "POST", "/api/v1/resume/nobody").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_FOUND, "tenant.not_found"));
    let reply = world.ask_as(&operator, "POST", "/api/v1/resume/default").await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask("GET", "/api/v1/secrets/prod/db/USER", "").await.status, StatusCode::OK);
}
