//! The same routes for whoever opened the store in this process, and for nobody else.

use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_engine::op::Session;
use coffer_engine::testkit::{TestVault, clock_at};
use coffer_engine::{Vault, block_on};
use coffer_server::{Embedded, Service, ServiceOptions};
use coffer_wire::client::{self, Client, ClientError, Expect, SentFile, Transport as _, Which};
use coffer_wire::secret::{BatchItem, BatchWrite, MetadataChange, SecretWrite};
use coffer_wire::{Patch, Value};

use crate::world::{NOW, op};

fn vault() -> Vault {
    block_on(async {
        let store = TestVault::in_memory().await.unwrap();
        store.set("prod/db/PASSWORD", "hunter2").await.unwrap();
        store.vault
    })
}

fn embedded(vault: &Vault) -> Embedded {
    let owner = Arc::new(Session::new("maya", []).unwrap());
    Embedded::new(vault.clone(), clock_at(NOW), owner).unwrap()
}

#[test]
fn the_owner_shows_no_token_and_is_in_the_log_as_the_owner() {
    let vault = vault();
    let client = Client::new(embedded(&vault), "default");
    let secret = client.secret_get("prod/db/PASSWORD", &Which::CURRENT).unwrap();
    assert_eq!(secret.value, Value::Bytes(b"hunter2".to_vec().into()));
    let Err(ClientError::Problem(problem)) = client.secret_get("prod/db/NOTHING", &Which::CURRENT) else {
        panic!("it is not there");
    };
    let log = block_on(vault.audit_query(&op(), &<_>::default(), None, 100, false)).unwrap().entries;
    let entry = log.iter().find(|entry| Some(&entry.id) == problem.entry.as_ref()).unwrap();
    assert_eq!((entry.outcome.as_str(), entry.actor.via.as_str()), ("absent", "unlocker"));
    assert_eq!(entry.request, problem.request);
    let person = block_on(vault.audit_person(&op(), entry, false)).unwrap().unwrap();
    assert_eq!(person["name"], "maya");
}

/// Over a socket everybody shows a token, whatever else the request says.
#[test]
fn nothing_in_a_request_makes_it_the_owners() {
    let service = Service::new(vault(), clock_at(NOW), ServiceOptions::default());
    for (name, value) in [
        ("x-coffer-owner", "true"),
        ("x-coffer-caller", "owner"),
        ("x-forwarded-for", "127.0.0.1"),
        ("host", "the store"),
        ("x-coffer-tenant", "default"),
    ] {
        let request = Request::get("/api/v1/secrets/prod/db/PASSWORD").header(name, value);
        let request = request.body(Body::empty()).unwrap();
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let answer = async { service.answer(here, request).await.status() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert_eq!(runtime.block_on(answer), StatusCode::UNAUTHORIZED, "{name}");
    }
}

/// A page is for the sake of others who wait: the owner may have all at once, with one entry.
#[test]
fn the_owner_has_no_rate_and_no_page() {
    let vault = vault();
    let client = Client::new(embedded(&vault), "default");
    let item = |number: usize| BatchItem::new(format!("many/{number:04}"), Value::Bytes(vec![7].into()));
    client.secret_set_together(&BatchWrite { secrets: (0..1500).map(item).collect() }).unwrap();
    assert_eq!(client.secret_list("many", false).unwrap().secrets.len(), 1500);
    let filter =
        coffer_engine::audit::EntryFilter { action: Some("secret_list".to_owned()), ..<_>::default() };
    assert_eq!(block_on(vault.audit_query(&op(), &filter, None, 100, false)).unwrap().entries.len(), 1);
    let write = SecretWrite { value: Some(Value::Bytes(vec![8].into())), ..SecretWrite::default() };
    assert_eq!(client.secret_set("many/0000", &write, Expect::Version(1)).unwrap().version, 2);
    let gone = client.secret_set("many/0000", &write, Expect::Version(1)).unwrap_err();
    assert_eq!(gone.code(), "secret.changed");
}

#[test]
fn a_body_is_read_in_parts_of_any_size() {
    let embedded = embedded(&vault());
    let request = || client::Request {
        method: "GET",
        of_instance: false,
        target: "/api/v1/openapi.json".to_owned(),
        headers: Vec::new(),
        body: client::Sent::Nothing,
        patience: std::time::Duration::from_secs(1),
    };
    let mut whole = Vec::new();
    embedded.exchange(request()).unwrap().body.read_to_end(&mut whole).unwrap();
    let mut body = embedded.exchange(request()).unwrap().body;
    let (mut parts, mut part) = (Vec::new(), [0; 7]);
    loop {
        match body.read(&mut part).unwrap() {
            0 => break,
            read => parts.extend_from_slice(&part[..read]),
        }
    }
    assert!(parts == whole && whole.starts_with(b"{"));
}

/// A file is read while it is sent, and comes while it is read; what breaks off is no end.
#[test]
fn a_file_goes_in_and_out_piece_by_piece() {
    let client = Client::new(embedded(&vault()), "default");
    let content = vec![7; 1_500_000];
    let file =
        |content: Box<dyn std::io::Read + Send>| SentFile { content, media_type: "text/plain".to_owned() };
    let metadata = MetadataChange { owner: Patch::Set("Zoë".to_owned()), ..MetadataChange::default() };
    let sent = file(Box::new(std::io::Cursor::new(content.clone())));
    let written = client.secret_set_file("prod/FILE", sent, (&metadata, false), Expect::Nothing).unwrap();
    assert!(written.created);
    let mut read = client.secret_get_file("prod/FILE", &Which::CURRENT).unwrap();
    assert_eq!((read.version, read.bytes, read.media_type.as_str()), (1, 1_500_000, "text/plain"));
    let mut all = Vec::new();
    while let Some(piece) = read.next_piece().unwrap() {
        all.extend_from_slice(piece);
    }
    assert!(all == content);
    assert_eq!(client.secret_history("prod/FILE").unwrap().metadata.owner.as_deref(), Some("Zoë"));

    let broken = std::io::Read::chain(std::io::Cursor::new(content), Broken);
    let about = (&MetadataChange::default(), false);
    let sent = client.secret_set_file("prod/FILE", file(Box::new(broken)), about, Expect::Anything);
    assert!(matches!(sent, Err(ClientError::Problem(problem)) if problem.code == "body.broken"));
    assert_eq!(client.secret_history("prod/FILE").unwrap().versions.len(), 1);
}

/// What can't be read any further.
struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk failed"))
    }
}
