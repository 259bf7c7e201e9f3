//! Second factors over the API: enrolled, confirmed, asked for beside the password, and no answer tells who guesses that it was right.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_encryption::{TotpSecret, totp_step};
use coffer_engine::access::Role;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::clock_at;
use serde_json::{Value, json};

use super::world::{NOW, Reply, UNBOUNDED, World, op};

const RIGHT: &str = "correct horse battery staple";

/// For what a token alone is not enough for: one by a code, of `owner`, and a body with what has to be shown.
pub(super) async fn staged(world: &World, operation: &str) -> Option<(String, String)> {
    if !matches!(operation, "factor_enrol" | "factor_confirm" | "factor_remove_own") {
        return None;
    }
    let token = by_code(world, "owner").await;
    if operation == "factor_enrol" {
        return Some((token, "{}".to_owned()));
    }
    let made = ask(world, &token, ("POST", "/api/v1/factor"), json!({})).await;
    let secret = scanned(&made.json());
    if operation == "factor_remove_own" {
        let first = json!({ "totp": code(&secret, -1) });
        let confirmed = ask(world, &token, ("POST", "/api/v1/factor/confirm"), first).await;
        assert_eq!(confirmed.status, StatusCode::NO_CONTENT);
    }
    Some((token, json!({ "totp": code(&secret, 0) }).to_string()))
}

async fn by_code(world: &World, member: &str) -> String {
    let made = world.ask("POST", "/api/v1/codes", json!({ "member": member }).to_string()).await.json();
    let signed = sign_in(world, "192.0.2.9", json!({ "code": made["code"] })).await.json();
    signed["token"].as_str().unwrap().to_owned()
}

/// With this token.
async fn ask(world: &World, token: &str, (method, path): (&str, &str), body: Value) -> Reply {
    let bearer = format!("Bearer {token}");
    world.ask_with(method, path, &[("authorization", &bearer)], body.to_string()).await
}

async fn sign_in(world: &World, source: &str, body: Value) -> Reply {
    let request = Request::post("/api/v1/sign-in").header("x-coffer-tenant", "default");
    world.answer(source, request.body(Body::from(body.to_string())).unwrap()).await
}

/// What an authenticator reads.
fn scanned(made: &Value) -> TotpSecret {
    let (secret, uri) = (made["secret"].as_str().unwrap(), made["uri"].as_str().unwrap());
    assert!(uri.starts_with("otpauth://totp/Coffer:default%2F"), "{uri}");
    assert!(uri.contains(secret));
    let value = |digit: u8| if digit.is_ascii_digit() { digit - b'2' + 26 } else { digit - b'A' };
    let bits: Vec<u8> =
        secret.bytes().flat_map(|digit| (0..5).rev().map(move |at| (value(digit) >> at) & 1)).collect();
    let bytes: Vec<u8> =
        bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| (sum << 1) | bit)).collect();
    TotpSecret::from_bytes(bytes.try_into().unwrap())
}

fn code(secret: &TotpSecret, steps: i64) -> String {
    secret.code(totp_step(NOW.millis() / 1000).checked_add_signed(steps).unwrap()).to_string()
}

#[tokio::test]
async fn t_a3_a_second_factor_is_asked_for_and_tells_nothing_to_who_guesses() {
    let world = World::over(MemoryStorage::new(clock_at(NOW)), UNBOUNDED).await;
    world.token(&op(), "maya", &[(Role::Reader, "prod/**")], false).await;
    let token = by_code(&world, "maya").await;
    let set = ask(&world, &token, ("PUT", "/api/v1/password"), json!({ "new": RIGHT })).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);

    let wrong = json!({ "password": "correct horse battery stable" });
    assert_eq!(ask(&world, &token, ("POST", "/api/v1/factor"), wrong).await.code(), "password.wrong");
    let made = ask(&world, &token, ("POST", "/api/v1/factor"), json!({ "password": RIGHT })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let secret = scanned(&made.json());
    let confirm = ("POST", "/api/v1/factor/confirm");
    let shown = |steps| json!({ "totp": code(&secret, steps) });
    assert_eq!(ask(&world, &token, confirm, json!({ "totp": "12345x" })).await.code(), "factor.wrong");
    assert_eq!(ask(&world, &token, confirm, shown(-1)).await.status, StatusCode::NO_CONTENT);
    let again = ask(&world, &token, ("POST", "/api/v1/factor"), json!({ "password": RIGHT })).await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "factor.exists"));

    let with = |password: &str, totp: Value| json!({ "user": "maya", "password": password, "totp": totp });
    let mut seen = Vec::new();
    for (number, body) in [
        json!({ "user": "maya", "password": RIGHT }),
        with(RIGHT, Value::Null),
        with(RIGHT, json!("000000")),
        with(RIGHT, json!("")),
        with(RIGHT, json!(format!(" {}", code(&secret, 0)))),
        with(RIGHT, json!(code(&secret, -1))),
        with("correct horse battery stable", json!(code(&secret, 0))),
        json!({ "user": "nobody", "password": RIGHT, "totp": "000000" }),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = sign_in(&world, &format!("198.51.100.{number}"), body).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "password.invalid"));
        seen.push(reply.without_ids());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");

    let signed = sign_in(&world, "192.0.2.1", with(RIGHT, json!(code(&secret, 0)))).await;
    assert_eq!(signed.status, StatusCode::OK, "{signed:?}");
    let once = sign_in(&world, "192.0.2.1", with(RIGHT, json!(code(&secret, 0)))).await;
    assert_eq!(once.code(), "password.invalid");
    for body in [json!({ "totp": "000000" }), json!({ "code": "x", "totp": "000000" })] {
        assert_eq!(sign_in(&world, "192.0.2.1", body).await.status, StatusCode::BAD_REQUEST);
    }

    let removed = world.ask("DELETE", "/api/v1/member/factor/maya", "").await;
    assert_eq!(removed.json(), json!({ "removed": true }));
    assert_eq!(
        ask(&world, &token, ("POST", "/api/v1/factor/remove"), shown(1)).await.code(),
        "factor.not_found"
    );
    assert_eq!(sign_in(&world, "192.0.2.1", with(RIGHT, Value::Null)).await.status, StatusCode::OK);
}
