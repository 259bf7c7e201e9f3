//! Over real sockets: TLS, slow clients, stopping.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use coffer_server::listen::{ListenError, Listener, Tls};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, NamedGroup, RootCertStore, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::world::World;

struct Served {
    world: World,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

async fn served(tls: Option<Tls>) -> Served {
    let world = World::new().await;
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), tls).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(listener.serve(world.service.clone(), stopping));
    Served { world, address, stop, task }
}

impl Served {
    fn get(&self, more: &str) -> String {
        let token = &self.world.owner;
        format!(
            "GET /api/v1/secrets/prod/db/USER HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{more}\r\n"
        )
    }
}

/// A certificate for this machine, and its key, in PEM.
struct SelfSigned {
    certificate: String,
    key: String,
}

impl SelfSigned {
    fn write(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, &self.certificate).unwrap();
        std::fs::write(&key, &self.key).unwrap();
        (certificate, key)
    }
}

fn certificate() -> SelfSigned {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    SelfSigned { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
}

async fn handshake(
    address: SocketAddr,
    trusted: &SelfSigned,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let root = rustls::pki_types::CertificateDer::from_pem_slice(trusted.certificate.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
    let name = ServerName::try_from("localhost").unwrap();
    connector.connect(name, TcpStream::connect(address).await.unwrap()).await
}

#[tokio::test]
async fn nothing_is_served_in_clear_but_on_loopback() {
    let refused = Listener::bind("0.0.0.0:0".parse().unwrap(), None).await;
    assert!(matches!(refused, Err(ListenError::InClear(_))));
    let mapped = Listener::bind("[::ffff:192.0.2.1]:0".parse().unwrap(), None).await;
    assert!(matches!(mapped, Err(ListenError::InClear(_))));
}

#[tokio::test]
async fn tls_1_3_alone_and_post_quantum_first() {
    let signed = certificate();
    let folder = tempfile::tempdir().unwrap();
    let (certificate_file, key_file) = signed.write(folder.path());
    let tls = Tls::from_files(&certificate_file, &key_file).unwrap();
    let served = served(Some(tls)).await;
    let mut stream = handshake(served.address, &signed, &[&version::TLS13]).await.unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
    stream.write_all(served.get("connection: close\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"shop\""), "{answer}");
    assert!(handshake(served.address, &signed, &[&version::TLS12]).await.is_err(), "TLS 1.2");
    assert!(
        handshake(served.address, &certificate(), &[&version::TLS13]).await.is_err(),
        "another certificate"
    );
    // In clear there is no answer either.
    let mut clear = TcpStream::connect(served.address).await.unwrap();
    clear.write_all(served.get("").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = clear.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
}

#[tokio::test]
async fn a_certificate_is_renewed_beside_the_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (certificate(), certificate());
    let (certificate_file, key_file) = first.write(folder.path());
    let tls = Tls::from_files(&certificate_file, &key_file).unwrap();
    let served = served(Some(tls.clone())).await;
    handshake(served.address, &first, &[&version::TLS13]).await.unwrap();
    let before = tls.fingerprint();
    assert!(!tls.reload().unwrap(), "it is the same");
    second.write(folder.path());
    assert!(tls.reload().unwrap());
    assert_ne!(tls.fingerprint(), before);
    handshake(served.address, &second, &[&version::TLS13]).await.unwrap();
    // One that can't be used does not take its place.
    std::fs::write(&key_file, &first.key).unwrap();
    assert!(tls.reload().is_err());
    handshake(served.address, &second, &[&version::TLS13]).await.unwrap();
}

/// All that comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(start_paused = true)]
async fn t_d3_who_says_nothing_or_too_slowly_is_let_go() {
    let served = served(None).await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    assert!(!rest(&mut idle).await.contains("200"));
    let mut half = TcpStream::connect(served.address).await.unwrap();
    half.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
    assert!(!rest(&mut half).await.contains("200"));
    // After an answer, too.
    let answer = heard(&served, "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(answer.contains("200 OK"), "{answer}");
    // A body that never comes.
    let token = &served.world.owner;
    let head = "PUT /api/v1/secrets/a/B?overwrite=true HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9";
    let answer = heard(&served, &format!("{head}\r\nauthorization: Bearer {token}\r\n\r\n{{")).await;
    assert!(answer.contains("408") && answer.contains("body.too_slow"), "{answer}");
}

/// What the server says until it closes. The clock of these tests runs on whenever nothing is ready: where the system is late with what was
/// written, the server has heard nothing, and is told again.
async fn heard(served: &Served, request: &str) -> String {
    for _ in 0..100 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        if !answer.is_empty() {
            return answer;
        }
    }
    String::new()
}

#[tokio::test]
async fn t_d1_all_bodies_together_have_a_limit() {
    let served = served(None).await;
    let token = &served.world.owner;
    let head = format!(
        "POST /api/v1/batch/set HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        16 * 1024 * 1024
    );
    let (mut asked_for, mut held) = (0, Vec::new());
    for _ in 0..20 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        match &answer {
            b"HTTP/1.1 100" => asked_for += 1,
            answer => assert_eq!(answer, b"HTTP/1.1 503"),
        }
        held.push(stream);
    }
    assert_eq!(asked_for, 16, "256 MiB of bodies, and no more");
    assert_eq!(served.world.ask("GET", "/api/v1/secrets/prod/db/USER", "").await.status, 200);
}

#[tokio::test]
async fn t_d1_heads_have_limits() {
    let served = served(None).await;
    for more in ["x: y\r\n".repeat(100), format!("x: {}\r\n", "y".repeat(64 * 1024))] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        let _ = stream.write_all(served.get(&more).as_bytes()).await;
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(served.get("connection: close\r\n").as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200"), "the others are served on");
}

#[tokio::test]
async fn what_is_under_way_is_answered_before_the_server_stops() {
    let served = served(None).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let token = &served.world.owner;
    let head = format!(
        "PUT /api/v1/secrets/a/B?overwrite=true HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nexpect: 100-continue\r\ncontent-length: 13\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: the request is under way.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100 Continue"));
    served.stop.send(true).unwrap();
    stream.write_all(br#"{"value":"x"}"#).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    tokio::time::timeout(Duration::from_secs(20), served.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own() {
    let world = World::new().await;
    world.ask("GET", "/api/v1/secrets/prod/db/USER", "").await;
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let address = listener.address().unwrap();
    let (_stop, stopping) = watch::channel(false);
    tokio::spawn(listener.serve_metrics(world.service.clone(), stopping));
    let get = async |path: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        rest(&mut stream).await
    };
    let text = get("/metrics").await;
    for line in [
        "coffer_requests_total{operation=\"secret_get\",status=\"200\"} 1",
        "coffer_tenant_accesses_total{tenant=\"default\",operation=\"secret_get\",outcome=\"done\"} 1",
        "coffer_sealed 0",
        "process_resident_memory_bytes ",
        "content-type: text/plain; version=0.0.4",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(get("/api/v1/secrets/prod/db/USER").await.starts_with("HTTP/1.1 404"));
}
