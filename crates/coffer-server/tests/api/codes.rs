//! One-time codes over the API: made by owners, changed for tokens, and answered alike when they are not good.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use coffer_engine::identity::MemberName;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::clock_at;
use coffer_engine::vault::MemberChange;
use coffer_server::ServiceOptions;
use coffer_server::limits::Rate;
use serde_json::json;

use super::world::{NOW, Reply, UNBOUNDED, World, op};

const SECRET: &str = "/api/v1/secrets/prod/db/PASSWORD";

async fn code(world: &World, member: &str) -> String {
    let reply = world.ask("POST", "/api/v1/codes", json!({ "member": member }).to_string()).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    reply.json()["code"].as_str().unwrap().to_owned()
}

async fn sign_in(world: &World, code: &str, tenant: &str) -> Reply {
    let headers = [("x-coffer-tenant", tenant)];
    world.ask_with("POST", "/api/v1/sign-in", &headers, json!({ "code": code }).to_string()).await
}

#[tokio::test]
async fn a_code_is_changed_for_a_token() {
    let world = World::new().await;
    world.token(&op(), "maya", &[(Role::Reader, "prod/**")], false).await;
    let code = code(&world, "maya").await;
    let reply = sign_in(&world, &code.to_lowercase().replace('-', " "), "default").await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    assert!(!reply.header("x-coffer-audit-id").is_empty());
    let signed = reply.json();
    assert_eq!((&signed["instance_too"], &signed["about"]["has_parent"]), (&json!(false), &json!(false)));
    assert_eq!(signed["name"], "maya");
    let token = signed["token"].as_str().unwrap();
    assert_eq!(world.ask_as(token, "GET", SECRET).await.status, StatusCode::OK);
    let reply = world.ask_with("POST", "/api/v1/codes?instance=true", &[], "{}").await;
    assert_eq!(reply.code(), "token.missing");
    let operator = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    let bearer = format!("Bearer {operator}");
    let headers = [("authorization", bearer.as_str())];
    let body = r#"{"member":"operator","ttl_seconds":60}"#;
    let reply = world.ask_with("POST", "/api/v1/codes?instance=true", &headers, body).await.json();
    let body = json!({ "code": reply["code"] }).to_string();
    let reply = world.ask_with("POST", "/api/v1/sign-in?instance=true", &[], body).await.json();
    let token = reply["token"].as_str().unwrap();
    assert_eq!(world.ask_as(token, "GET", "/api/v1/tenants").await.status, StatusCode::OK);
}

/// Wrong, mistyped, used, of a disabled member, in another tenant, in none: the same, to the byte; but what was somebody's
/// has its entry.
#[tokio::test]
async fn t_a2_codes_that_are_not_good_are_answered_alike() {
    let world = World::new().await;
    world.tenant("acme").await;
    for name in ["maya", "leaver"] {
        world.token(&op(), name, &[(Role::Reader, "prod/**")], false).await;
    }
    let (used, good, of_leaver) =
        (code(&world, "maya").await, code(&world, "maya").await, code(&world, "leaver").await);
    assert_eq!(sign_in(&world, &used, "default").await.status, StatusCode::OK);
    let change = MemberChange { disabled: Some(true), ..MemberChange::default() };
    world.vault.member_change(&op(), &MemberName::parse("leaver").unwrap(), &change, false).await.unwrap();
    let made_up = coffer_engine::code::Code::generate().unwrap().expose().to_owned();
    let before = world.entries(&op(), false).await.len();
    let mut seen = Vec::new();
    for (code, tenant) in [
        (made_up.as_str(), "default"),
        (used.as_str(), "default"),
        (of_leaver.as_str(), "default"),
        (good.as_str(), "acme"),
        (good.as_str(), "no-such-tenant"),
        (good.as_str(), "no/such tenant"),
        (&good[..20], "default"),
        ("", "default"),
        ("correct horse battery staple", "default"),
    ] {
        let reply = sign_in(&world, code, tenant).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::UNAUTHORIZED, "code.invalid"),
            "{code}"
        );
        seen.push(reply.without_ids());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    let entries = world.entries(&op(), false).await.split_off(before);
    assert!(
        entries.len() == 2 && entries.iter().all(|line| line.ends_with("sign_in refused")),
        "{entries:?}"
    );
    assert_eq!(sign_in(&world, &good, "default").await.status, StatusCode::OK, "and none of that used it up");
}

#[tokio::test]
async fn who_guesses_codes_is_slowed_down() {
    let options = ServiceOptions { failure_rate: Rate { per_second: 0, burst: 3 }, ..UNBOUNDED };
    let world = World::over(MemoryStorage::new(clock_at(NOW)), options).await;
    world.token(&op(), "maya", &[], false).await;
    let good = code(&world, "maya").await;
    for _ in 0..3 {
        assert_eq!(sign_in(&world, "ONCE-00000", "default").await.code(), "code.invalid");
    }
    let reply = sign_in(&world, &good, "default").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "token.too_many_failures"));
}

#[tokio::test]
async fn codes_have_their_bounds() {
    let world = World::new().await;
    for (body, code) in [
        (r#"{"member":"nobody"}"#, "member.not_found"),
        (r#"{"member":"owner","ttl_seconds":0}"#, "code.lifetime"),
        (r#"{"member":"owner","ttl_seconds":604801}"#, "code.lifetime"),
        (r#"{"member":"local"}"#, "member.name_invalid"),
    ] {
        assert_eq!(world.ask("POST", "/api/v1/codes", body).await.code(), code, "{body}");
    }
}
