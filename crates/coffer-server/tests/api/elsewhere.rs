//! Where a request comes from, and what it says of that: the socket's address counts, and pages of other sites are not answered.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_engine::access::Role;
use coffer_engine::limits::ACCESS_ATTEMPTS_MAX;
use coffer_server::listen::Listener;
use coffer_server::routes::ROUTES;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::routes::target;
use super::world::{Reply, World, op};

const RIGHT: &str = "correct horse battery staple";
/// All in which somebody may say that they are elsewhere.
const SAID: [&str; 6] =
    ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "true-client-ip", "cf-connecting-ip"];

/// Whoever is at `source`, and says in every header that they are at `said`.
async fn ask(
    world: &World,
    (source, said): (&str, &str),
    request: axum::http::request::Builder,
    body: String,
) -> Reply {
    let request = SAID.into_iter().fold(request, |request, name| {
        let text = if name == "forwarded" { format!("for={said}") } else { said.to_owned() };
        request.header(name, text)
    });
    world.answer(source, request.body(Body::from(body)).unwrap()).await
}

/// Nothing of a request says where it is from: a grant that holds in some networks, and a lock, go by the socket's address (CVE-2024-6468).
#[tokio::test]
async fn t_a11_what_a_header_says_of_an_address_is_nothing() {
    let world = World::new().await;
    let token = world.token(&op(), "shop", &[], false).await;
    let grant = json!({ "grant": [{ "role": "reader", "pattern": "prod/**", "when": { "networks": ["192.0.2.0/24"] } }] });
    let given = world.ask("PATCH", "/api/v1/members/shop", grant.to_string()).await;
    assert_eq!(given.status, StatusCode::NO_CONTENT, "{given:?}");
    let reads = async |places: (&str, &str)| {
        let request =
            Request::get("/api/v1/secrets/prod/db/USER").header("authorization", format!("Bearer {token}"));
        ask(&world, places, request, String::new()).await.status
    };
    assert_eq!(reads(("192.0.2.7", "198.51.100.1")).await, StatusCode::OK);
    assert_eq!(reads(("198.51.100.1", "192.0.2.7")).await, StatusCode::FORBIDDEN);
    // A lock is of who has tried, and of nobody whom they name.
    world.token(&op(), "maya", &[(Role::Reader, "prod/**")], false).await;
    let code = world.ask("POST", "/api/v1/codes", json!({ "member": "maya" }).to_string()).await.json();
    let signed = json!({ "code": code["code"] }).to_string();
    let signed = world.ask_with("POST", "/api/v1/sign-in", &[], signed).await.json();
    let bearer = format!("Bearer {}", signed["token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    world.ask_with("PUT", "/api/v1/password", &headers, json!({ "new": RIGHT }).to_string()).await;
    let signs_in = async |places: (String, String), password: &str| {
        let body = json!({ "user": "maya", "password": password }).to_string();
        ask(&world, (&places.0, &places.1), Request::post("/api/v1/sign-in"), body).await.status
    };
    for turn in 0..ACCESS_ATTEMPTS_MAX {
        let places = ("192.0.2.1".to_owned(), format!("203.0.113.{turn}"));
        assert_eq!(signs_in(places, "correct horse battery stable").await, StatusCode::UNAUTHORIZED);
    }
    let at = |source: &str, said: &str| (source.to_owned(), said.to_owned());
    assert_eq!(signs_in(at("192.0.2.1", "203.0.113.99"), RIGHT).await, StatusCode::UNAUTHORIZED, "locked");
    for turn in 0..ACCESS_ATTEMPTS_MAX {
        let said = format!("203.0.113.{turn}");
        assert_eq!(
            signs_in(at("192.0.2.2", &said), RIGHT).await,
            StatusCode::OK,
            "nobody has tried from here"
        );
        assert_eq!(signs_in(at(&said, "192.0.2.1"), RIGHT).await, StatusCode::OK, "nor from there");
    }
}

/// A page that has its name lead to this machine (DNS rebinding), or asks its address, gets nothing of any route (CVE-2026-115364).
#[tokio::test]
async fn t_a14_pages_of_other_sites_are_refused_on_every_route() {
    let world = World::new().await;
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let address = listener.address().unwrap();
    let (_stop, stopping) = watch::channel(false);
    tokio::spawn(listener.serve(world.service.clone(), stopping));
    let bearer = &world.owner;
    let says = async |method: &str, target: &str, headers: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nconnection: close\r\nauthorization: Bearer {bearer}\r\n{headers}content-length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let before = world.entries(&op(), false).await;
    let port = address.port();
    for route in ROUTES {
        for headers in [
            format!("host: evil.example:{port}\r\n"),
            format!("host: 127.0.0.1:{port}\r\norigin: http://evil.example\r\n"),
            format!("host: 127.0.0.1:{port}\r\norigin: null\r\n"),
        ] {
            let answer = says(route.method, &target(route), &headers).await;
            let is_refused = answer.starts_with("HTTP/1.1 403 ") && answer.contains("request.other_site");
            assert!(is_refused, "{} {headers}: {answer}", route.operation);
        }
    }
    assert!(world.entries_since(&before, false).await.is_empty(), "nothing of them was looked at");
    // What is no route is not told either; and whoever is here is answered.
    assert!(says("GET", "/none", "host: evil.example\r\n").await.contains("request.other_site"));
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")] {
        let read = says("GET", "/api/v1/secrets/prod/db/USER", &format!("host: {host}\r\n")).await;
        assert!(read.starts_with("HTTP/1.1 200 "), "{host}: {read}");
    }
}
