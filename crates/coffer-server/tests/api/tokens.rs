//! Tenants, members and tokens over HTTP.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use coffer_server::ServiceOptions;
use coffer_server::limits::Rate;
use serde_json::json;

use super::world::{NOW, UNBOUNDED, World, op};

#[tokio::test]
async fn a_member_gets_a_token_and_loses_it() {
    let world = World::new().await;
    let member =
        json!({ "name": "shop", "kind": "service", "grants": [{ "role": "reader", "pattern": "prod/**" }] });
    let reply = world.ask("POST", "/api/v1/members", member.to_string()).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    assert_eq!(world.ask("POST", "/api/v1/members", member.to_string()).await.code(), "name.exists");
    let wanted = json!({ "member": "shop", "ttl_seconds": 60, "max_seconds": 600, "label": "the shop" });
    let made = world.ask("POST", "/api/v1/tokens", wanted.to_string()).await.json();
    let (token, id) =
        (made["token"].as_str().unwrap().to_owned(), made["about"]["id"].as_str().unwrap().to_owned());
    assert_eq!(made["about"]["expires"], "2026-01-01T00:01:00.000Z");
    let secret = "/api/v1/secrets/prod/db/USER";
    assert_eq!(world.ask_as(&token, "GET", secret).await.status, StatusCode::OK);
    assert_eq!(world.ask_as(&token, "GET", "/api/v1/secrets/dev/X").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        world.ask_as(&token, "POST", "/api/v1/token/renew").await.json()["expires"],
        "2026-01-01T00:01:00.000Z"
    );
    let own = json!({ "ttl_seconds": 30 }).to_string();
    let bearer = format!("Bearer {token}");
    let reply = world.ask_with("POST", "/api/v1/tokens", &[("authorization", &bearer)], own).await;
    let child = reply.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(world.ask_as(&child, "GET", secret).await.status, StatusCode::OK);
    let listed = world.ask("GET", "/api/v1/tokens", "").await.json();
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 3);
    assert!(!listed.to_string().contains(&token[10..]));
    assert_eq!(world.ask("DELETE", &format!("/api/v1/tokens/{id}"), "").await.status, StatusCode::NO_CONTENT);
    for ended in [&token, &child] {
        let reply = world.ask_as(ended, "GET", secret).await;
        assert_eq!(reply.code(), "token.invalid");
        assert!(!reply.header("x-coffer-audit-id").is_empty(), "it is somebody's");
    }
    assert_eq!(world.ask("DELETE", "/api/v1/tokens/nonsense", "").await.code(), "token.id");
}

/// Whatever a header says of where it came from.
#[tokio::test]
async fn a_token_is_bound_to_networks_and_the_log_says_where_from() {
    let world = World::new().await;
    world
        .ask(
            "POST",
            "/api/v1/members",
            r#"{"name":"shop","kind":"service","grants":[{"role":"owner","pattern":"**"}]}"#,
        )
        .await;
    let wanted = json!({ "member": "shop", "ttl_seconds": 60, "networks": ["192.0.2.0/24", "2001:db8::1"] });
    let made = world.ask("POST", "/api/v1/tokens", wanted.to_string()).await.json();
    assert_eq!(made["about"]["networks"], json!(["192.0.2.0/24", "2001:db8::1/128"]));
    let token = made["token"].as_str().unwrap();
    let ask = async |source: &str, said: &str| {
        let request = axum::http::Request::builder().uri("/api/v1/secrets/prod/db/USER");
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.header("x-forwarded-for", said).header("forwarded", format!("for={said}"));
        world.answer(source, request.body("".into()).unwrap()).await
    };
    for (source, said) in [("192.0.2.7", "198.51.100.1"), ("::ffff:192.0.2.8", "::1"), ("2001:db8::1", "x")] {
        assert_eq!(ask(source, said).await.status, StatusCode::OK, "{source}");
    }
    let elsewhere = ask("198.51.100.1", "192.0.2.7").await;
    assert_eq!(elsewhere.code(), "token.invalid");
    assert!(!elsewhere.header("x-coffer-audit-id").is_empty(), "it is somebody's");
    for (source, count) in [
        ("192.0.2.0/24", 2),
        ("192.0.2.8", 1),
        ("198.51.100.1", 1),
        ("2001:db8::/32", 1),
        ("203.0.113.0/24", 0),
    ] {
        let target = format!("/api/v1/audit/entries?action=secret_get&source={}", source.replace('/', "%2F"));
        let found = world.ask("GET", &target, "").await.json();
        assert_eq!(found["entries"].as_array().unwrap().len(), count, "{source}");
    }
    let target = "/api/v1/audit/entries?action=secret_get&outcome=refused";
    assert_eq!(world.ask("GET", target, "").await.json()["entries"][0]["source"], "198.51.100.1");
    assert_eq!(world.ask("GET", "/api/v1/audit/entries?source=here", "").await.code(), "network.invalid");
    let wrong = json!({ "member": "shop", "ttl_seconds": 60, "networks": ["192.0.2.1/24"] });
    assert_eq!(world.ask("POST", "/api/v1/tokens", wrong.to_string()).await.code(), "network.invalid");
    // Ended, it is answered in the same words.
    world.ask("DELETE", &format!("/api/v1/tokens/{}", made["about"]["id"].as_str().unwrap()), "").await;
    let ended = ask("192.0.2.7", "192.0.2.7").await;
    let told = |reply: &crate::world::Reply| {
        reply.without_ids().1.replace(reply.header("x-coffer-audit-id"), "ENTRY")
    };
    assert_eq!(told(&ended), told(&elsewhere));
}

#[tokio::test]
async fn a_change_of_grants_holds_at_once() {
    let world = World::new().await;
    let token = world.token(&op(), "shop", &[(Role::Reader, "prod/**")], false).await;
    let secret = "/api/v1/secrets/prod/db/USER";
    assert_eq!(world.ask_as(&token, "GET", secret).await.status, StatusCode::OK);
    let change = json!({ "grants": [{ "role": "auditor", "pattern": "prod/**" }] });
    assert_eq!(
        world.ask("PATCH", "/api/v1/members/shop", change.to_string()).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(world.ask_as(&token, "GET", secret).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        world.ask("PATCH", "/api/v1/members/shop", r#"{"disabled":true}"#).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(world.ask_as(&token, "GET", secret).await.code(), "token.invalid");
    let members = world.ask("GET", "/api/v1/members", "").await.json();
    let shop = members["members"].as_array().unwrap().iter().find(|member| member["name"] == "shop").unwrap();
    assert_eq!((&shop["disabled"], &shop["grants"][0]["role"]), (&json!(true), &json!("auditor")));
    for (target, body, code) in [
        ("/api/v1/members", r#"{"name":"x","kind":"robot"}"#, "member.kind"),
        (
            "/api/v1/members",
            r#"{"name":"x","kind":"human","grants":[{"role":"king","pattern":"**"}]}"#,
            "access.not_found",
        ),
        ("/api/v1/tokens", r#"{"member":"nobody","ttl_seconds":60}"#, "member.not_found"),
        ("/api/v1/tokens", r#"{"member":"shop","ttl_seconds":60}"#, "member.disabled"),
        ("/api/v1/tokens", r#"{"member":"owner","ttl_seconds":0}"#, "token.lifetime"),
    ] {
        assert_eq!(world.ask("POST", target, body).await.code(), code, "{body}");
    }
}

#[tokio::test]
async fn tenants_are_the_instances() {
    let world = World::new().await;
    let operator = world.token(&op(), "operator", &[(Role::Admin, "**")], true).await;
    let bearer = format!("Bearer {operator}");
    let headers = [("authorization", bearer.as_str())];
    let reply = world.ask_with("POST", "/api/v1/tenants", &headers, r#"{"name":"acme/eu"}"#).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let reply = world.ask_with("GET", "/api/v1/tenants?limit=1", &headers, "").await.json();
    assert_eq!(reply["tenants"], json!(["acme/eu"]));
    let next = format!("/api/v1/tenants?cursor={}", reply["next"].as_str().unwrap());
    assert_eq!(world.ask_with("GET", &next, &headers, "").await.json()["tenants"], json!(["default"]));
    // T-N3: a tenant's token, whatever its power there, is nobody's here.
    assert_eq!(world.ask("GET", "/api/v1/tenants", "").await.code(), "token.invalid");
}

#[tokio::test]
async fn who_guesses_tokens_is_slowed_down_and_nobody_else() {
    let options = ServiceOptions { failure_rate: Rate { per_second: 0, burst: 5 }, ..UNBOUNDED };
    let storage = coffer_engine::storage::memory::MemoryStorage::new(coffer_engine::testkit::clock_at(NOW));
    let world = World::over(storage, options).await;
    let made_up = format!("coffer_{}", "A".repeat(48));
    let ask = async |source: &str, token: &str| {
        let request = axum::http::Request::builder().uri("/api/v1/secrets/prod/db/USER");
        let request = request.header("authorization", format!("Bearer {token}")).body("".into()).unwrap();
        world.answer(source, request).await.status.as_u16()
    };
    for _ in 0..5 {
        assert_eq!(ask("192.0.2.1", &made_up).await, 401);
    }
    assert_eq!(ask("192.0.2.1", &made_up).await, 429);
    let headers = [("authorization", format!("Bearer {made_up}"))];
    let headers = [(headers[0].0, headers[0].1.as_str())];
    for _ in 0..5 {
        world.ask_with("GET", "/api/v1/folders", &headers, "").await;
    }
    let reply = world.ask_with("GET", "/api/v1/folders", &headers, "").await;
    assert_eq!(reply.code(), "token.too_many_failures");
    assert_eq!(ask("192.0.2.2", &world.owner).await, 200);
    let metrics = world.service.metrics(coffer_server::Form::Plain).await;
    assert!(metrics.contains("coffer_unauthenticated_total{reason=\"token.invalid\"} 10"), "{metrics}");
}

#[tokio::test]
async fn a_source_and_a_token_have_their_rates() {
    let once = Rate { per_second: 0, burst: 1 };
    for (options, code) in [
        (ServiceOptions { source_rate: once, ..UNBOUNDED }, "source.too_many_requests"),
        (ServiceOptions { token_rate: once, ..UNBOUNDED }, "token.too_many_requests"),
    ] {
        let storage =
            coffer_engine::storage::memory::MemoryStorage::new(coffer_engine::testkit::clock_at(NOW));
        let world = World::over(storage, options).await;
        assert_eq!(world.ask("GET", "/api/v1/folders", "").await.status, StatusCode::OK);
        let reply = world.ask("GET", "/api/v1/folders", "").await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, code));
        assert!(!reply.header("retry-after").is_empty());
    }
}
