//! A parent's administration over the API: the same routes, with a token of the tenant that the request names.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use serde_json::json;

use super::world::{Reply, World, op};

/// Asks as a member of this tenant.
async fn ask(world: &World, (token, tenant): (&str, &str), method: &str, target: &str, body: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("x-coffer-tenant", tenant)];
    world.ask_with(method, target, &headers, body.to_owned()).await
}

#[tokio::test]
async fn a_token_of_the_parent_manages_what_is_below_it_and_no_more() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    world.tenant("acme-eu").await;
    let admin = world.token(&acme, "operator", &[(Role::Admin, "**")], false).await;
    let of_acme = (admin.as_str(), "acme");
    let made = ask(&world, of_acme, "POST", "/api/v1/tenants", r#"{"name":"acme/eu"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let listed = ask(&world, of_acme, "GET", "/api/v1/tenants", "").await.json();
    assert_eq!(listed["tenants"], json!(["acme/eu"]));
    for (method, target, body, status) in [
        ("GET", "/api/v1/tenants/acme/eu", "", StatusCode::OK),
        ("PATCH", "/api/v1/tenants/acme/eu", r#"{"quota":{"members":3}}"#, StatusCode::OK),
        ("POST", "/api/v1/tenant/undo/acme/eu", "", StatusCode::OK),
        ("POST", "/api/v1/suspend/acme/eu", "", StatusCode::NO_CONTENT),
        ("POST", "/api/v1/resume/acme/eu", "", StatusCode::NO_CONTENT),
        ("POST", "/api/v1/tenant/rename/acme/eu", r#"{"to":"acme/europe"}"#, StatusCode::NO_CONTENT),
        ("POST", "/api/v1/tenant/erase/acme/europe", "{}", StatusCode::OK),
    ] {
        let reply = ask(&world, of_acme, method, target, body).await;
        assert_eq!(reply.status, status, "{method} {target}: {reply:?}");
    }
    for name in ["acme", "acme-eu", "default", "nobody"] {
        for (method, target, body) in [
            ("GET", format!("/api/v1/tenants/{name}"), ""),
            ("PATCH", format!("/api/v1/tenants/{name}"), r#"{"quota":{"members":3}}"#),
            ("POST", format!("/api/v1/tenant/undo/{name}"), ""),
            ("POST", format!("/api/v1/suspend/{name}"), ""),
            ("POST", format!("/api/v1/resume/{name}"), ""),
            ("POST", format!("/api/v1/tenant/rename/{name}"), r#"{"to":"acme/x"}"#),
            ("POST", format!("/api/v1/tenant/erase/{name}"), "{}"),
        ] {
            let reply = ask(&world, of_acme, method, &target, body).await;
            let said = (reply.status, reply.code());
            assert_eq!(said, (StatusCode::NOT_FOUND, "tenant.not_found".to_owned()), "{target}");
        }
        let body = json!({ "name": name }).to_string();
        let reply = ask(&world, of_acme, "POST", "/api/v1/tenants", &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "tenant.not_below"));
    }
}

#[tokio::test]
async fn whoever_is_nobody_in_the_parent_or_has_no_right_there_manages_nothing() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let child = world.tenant("acme/eu").await;
    let writer = world.token(&acme, "writer", &[(Role::Writer, "**")], false).await;
    let of_child = world.token(&child, "owner", &[(Role::Owner, "**")], false).await;
    let of_instance = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    let suspend = "/api/v1/suspend/acme/eu";
    for (token, tenant, code) in [
        (&writer, "acme", "access.denied"),
        (&of_child, "acme", "token.invalid"),
        (&of_instance, "acme", "token.invalid"),
        (&of_child, "acme/eu", "tenant.not_found"),
        (&of_instance, "no/such/tenant", "token.invalid"),
    ] {
        let reply = ask(&world, (token.as_str(), tenant), "POST", suspend, "").await;
        assert_eq!(reply.code(), code, "{tenant}");
    }
    // A token of the parent is none of the instance, nor of the child.
    assert_eq!(world.ask_as(&writer, "POST", suspend).await.code(), "token.invalid");
    let admin = world.token(&acme, "admin", &[(Role::Owner, "**")], false).await;
    for target in ["/api/v1/secrets/prod/db/PASSWORD", "/api/v1/members", "/api/v1/tokens"] {
        let reply = ask(&world, (&admin, "acme/eu"), "GET", target, "").await;
        assert_eq!(reply.code(), "token.invalid", "{target}");
    }
    // The parent is suspended: nothing below is answered, and what is managed from there is not either.
    let reply = ask(&world, (&of_child, "acme/eu"), "GET", "/api/v1/members", "").await;
    assert_eq!(reply.status, StatusCode::OK);
    world.ask_as(&of_instance, "POST", "/api/v1/suspend/acme").await;
    let reply = ask(&world, (&of_child, "acme/eu"), "GET", "/api/v1/members", "").await;
    assert_eq!(reply.code(), "tenant.suspended");
    assert!(reply.json()["fix"].as_str().unwrap().contains("coffer tenant resume acme`"));
    assert_eq!(ask(&world, (&admin, "acme"), "POST", suspend, "").await.code(), "tenant.suspended");
}

/// The code is in the answer to the creation, and in no other.
#[tokio::test]
async fn a_tenant_is_made_with_an_owner_whose_code_is_given_once() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let admin = world.token(&acme, "operator", &[(Role::Admin, "**")], false).await;
    let bearer = format!("Bearer {admin}");
    let key = ("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324");
    let headers = [("authorization", bearer.as_str()), ("x-coffer-tenant", "acme"), key];
    let create = async || {
        let body = r#"{"name":"acme/eu","owner":{"member":"maya","ttl_seconds":600}}"#;
        world.ask_with("POST", "/api/v1/tenants", &headers, body).await
    };
    let made = create().await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let code = made.json()["code"]["code"].clone();
    let again = create().await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "idempotency.replayed"));
    let sign_in = async || {
        let headers = [("x-coffer-tenant", "acme/eu")];
        world.ask_with("POST", "/api/v1/sign-in", &headers, json!({ "code": code }).to_string()).await
    };
    let token = sign_in().await.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(sign_in().await.code(), "code.invalid");
    let of_child = (token.as_str(), "acme/eu");
    let members = ask(&world, of_child, "GET", "/api/v1/members", "").await.json();
    assert_eq!(members["members"][1]["name"], "maya");
    let written =
        ask(&world, of_child, "PUT", "/api/v1/secrets/prod/db/PASSWORD?overwrite=true", r#"{"value":"x"}"#);
    assert_eq!(written.await.status, StatusCode::CREATED);
    for (body, code) in [
        (r#"{"name":"acme/us","owner":{"member":"me"}}"#, "member.reserved"),
        (r#"{"name":"acme/us","owner":{"member":"maya","ttl_seconds":0}}"#, "code.lifetime"),
        (r#"{"name":"other","owner":{"member":"maya"}}"#, "tenant.not_below"),
    ] {
        let reply = ask(&world, (&admin, "acme"), "POST", "/api/v1/tenants", body).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, code));
    }
}
