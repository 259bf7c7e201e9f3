//! Sealed files over HTTP.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use serde_json::json;

use super::world::{World, op};

const SEAL: &str = "/api/v1/files/seal/prod/shop/.env";
const OPEN: &str = "/api/v1/files/open";

#[tokio::test]
async fn a_file_is_sealed_and_opened_byte_for_byte() {
    let world = World::new().await;
    for content in [json!({ "value": "A=1\nB='two'\n" }), json!({ "value_base64": "/wAK" })] {
        let sealed = world.ask("POST", SEAL, content.to_string()).await;
        assert_eq!(sealed.status, StatusCode::OK, "{sealed:?}");
        assert!(!String::from_utf8_lossy(&sealed.body).contains("A=1"));
        let opened = world.ask("POST", OPEN, sealed.body).await.json();
        assert_eq!(opened["path"], "prod/shop/.env");
        assert!(["value", "value_base64"].iter().all(|name| opened.get(name) == content.get(name)));
    }
    for body in [
        "{}",
        r#"{"fields":{"a":"1"}}"#,
        r#"{"value":"x","path":"dev/a"}"#,
        r#"{"value":"x","replace":true}"#,
    ] {
        assert_eq!(world.ask("POST", SEAL, body).await.code(), "body.invalid", "{body}");
    }
    let large = json!({ "value": "x".repeat(1024 * 1024 + 1) });
    assert_eq!(world.ask("POST", SEAL, large.to_string()).await.code(), "value.too_large");
}

#[tokio::test]
async fn a_file_opens_where_it_was_sealed_and_for_whom_may_read_there() {
    let world = World::new().await;
    let sealed = world.ask("POST", SEAL, r#"{"value":"A=1"}"#).await.body;
    let reader = world.token(&op(), "reader", &[(Role::Reader, "prod/shop/**")], false).await;
    let elsewhere = world.token(&op(), "elsewhere", &[(Role::Owner, "prod/db/**")], false).await;
    let ask = async |token: &str, target: &str, body: Vec<u8>| {
        world.ask_with("POST", target, &[("authorization", &format!("Bearer {token}"))], body).await
    };
    assert_eq!(ask(&reader, OPEN, sealed.clone()).await.json()["value"], "A=1");
    for (token, target, body) in
        [(&reader, SEAL, br#"{"value":"A=1"}"#.to_vec()), (&elsewhere, OPEN, sealed.clone())]
    {
        assert_eq!(ask(token, target, body).await.code(), "access.denied", "{target}");
    }
    let neighbour = world.tenant("acme").await;
    let owner = world.token(&neighbour, "owner", &[(Role::Owner, "**")], false).await;
    let headers = [("authorization", format!("Bearer {owner}")), ("x-coffer-tenant", "acme".to_owned())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = world.ask_with("POST", OPEN, &headers, sealed).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "store.corrupt"));
    assert_eq!(world.ask("POST", OPEN, r#"{"file_base64":"QT0x"}"#).await.code(), "file.not_sealed");
    assert_eq!(world.ask("POST", OPEN, r#"{"file_base64":"?"}"#).await.code(), "body.invalid");
}
