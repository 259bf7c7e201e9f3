//! Signing in with client certificates, over real connections: what is shown, what is not, and what a token is good with.

use std::net::SocketAddr;
use std::sync::Arc;

use coffer_engine::access::Role;
use coffer_engine::testkit::{TestAuthority, TestCertificate};
use coffer_server::listen::{Listener, Tls};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;

use super::world::{World, op};

const SHOP: &str = "uri:spiffe://acme.example/prod/shop";

/// A server that trusts one authority.
struct Served {
    address: SocketAddr,
    roots: RootCertStore,
    root: TestAuthority,
    world: World,
    _stop: watch::Sender<bool>,
}

/// What a client shows of itself.
enum Shows {
    Nothing,
    Own(Vec<Vec<u8>>, String),
}

impl Shows {
    fn of(certificate: &TestCertificate) -> Self {
        Self::Own(vec![certificate.der()], certificate.key_pem())
    }
}

impl Served {
    async fn new() -> Self {
        let world = World::new().await;
        world.token(&op(), "shop", &[(Role::Reader, "prod/**")], false).await;
        let root = TestAuthority::new("acme").unwrap();
        let set = json!({ "certificates": root.pem(), "names": ["uri:spiffe://acme.example/prod/*"], "member": "shop" });
        let set = world.ask("PUT", "/api/v1/authorities/acme", set.to_string()).await;
        assert_eq!(set.status.as_u16(), 204, "{set:?}");
        let (tls, pem) = Tls::for_this_machine().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), Some(tls)).await.unwrap();
        let address = listener.address().unwrap();
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(listener.serve(world.service.clone(), stopping));
        Self { address, roots, root, world, _stop: stop }
    }

    fn client(&self, shows: Shows) -> Client {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_root_certificates(self.roots.clone());
        let config = match shows {
            Shows::Nothing => builder.with_no_client_auth(),
            Shows::Own(chain, key) => {
                let chain = chain.into_iter().map(CertificateDer::from).collect();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                let key = provider.key_provider.load_private_key(key).unwrap();
                // Whether it is the certificate's is for the server to find out.
                let shown: Arc<dyn ResolvesClientCert> =
                    Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)));
                builder.with_client_cert_resolver(shown)
            }
        };
        Client { connector: TlsConnector::from(Arc::new(config)), address: self.address }
    }
}

struct Client {
    connector: TlsConnector,
    address: SocketAddr,
}

/// What was answered, and how the connection began.
#[derive(Debug, PartialEq)]
struct Said {
    status: u16,
    body: Json,
    kind: HandshakeKind,
}

impl Client {
    async fn ask(
        &self,
        method: &str,
        target: &str,
        token: Option<&str>,
        body: &str,
    ) -> std::io::Result<Said> {
        let name = ServerName::try_from("localhost").unwrap();
        let socket = TcpStream::connect(self.address).await?;
        let mut stream = self.connector.connect(name, socket).await?;
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{bearer}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let kind = stream.get_ref().1.handshake_kind().unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body =
            answer.split_once("\r\n\r\n").map(|(_, body)| serde_json::from_str(body).unwrap()).unwrap();
        Ok(Said { status, body, kind })
    }

    async fn signs_in(&self, body: &str) -> Said {
        self.ask("POST", "/api/v1/sign-in", None, body).await.unwrap()
    }

    async fn reads(&self, token: &str) -> Said {
        self.ask("GET", "/api/v1/secrets/prod/db/PASSWORD", Some(token), "").await.unwrap()
    }
}

const CERTIFICATE: &str = r#"{"certificate":true}"#;

#[tokio::test]
async fn a_machine_signs_in_with_its_certificate_and_its_token_is_good_with_that() {
    let served = Served::new().await;
    let below = served.root.below("ci", |_| {}).unwrap();
    let own = below.issue(&[SHOP]).unwrap();
    let client = served.client(Shows::Own(vec![own.der(), below.der()], own.key_pem()));
    let signed = client.signs_in(CERTIFICATE).await;
    assert_eq!((signed.status, &signed.body["name"]), (200, &json!("shop")), "{signed:?}");
    assert_eq!(signed.body["about"]["bound"], true);
    let token = signed.body["token"].as_str().unwrap();
    // A session that is resumed is of the same certificate.
    for kind in [HandshakeKind::Resumed, HandshakeKind::Resumed] {
        let read = client.reads(token).await;
        assert_eq!((read.status, &read.body["value"], read.kind), (200, &json!("hunter2"), kind));
    }
    assert_eq!(client.signs_in(CERTIFICATE).await.status, 200, "so is signing in");
    // Who has stolen it is told what is told of a token that is none.
    let none = client.reads(&"x".repeat(token.len())).await;
    let another = served.root.issue(&[SHOP]).unwrap();
    for thief in [Shows::Nothing, Shows::of(&another)] {
        let refused = served.client(thief).reads(token).await;
        assert_eq!((refused.status, &refused.body["code"]), (401, &none.body["code"]), "{refused:?}");
    }
    let here = served.world.ask_as(token, "GET", "/api/v1/secrets/prod/db/PASSWORD").await;
    assert_eq!(here.status.as_u16(), 401, "without any connection of its own");
    assert_eq!(client.reads(token).await.status, 200, "and it is good as before");
}

#[tokio::test]
async fn t_a9_whatever_is_wrong_with_what_is_shown_is_answered_alike() {
    let served = Served::new().await;
    let stranger = TestAuthority::new("acme").unwrap();
    let unknown = [
        Shows::Nothing,
        Shows::of(&stranger.issue(&[SHOP]).unwrap()),
        Shows::of(&served.root.issue(&["uri:spiffe://acme.example/test/shop"]).unwrap()),
        Shows::of(&served.root.issue_as(&[SHOP], |params| params.extended_key_usages = Vec::new()).unwrap()),
        Shows::of(&TestCertificate::of_itself(&[SHOP], |_| {}).unwrap()),
    ];
    let mut answers = Vec::new();
    for shows in unknown {
        let client = served.client(shows);
        let mut refused = client.signs_in(CERTIFICATE).await;
        assert_eq!((refused.status, &refused.body["code"]), (401, &json!("certificate.invalid")));
        let told = refused.body.as_object_mut().unwrap();
        told.remove("request");
        told.remove("instance");
        answers.push(refused.body);
    }
    for answer in &answers {
        assert_eq!(*answer, answers[0], "why is nobody's business");
    }
    // The control; and what else is wrong with the request is told as everywhere.
    let client = served.client(Shows::of(&served.root.issue(&[SHOP]).unwrap()));
    assert_eq!(client.signs_in(CERTIFICATE).await.status, 200);
    assert_eq!(client.signs_in(r#"{"certificate":true,"authority":"acme"}"#).await.status, 200);
    assert_eq!(client.signs_in(r#"{"certificate":true,"authority":"other"}"#).await.status, 401);
    for wrong in [r#"{"certificate":false}"#, r#"{"authority":"acme"}"#, r#"{"certificate":true,"code":"x"}"#]
    {
        assert_eq!(client.signs_in(wrong).await.status, 400, "{wrong}");
    }
    // What is said in headers is nothing.
    let headers = [("x-client-certificate", "1"), ("x-forwarded-client-cert", "1"), ("ssl-client-cert", "1")];
    let said = served.world.ask_with("POST", "/api/v1/sign-in", &headers, CERTIFICATE.to_owned()).await;
    assert_eq!(said.status.as_u16(), 401);
}

#[tokio::test]
async fn t_a9_who_has_not_the_key_has_not_the_certificate() {
    let served = Served::new().await;
    let (own, another) = (served.root.issue(&[SHOP]).unwrap(), served.root.issue(&[SHOP]).unwrap());
    let copied = served.client(Shows::Own(vec![own.der()], another.key_pem()));
    assert!(copied.ask("POST", "/api/v1/sign-in", None, CERTIFICATE).await.is_err());
    // Nor is more kept of anybody than they need.
    let long = vec![own.der(); coffer_engine::limits::SHOWN_CHAIN_MAX + 1];
    let long = served.client(Shows::Own(long, own.key_pem()));
    assert!(long.ask("POST", "/api/v1/sign-in", None, CERTIFICATE).await.is_err());
    assert_eq!(served.client(Shows::of(&own)).signs_in(CERTIFICATE).await.status, 200);
}

#[tokio::test]
async fn an_authority_is_set_listed_removed_and_taken_back() {
    let served = Served::new().await;
    let world = &served.world;
    let listed = world.ask("GET", "/api/v1/authorities", String::new()).await.json();
    let one = &listed["authorities"][0];
    assert_eq!((&one["name"], &one["member"], &one["crls"]), (&json!("acme"), &json!("shop"), &json!(0)));
    assert_eq!(one["certificates"][0]["authority"], true);
    let own = TestCertificate::of_itself(&["cn:build"], |_| {}).unwrap();
    for (wrong, code) in [
        (json!({ "certificates": own.key_pem(), "member": "shop" }), "authority.pem"),
        (json!({ "certificates": own.pem() + &own.key_pem(), "member": "shop" }), "authority.pem"),
        (json!({ "certificates": "none", "member": "shop" }), "authority.pem"),
        (json!({ "crls": own.pem() }), "authority.pem"),
        (json!({ "certificates": "", "member": "shop" }), "authority.invalid"),
        (json!({ "certificates": own.pem() }), "authority.invalid"),
        (json!({ "names": ["dns:*"] }), "authority.name"),
    ] {
        let refused = world.ask("PUT", "/api/v1/authorities/new", wrong.to_string()).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (400, &json!(code)), "{wrong}");
    }
    let removed = world.ask("DELETE", "/api/v1/authorities/acme", String::new()).await;
    assert_eq!(removed.status.as_u16(), 204);
    let client = served.client(Shows::of(&served.root.issue(&[SHOP]).unwrap()));
    assert_eq!(client.signs_in(CERTIFICATE).await.status, 401);
    let undone = world.ask("POST", "/api/v1/authority/undo/acme", String::new()).await;
    assert_eq!(undone.json(), json!({ "exists": true }));
    assert_eq!(client.signs_in(CERTIFICATE).await.status, 200);
}
