//! Client secrets over the API: made by owners, changed for tokens, and answered alike when they are not good.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use coffer_engine::identity::MemberName;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::clock_at;
use coffer_engine::vault::MemberChange;
use coffer_server::ServiceOptions;
use coffer_server::limits::Rate;
use serde_json::{Value as Json, json};

use super::world::{NOW, Reply, UNBOUNDED, World, op};

const SECRET: &str = "/api/v1/secrets/prod/db/PASSWORD";

struct Made {
    client: String,
    secret: String,
    id: String,
}

async fn made(world: &World, more: Json) -> Made {
    let mut body = json!({ "ttl_seconds": 60 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = world.ask("POST", "/api/v1/client-secrets", body.to_string()).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    let reply = reply.json();
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    Made {
        client: text(&reply["about"]["client_id"]),
        secret: text(&reply["client_secret"]),
        id: text(&reply["about"]["id"]),
    }
}

async fn sign_in(world: &World, client: &str, secret: &str, tenant: &str) -> Reply {
    let body = json!({ "client_id": client, "client_secret": secret }).to_string();
    world.ask_with("POST", "/api/v1/sign-in", &[("x-coffer-tenant", tenant)], body).await
}

#[tokio::test]
async fn a_secret_is_changed_for_tokens_until_it_is_revoked() {
    let world = World::new().await;
    world.token(&op(), "shop", &[(Role::Reader, "prod/**")], false).await;
    let made = made(&world, json!({ "member": "shop", "label": "build" })).await;
    let reply = sign_in(&world, &made.client.to_uppercase(), &made.secret.to_lowercase(), "default").await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    assert!(!reply.header("x-coffer-audit-id").is_empty());
    let signed = reply.json();
    assert_eq!((&signed["instance_too"], &signed["name"]), (&json!(false), &json!("shop")));
    let token = signed["token"].as_str().unwrap();
    assert_eq!(world.ask_as(token, "GET", SECRET).await.status, StatusCode::OK);
    let listed = world.ask("GET", "/api/v1/client-secrets?limit=1", "").await.json();
    let one = &listed["secrets"][0];
    assert_eq!(
        (&one["id"], &one["label"], &one["revoked"]),
        (&json!(made.id), &json!("build"), &json!(false))
    );
    assert!(!listed.to_string().contains(&made.secret[5..10]));
    let target = format!("/api/v1/client-secrets/{}", made.id);
    assert_eq!(world.ask("DELETE", &target, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask_as(token, "GET", SECRET).await.code(), "token.invalid");
    assert_eq!(sign_in(&world, &made.client, &made.secret, "default").await.code(), "client.invalid");
}

/// Unknown, another's, used up, revoked, of a disabled member, not from here, in another tenant, in none: the same, to the byte.
#[tokio::test]
async fn t_a2_client_secrets_that_are_not_good_are_answered_alike() {
    let world = World::new().await;
    world.tenant("acme").await;
    for name in ["shop", "leaver"] {
        world.token(&op(), name, &[], false).await;
    }
    let good = made(&world, json!({ "member": "shop" })).await;
    let used = made(&world, json!({ "member": "shop", "uses": 1 })).await;
    let elsewhere = made(&world, json!({ "member": "shop", "networks": ["198.51.100.0/24"] })).await;
    let revoked = made(&world, json!({ "member": "shop" })).await;
    let of_leaver = made(&world, json!({ "member": "leaver" })).await;
    assert_eq!(sign_in(&world, &used.client, &used.secret, "default").await.status, StatusCode::OK);
    world.ask("DELETE", &format!("/api/v1/client-secrets/{}", revoked.id), "").await;
    let change = MemberChange { disabled: Some(true), ..MemberChange::default() };
    world.vault.member_change(&op(), &MemberName::parse("leaver").unwrap(), &change, false).await.unwrap();
    let made_up = coffer_engine::client::ClientSecret::generate().unwrap().expose().to_owned();
    let code = coffer_engine::code::Code::generate().unwrap().expose().to_owned();
    let mut seen = Vec::new();
    for (client, secret, tenant) in [
        (good.client.as_str(), made_up.as_str(), "default"),
        (&good.client, &code, "default"),
        (&good.client, "", "default"),
        ("", &good.secret, "default"),
        ("shop", &good.secret, "default"),
        (&of_leaver.client, &good.secret, "default"),
        (&of_leaver.client, &of_leaver.secret, "default"),
        (&used.client, &used.secret, "default"),
        (&elsewhere.client, &elsewhere.secret, "default"),
        (&revoked.client, &revoked.secret, "default"),
        (&good.client, &good.secret, "acme"),
        (&good.client, &good.secret, "no-such-tenant"),
        (&good.client, &good.secret, "no/such tenant"),
    ] {
        let reply = sign_in(&world, client, secret, tenant).await;
        let said = (reply.status, reply.code());
        assert_eq!(said, (StatusCode::UNAUTHORIZED, "client.invalid".to_owned()), "{client} {tenant}");
        seen.push(reply.without_ids());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!(sign_in(&world, &good.client, &good.secret, "default").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_guesses_client_secrets_is_slowed_down() {
    let options = ServiceOptions { failure_rate: Rate { per_second: 0, burst: 3 }, ..UNBOUNDED };
    let world = World::over(MemoryStorage::new(clock_at(NOW)), options).await;
    let good = made(&world, json!({ "member": "owner" })).await;
    for _ in 0..3 {
        assert_eq!(sign_in(&world, &good.client, "CLNT-0", "default").await.code(), "client.invalid");
    }
    let reply = sign_in(&world, &good.client, &good.secret, "default").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "token.too_many_failures"));
}

/// One thing is shown, and nothing of another.
#[tokio::test]
async fn what_is_shown_is_one_thing() {
    let world = World::new().await;
    for body in [
        r#"{}"#,
        r#"{"client_id":"0"}"#,
        r#"{"client_secret":"0"}"#,
        r#"{"code":"0","client_id":"0","client_secret":"0"}"#,
        r#"{"code":"0","client_id":"0"}"#,
        r#"{"code":null}"#,
        r#"{"code":"0","more":1}"#,
        r#"{"code":"0","code":"0"}"#,
        r#"[]"#,
    ] {
        let reply = world.ask_with("POST", "/api/v1/sign-in", &[], body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {reply:?}");
    }
    for (body, code) in [
        (r#"{"member":"nobody","ttl_seconds":60}"#, "member.not_found"),
        (r#"{"member":"owner","ttl_seconds":0}"#, "client_secret.lifetime"),
        (r#"{"member":"owner","ttl_seconds":60,"uses":0}"#, "client_secret.uses"),
        (r#"{"member":"owner","ttl_seconds":60,"networks":["10.0.0.1/8"]}"#, "network.invalid"),
    ] {
        assert_eq!(world.ask("POST", "/api/v1/client-secrets", body).await.code(), code, "{body}");
    }
    assert_eq!(world.ask("DELETE", "/api/v1/client-secrets/x", "").await.code(), "client_secret.id");
}
