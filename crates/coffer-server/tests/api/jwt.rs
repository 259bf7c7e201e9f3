//! Signing in with tokens of issuers: three as there are outside, each a server of its own whose keys change.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::http::StatusCode;
use coffer_engine::access::Role;
use coffer_engine::network::Network;
use coffer_engine::testkit::TokenSigner;
use serde_json::json;

use super::world::{NOW, Reply, World, op};

/// An issuer: its server, and what it signs with now.
struct Issuer {
    url: String,
    signers: Arc<Mutex<Vec<TokenSigner>>>,
    /// How often its keys were asked for.
    asked: Arc<AtomicUsize>,
    /// What is said instead of the discovery document.
    instead: Arc<Mutex<Option<String>>>,
}

impl Issuer {
    fn start(first: TokenSigner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let issuer = Self {
            url: url.clone(),
            signers: Arc::new(Mutex::new(vec![first])),
            asked: Arc::default(),
            instead: Arc::default(),
        };
        let (signers, asked, instead) =
            (Arc::clone(&issuer.signers), Arc::clone(&issuer.asked), Arc::clone(&issuer.instead));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 2048];
                let read = stream.read(&mut request).unwrap_or(0);
                let target = String::from_utf8_lossy(&request[..read]);
                let target = target.split(' ').nth(1).unwrap_or_default().to_owned();
                let said = match target.as_str() {
                    "/.well-known/openid-configuration" => Some(instead.lock().unwrap().clone().unwrap_or_else(
                        || json!({ "issuer": url, "jwks_uri": format!("{url}/keys"), "response_types_supported": ["id_token"] }).to_string(),
                    )),
                    "/keys" => {
                        asked.fetch_add(1, Ordering::SeqCst);
                        Some(TokenSigner::set(signers.lock().unwrap().iter()))
                    }
                    _ => None,
                };
                let status = if said.is_some() { "200 OK" } else { "404 Not Found" };
                let said = said.unwrap_or_default();
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{said}",
                    said.len()
                );
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        issuer
    }

    /// A token of the key that it has had since then; what stands for the issuer and for times is filled in.
    fn token(&self, claims: &str) -> String {
        let now = NOW.millis() / 1000;
        let claims = claims.replace("ISS", &self.url).replace("NOW", &now.to_string());
        let claims = claims.replace("END", &(now + 300).to_string());
        self.signers.lock().unwrap().last().unwrap().token(&claims)
    }

    /// From now on it signs with another key, and publishes both.
    fn rotate(&self, next: TokenSigner) {
        let mut signers = self.signers.lock().unwrap();
        signers.push(next);
        let gone = signers.len().saturating_sub(2);
        signers.drain(..gone);
    }
}

const GITHUB: &str = r#"{"jti":"example-id","sub":"repo:acme/shop:ref:refs/heads/main","aud":"https://coffer.example","ref":"refs/heads/main",
    "repository":"acme/shop","repository_owner":"acme","repository_id":"74","repository_owner_id":"65","run_id":"9",
    "event_name":"push","iss":"ISS","nbf":NOW,"exp":END,"iat":NOW}"#;
const GITLAB: &str = r#"{"namespace_id":"72","project_id":"20","project_path":"acme/shop","user_login":"maya","ref":"main","ref_type":"branch",
    "ref_protected":"true","runner_id":1,"iss":"ISS","iat":NOW,"nbf":NOW,"exp":END,
    "sub":"project_path:acme/shop:ref_type:branch:ref:main","aud":["https://coffer.example","other"]}"#;
const KUBERNETES: &str = r#"{"aud":["https://coffer.example"],"exp":END,"iat":NOW,"iss":"ISS","kubernetes.io":{"namespace":"prod",
    "pod":{"name":"shop-0","uid":"5e0c"},"serviceaccount":{"name":"shop","uid":"27fe"}},"nbf":NOW,
    "sub":"system:serviceaccount:prod:shop"}"#;

async fn trusting() -> (World, [Issuer; 3]) {
    let world = World::new().await;
    world.service.allow_issuers_in(vec![Network::parse("127.0.0.0/8").unwrap()]);
    for member in ["ci", "deploy", "shop"] {
        world.token(&op(), member, &[(Role::Reader, "prod/**")], false).await;
    }
    let issuers = [
        Issuer::start(TokenSigner::rs256("g1").unwrap()),
        Issuer::start(TokenSigner::rs256("l1").unwrap()),
        Issuer::start(TokenSigner::es256("k1").unwrap()),
    ];
    for (name, issuer, claims, member) in [
        ("github", &issuers[0], json!({ "repository_owner_id": "65", "sub": "repo:acme/shop:*" }), "ci"),
        ("gitlab", &issuers[1], json!({ "project_id": "20", "ref_protected": "true" }), "deploy"),
        ("cluster", &issuers[2], json!({ "/kubernetes.io/namespace": "prod" }), "shop"),
    ] {
        let new = json!({
            "name": name, "issuer": issuer.url, "audiences": ["https://coffer.example"], "token_seconds": 900,
        });
        let made = world.ask("POST", "/api/v1/issuers", new.to_string()).await;
        assert_eq!(made.status, StatusCode::NO_CONTENT, "{made:?}");
        let bind = json!({ "bind": [{ "claims": claims, "member": member }] });
        let bound = world.ask("PATCH", &format!("/api/v1/issuers/{name}"), bind.to_string()).await;
        assert_eq!(bound.status, StatusCode::NO_CONTENT, "{bound:?}");
    }
    (world, issuers)
}

async fn shows(world: &World, token: &str) -> Reply {
    let body = json!({ "jwt": token }).to_string();
    world.ask_with("POST", "/api/v1/sign-in", &[], body).await
}

async fn later(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

#[tokio::test]
async fn jobs_and_pods_sign_in_and_keys_are_changed_meanwhile() {
    let (world, issuers) = trusting().await;
    let shapes = [(GITHUB, "ci"), (GITLAB, "deploy"), (KUBERNETES, "shop")];
    for turn in 0..4 {
        for (issuer, (claims, member)) in issuers.iter().zip(shapes) {
            let reply = shows(&world, &issuer.token(claims)).await;
            assert_eq!(reply.status, StatusCode::OK, "{turn} {member}: {reply:?}");
            assert_eq!(reply.json()["name"], member);
            let token = reply.json()["token"].as_str().unwrap().to_owned();
            let read = world.ask_as(&token, "GET", "/api/v1/secrets/prod/db/PASSWORD").await;
            assert_eq!(read.json()["value"], "hunter2");
            assert_eq!(issuer.asked.load(Ordering::SeqCst), turn + 1, "once for each key");
            // The keys of another issuer, though it names one of this one's.
            let stranger = TokenSigner::rs256(issuer.signers.lock().unwrap()[0].id()).unwrap();
            let forged = stranger
                .token(&claims.replace("ISS", &issuer.url).replace("NOW", "1").replace("END", "9999999999"));
            let reply = shows(&world, &forged).await;
            assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "jwt.invalid"));
        }
        let id = |family: &str| format!("{family}{}", turn + 2);
        issuers[0].rotate(TokenSigner::rs256(&id("g")).unwrap());
        issuers[1].rotate(TokenSigner::es256(&id("l")).unwrap());
        issuers[2].rotate(TokenSigner::rs256(&id("k")).unwrap());
        // Strangers who name keys that are none have the issuer asked once in a while, and no more.
        later(Duration::from_secs(10)).await;
    }
}

#[tokio::test]
async fn t_a8_every_refusal_is_the_same() {
    let (world, issuers) = trusting().await;
    let good = issuers[0].token(GITHUB);
    assert_eq!(shows(&world, &good).await.status, StatusCode::OK);
    let before = world.entries(&op(), false).await;
    let other = |from: &str, to: &str| issuers[0].token(&GITHUB.replace(from, to));
    let mut seen = Vec::new();
    for token in [
        other("https://coffer.example", "https://other.example"),
        other("repo:acme/shop", "repo:evil/shop"),
        other("END", "1"),
        other("ISS", "https://issuer.example"),
        issuers[1].token(GITHUB),
        good.replacen("eyJ", "eyI", 1),
        format!("{good}x"),
        "x".to_owned(),
        String::new(),
    ] {
        seen.push(shows(&world, &token).await.without_ids());
    }
    let elsewhere = [("x-coffer-tenant", "nowhere")];
    let body = json!({ "jwt": good }).to_string();
    seen.push(world.ask_with("POST", "/api/v1/sign-in", &elsewhere, body.clone()).await.without_ids());
    seen.push(world.ask_with("POST", "/api/v1/sign-in?instance=true", &[], body).await.without_ids());
    let named = json!({ "jwt": good, "issuer": "gitlab" }).to_string();
    seen.push(world.ask_with("POST", "/api/v1/sign-in", &[], named).await.without_ids());
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!((seen[0].0, seen[0].1.contains("jwt.invalid")), (StatusCode::UNAUTHORIZED, true));
    assert_eq!(world.entries_since(&before, false).await, [""; 0], "nobody in particular has asked");
    // A member who is disabled is somebody, and told the same.
    let disabled = world.ask("PATCH", "/api/v1/members/ci", r#"{"disabled":true}"#).await;
    assert_eq!(disabled.status, StatusCode::NO_CONTENT);
    let reply = shows(&world, &good).await;
    assert_eq!(reply.without_ids().1, seen[0].1);
    let refused = world.entries_since(&before, false).await;
    assert!(refused.iter().any(|line| line.ends_with("sign_in refused")), "{refused:?}");
    for body in [r#"{"jwt":"x","code":"y"}"#, r#"{"issuer":"x"}"#, r#"{"code":"x","issuer":"y"}"#, "{}"] {
        let reply = world.ask_with("POST", "/api/v1/sign-in", &[], body).await;
        assert_eq!(reply.code(), "body.invalid", "{body}");
    }
}

/// What an issuer's server says is another's word: it leads nowhere that nobody may ask, and makes no key good.
#[tokio::test]
async fn t_i1_what_a_discovery_document_says_is_looked_at() {
    let (world, issuers) = trusting().await;
    let token = issuers[0].token(GITHUB);
    let url = &issuers[0].url;
    for document in [
        String::new(),
        "{}".to_owned(),
        json!({ "issuer": "https://other.example", "jwks_uri": format!("{url}/keys") }).to_string(),
        json!({ "issuer": format!("{url}/"), "jwks_uri": format!("{url}/keys") }).to_string(),
        json!({ "issuer": url, "jwks_uri": "file:///etc/passwd" }).to_string(),
        json!({ "issuer": url, "jwks_uri": "http://169.254.169.254/keys" }).to_string(),
        json!({ "issuer": url, "jwks_uri": "https://10.0.0.1/keys" }).to_string(),
        json!({ "issuer": url, "jwks_uri": format!("{}/nothing", url) }).to_string(),
        " ".repeat(128 * 1024),
    ] {
        *issuers[0].instead.lock().unwrap() = Some(document.clone());
        assert_eq!(shows(&world, &token).await.code(), "jwt.invalid", "{document:.200}");
        later(Duration::from_secs(10)).await;
    }
    assert_eq!(issuers[0].asked.load(Ordering::SeqCst), 0);
    *issuers[0].instead.lock().unwrap() = None;
    assert_eq!(shows(&world, &token).await.status, StatusCode::OK);
    // Where nothing is allowed besides the public internet, this machine is not asked.
    let world = World::new().await;
    let new = json!({ "name": "github", "issuer": url, "audiences": ["https://coffer.example"] });
    assert_eq!(world.ask("POST", "/api/v1/issuers", new.to_string()).await.status, StatusCode::NO_CONTENT);
    let asked = issuers[0].asked.load(Ordering::SeqCst);
    assert_eq!(shows(&world, &token).await.code(), "jwt.invalid");
    assert_eq!(issuers[0].asked.load(Ordering::SeqCst), asked);
}

#[tokio::test]
async fn issuers_are_listed_changed_and_removed() {
    let (world, issuers) = trusting().await;
    let listed = world.ask("GET", "/api/v1/issuers?limit=2", "").await.json();
    assert_eq!(listed["issuers"][0]["name"], "cluster");
    assert_eq!(listed["issuers"][1]["bindings"][0]["member"], "ci");
    assert_eq!(listed["issuers"][1]["algorithms"], json!(["RS256", "ES256"]));
    assert_eq!(
        (&listed["issuers"][1]["leeway_seconds"], &listed["issuers"][1]["jwks"]),
        (&json!(30), &json!(null))
    );
    let cursor = listed["next"].as_str().unwrap();
    let rest = world.ask("GET", &format!("/api/v1/issuers?cursor={cursor}"), "").await.json();
    assert_eq!((&rest["issuers"][0]["name"], &rest["next"]), (&json!("gitlab"), &json!(null)));
    for (body, status, code) in [
        (json!({ "jwks": "{}", "discovery": true }), 400, "issuer.contradiction"),
        (json!({ "algorithms": ["HS256"] }), 400, "issuer.algorithm"),
        (json!({ "algorithms": ["none"] }), 400, "issuer.algorithm"),
        (json!({ "audiences": [] }), 400, "issuer.invalid"),
        (json!({ "jwks": "{}" }), 400, "issuer.invalid"),
        (json!({ "bind": [{ "claims": { "sub": "*" }, "member": "ci" }] }), 400, "binding.invalid"),
        (json!({ "bind": [{ "claims": { "sub": "a" }, "member": "nobody" }] }), 404, "member.not_found"),
        (
            json!({ "bind": [{ "claims": { "project_id": "20", "ref_protected": "true" }, "member": "ci" }] }),
            409,
            "name.exists",
        ),
    ] {
        let reply = world.ask("PATCH", "/api/v1/issuers/gitlab", body.to_string()).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{body}");
    }
    // Keys in the record: nobody is asked.
    let asked = issuers[1].asked.load(Ordering::SeqCst);
    let set = TokenSigner::set(issuers[1].signers.lock().unwrap().iter());
    let change = json!({ "jwks": set, "once": false }).to_string();
    assert_eq!(world.ask("PATCH", "/api/v1/issuers/gitlab", change).await.status, StatusCode::NO_CONTENT);
    assert_eq!(shows(&world, &issuers[1].token(GITLAB)).await.status, StatusCode::OK);
    assert_eq!(issuers[1].asked.load(Ordering::SeqCst), asked);
    let removed = world.ask("DELETE", "/api/v1/issuers/gitlab", "").await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(shows(&world, &issuers[1].token(GITLAB)).await.code(), "jwt.invalid");
    assert_eq!(world.ask("DELETE", "/api/v1/issuers/gitlab", "").await.code(), "issuer.not_found");
}
