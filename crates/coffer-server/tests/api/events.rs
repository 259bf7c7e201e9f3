//! Changes as they come: who is told of what, when it ends, and where it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::block_on;
use coffer_engine::identity::MemberName;
use coffer_engine::op::Session;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::MemberChange;
use coffer_server::limits::{STREAM_HEARTBEAT, STREAM_TAKE_TIME, STREAMS_TOKEN_MAX};
use coffer_server::{Embedded, Form, Service};
use coffer_wire::Value;
use coffer_wire::client::events::{Block, EventParser};
use coffer_wire::client::{Client, Expect};
use coffer_wire::event::Event;
use coffer_wire::secret::SecretWrite;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::time::Instant;

use super::world::{NOW, Reply, UNBOUNDED, World, op, over};

const EVENTS: &str = "/api/v1/events";

/// One who watches.
struct Watcher {
    body: Body,
    parser: EventParser,
    /// Where to go on from.
    cursor: u64,
    /// Everything that came.
    raw: Vec<u8>,
}

impl Watcher {
    async fn new(service: &Service, token: &str, query: &str) -> Self {
        Self::with(service, token, query, &[]).await.unwrap()
    }

    /// Begins, and takes the first part, which says where to come back to.
    async fn with(
        service: &Service,
        token: &str,
        query: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Reply> {
        let mut request = Request::get(format!("{EVENTS}{query}"));
        request = request.header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = service.answer_here(request.body(Body::empty()).unwrap()).await;
        if response.status() != StatusCode::OK {
            return Err(Reply::of(response).await);
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body = response.into_body();
        let mut new = Self { body, parser: EventParser::default(), cursor: 0, raw: Vec::new() };
        let first = new.block().await.unwrap();
        assert_eq!((first.data, new.parser.retry_ms()), (None, Some(1000)));
        Ok(new)
    }

    /// The next block; `None`: it has ended.
    async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some(block) = self.parser.next_block() {
                self.cursor = block.id.parse().unwrap_or(self.cursor);
                return Some(block);
            }
            let part = self.body.frame().await?.unwrap().into_data().unwrap();
            self.raw.extend_from_slice(&part);
            self.parser.feed(&part).unwrap();
        }
    }

    /// The next event; `None`: it has ended.
    async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            if let Some(data) = block.data {
                let event: Event = serde_json::from_str(&data).unwrap();
                assert_eq!((event.cursor.to_string(), &event.action), (block.id, &block.event));
                return Some(event);
            }
        }
    }

    async fn paths(&mut self, count: usize) -> Vec<String> {
        let mut paths = Vec::new();
        while paths.len() < count {
            paths.push(self.event().await.expect("it goes on").path);
        }
        paths
    }

    /// Everything until it ends, and how it does.
    async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            events.push(event);
        }
        assert!(self.raw.ends_with(b": end\n\n"), "{:?}", String::from_utf8_lossy(&self.raw));
        events
    }
}

async fn set(world: &World, path: &str, value: &str) -> Reply {
    let body = json!({ "value": value }).to_string();
    let reply = world.ask("PUT", &over(&format!("/api/v1/secrets/{path}")), body).await;
    assert!(reply.status.is_success(), "{reply:?}");
    reply
}

async fn entries_of(world: &World, action: &str) -> Vec<coffer_engine::audit::LoggedEntry> {
    let filter = EntryFilter { action: Some(action.to_owned()), ..EntryFilter::default() };
    world.vault.audit_query(&op(), &filter, None, 10_000, false).await.unwrap().entries
}

/// Each change once, in order, with who made it, and never with a value.
#[tokio::test]
async fn every_change_is_told_and_no_value() {
    let world = World::new().await;
    let mut watcher = Watcher::new(&world.service, &world.owner, "").await;
    set(&world, "prod/new/KEY", "kept-quiet-1").await;
    set(&world, "prod/new/KEY", "kept-quiet-2").await;
    let about = r#"{"metadata":{"description":"what it is for"}}"#;
    let mut asked = vec![world.ask("PUT", &over("/api/v1/secrets/prod/new/KEY"), about).await];
    for (method, target, body) in [
        ("POST", "/api/v1/rotate/prod/new/KEY", r#"{"value":"kept-quiet-3"}"#),
        ("DELETE", "/api/v1/secrets/prod/new/KEY", ""),
        ("POST", "/api/v1/undo/prod/new/KEY", ""),
        ("GET", "/api/v1/secrets/prod/new/KEY", ""),
        ("POST", "/api/v1/destroy/prod/new/KEY", r#"{"version":1}"#),
        ("PUT", "/api/v1/secrets/prod/NO//PATH?overwrite=true", r#"{"value":"kept-quiet-4"}"#),
        (
            "POST",
            "/api/v1/batch/set",
            r#"{"secrets":[{"path":"a/B","value":"1","if_version":0},{"path":"a/C","value":"2","overwrite":true}]}"#,
        ),
    ] {
        asked.push(world.ask(method, target, body).await);
    }
    let mut told = Vec::new();
    for _ in 0..9 {
        told.push(watcher.event().await.unwrap());
    }
    let said: Vec<_> =
        told.iter().map(|event| (event.action.as_str(), event.path.as_str(), event.version)).collect();
    let key = "prod/new/KEY";
    assert_eq!(
        said,
        [
            ("secret_set", key, Some(1)),
            ("secret_set", key, Some(2)),
            ("secret_set", key, Some(2)),
            ("secret_rotate", key, Some(3)),
            ("secret_remove", key, Some(3)),
            ("secret_undo", key, Some(3)),
            ("secret_destroy", key, Some(1)),
            ("secret_set", "a/B", Some(1)),
            ("secret_set", "a/C", Some(1)),
        ]
    );
    // As the log has it.
    let log = world.vault.audit_query(&op(), &EntryFilter::default(), None, 10_000, false).await.unwrap();
    for event in &told {
        let entry = log.entries.iter().find(|entry| entry.index == event.cursor).unwrap();
        assert_eq!(
            (&entry.id, &entry.actor.id, &entry.actor.via, entry.ts),
            (&event.entry, &event.actor, &event.via, event.at.millis())
        );
    }
    assert_eq!(asked[1].header("x-coffer-audit-id"), told[3].entry);
    let raw = String::from_utf8(watcher.raw).unwrap();
    assert!(!raw.contains("kept-quiet") && !raw.contains("what it is for"), "{raw}");
}

/// What is a member's right is decided for each path: others are not told of, not even that there is something.
#[tokio::test]
async fn a_member_is_told_of_what_he_may_list_and_of_nothing_else() {
    let world = World::new().await;
    let grants = [(Role::Reader, "prod/db/**"), (Role::Rotator, "dev/ONE")];
    let part = world.token(&op(), "part", &grants, false).await;
    let mut watcher = Watcher::new(&world.service, &part, "").await;
    let mut in_folder = Watcher::new(&world.service, &part, "?prefix=dev").await;
    let mut of_owner = Watcher::new(&world.service, &world.owner, "?prefix=prod/db").await;
    for path in
        ["prod/other/KEY", "prod/dbs/KEY", "dev/TWO", "prod/db/NEW", "dev/ONE", "prod/X", "prod/db/b/Z"]
    {
        set(&world, path, "x").await;
    }
    assert_eq!(watcher.paths(3).await, ["prod/db/NEW", "dev/ONE", "prod/db/b/Z"]);
    assert_eq!(in_folder.paths(1).await, ["dev/ONE"]);
    assert_eq!(of_owner.paths(2).await, ["prod/db/NEW", "prod/db/b/Z"]);
    for raw in [&watcher.raw, &in_folder.raw] {
        let raw = String::from_utf8_lossy(raw);
        assert!(!raw.contains("other") && !raw.contains("TWO") && !raw.contains("prod/X"), "{raw}");
    }
    // Rights are those of now: what he was granted last he is told of, and of what was taken from him he is not.
    let other = coffer_engine::access::PathPattern::parse("prod/other/**").unwrap();
    let grants = Some(vec![coffer_engine::access::Grant::always(Role::Auditor, other)]);
    let change = MemberChange { grants, ..MemberChange::default() };
    let name = MemberName::parse("part").unwrap();
    world.vault.member_change(&op(), &name, &change, false).await.unwrap();
    for path in ["prod/db/NEW", "prod/other/KEY"] {
        set(&world, path, "y").await;
    }
    assert_eq!(watcher.paths(1).await, ["prod/other/KEY"]);
    assert_eq!(in_folder.rest().await, [], "nothing below dev is his any more");
    let refused = Watcher::with(&world.service, &part, "?prefix=dev", &[]).await.err().unwrap();
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "access.denied"));
    let told = refused.json();
    assert!(told["detail"].as_str().unwrap().contains("needs `list` on dev"), "{told}");
}

#[tokio::test]
async fn who_comes_back_goes_on_where_he_was() {
    let world = World::new().await;
    let mut watcher = Watcher::new(&world.service, &world.owner, "").await;
    let before = watcher.cursor;
    set(&world, "a/ONE", "1").await;
    watcher.paths(1).await;
    let cursor = watcher.cursor;
    assert!(cursor > before);
    drop(watcher);
    // More than one part of the log lies between.
    for number in 0..700 {
        let path = if number % 100 == 0 { "a/TWO" } else { "b/KEY" };
        set(&world, path, "2").await;
    }
    let mut again = Watcher::new(&world.service, &world.owner, &format!("?after={cursor}&prefix=a")).await;
    assert_eq!(again.cursor, cursor);
    assert_eq!(again.paths(7).await, ["a/TWO"; 7]);
    // What a browser says in the header is newer than what stands in the address.
    let last = again.cursor;
    let headers = [("last-event-id", last.to_string())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let query = format!("?after={cursor}&prefix=a");
    let mut by_header = Watcher::with(&world.service, &world.owner, &query, &headers).await.unwrap();
    set(&world, "a/THREE", "3").await;
    assert_eq!(by_header.paths(1).await, ["a/THREE"]);
    // From the first entry on.
    let mut all = Watcher::new(&world.service, &world.owner, "?after=0&prefix=a").await;
    assert_eq!(all.paths(9).await.first().map(String::as_str), Some("a/ONE"));
    let began = entries_of(&world, "secret_watch").await;
    let details: Vec<_> = began.iter().map(|entry| entry.detail.clone().unwrap_or_default()).collect();
    let after = |cursor: u64| json!({ "after": cursor });
    assert_eq!(details, [json!({}), after(cursor), after(last), after(0)], "one entry for each, and no more");
    assert_eq!(began[1].path, "a");
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_is_refused() {
    let world = World::new().await;
    let refused = async |query: &str, headers: &[(&str, &str)]| {
        let reply = Watcher::with(&world.service, &world.owner, query, headers).await.err().unwrap();
        (reply.status.as_u16(), reply.code())
    };
    assert_eq!(refused("?after=999999", &[]).await, (400, "events.ahead".to_owned()));
    assert_eq!(refused("", &[("last-event-id", "yesterday")]).await, (400, "events.cursor".to_owned()));
    let twice = [("last-event-id", "1"), ("last-event-id", "2")];
    assert_eq!(refused("", &twice).await, (400, "events.cursor".to_owned()));
    assert_eq!(refused("?after=-1", &[]).await, (400, "query.invalid".to_owned()));
    assert_eq!(refused("?prefix=a//b", &[]).await.0, 400);
    let empty = Watcher::with(&world.service, &world.owner, "", &[("last-event-id", "")]).await;
    assert!(empty.is_ok(), "a browser that has none");
    let cursor = empty.unwrap().cursor;
    for _ in 0..600 {
        set(&world, "a/KEY", "x").await;
    }
    let later = Timestamp::from_millis(NOW.millis() + 1);
    assert!(world.vault.audit_prune(&op(), later, false).await.unwrap().entries > 0);
    assert_eq!(refused(&format!("?after={cursor}"), &[]).await, (410, "events.pruned".to_owned()));
    let outcomes: Vec<_> =
        entries_of(&world, "secret_watch").await.into_iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes.last().map(String::as_str), Some("absent"), "{outcomes:?}");
}

/// Law 3, for who watches: nothing that was committed after the revocation was acknowledged. Others, who still may, are the control.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_revocation_nothing_more_is_told() {
    let world = Arc::new(World::new().await);
    let mut control = Watcher::new(&world.service, &world.owner, "").await;
    for round in 0..12 {
        let name = format!("leaver-{round}");
        let token = world.token(&op(), &name, &[(Role::Reader, "**")], false).await;
        let mut watcher = Watcher::new(&world.service, &token, "").await;
        let told = tokio::spawn(async move { (watcher.rest().await, watcher) });
        let writing = Arc::clone(&world);
        let writer = tokio::spawn(async move {
            for _ in 0..40 {
                set(&writing, "busy/KEY", "x").await;
            }
        });
        for _ in 0..round {
            set(&world, "other/KEY", "x").await;
        }
        let revoked = world.ask_as(&token, "DELETE", "/api/v1/token").await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
        writer.await.unwrap();
        set(&world, "last/KEY", "x").await;
        let (told, _watcher) = told.await.unwrap();
        let id = revoked.header("x-coffer-audit-id");
        let revocations = entries_of(&world, "token_revoke_own").await;
        let revocation = revocations.iter().find(|entry| entry.id == id).unwrap().index;
        let beyond: Vec<_> = told.iter().filter(|event| event.cursor > revocation).collect();
        assert!(beyond.is_empty(), "round {round}: {beyond:?} after {revocation}");
        let mut seen_beyond = 0;
        while let Some(event) = control.event().await {
            seen_beyond += usize::from(event.cursor > revocation);
            if event.path == "last/KEY" {
                break;
            }
        }
        assert!(seen_beyond > 0, "the control sees what came after");
    }
}

/// Two servers on one store: what one commits the other tells of, and what one takes away the other heeds.
#[tokio::test]
async fn another_process_is_heard_of() {
    let storage = MemoryStorage::new(clock_at(NOW));
    let here = World::over(storage.clone(), UNBOUNDED).await;
    let there = TestVault::over(storage).await.unwrap();
    let token = here.token(&op(), "reader", &[(Role::Reader, "**")], false).await;
    let mut watcher = Watcher::new(&here.service, &token, "").await;
    there.set("a/KEY", "x").await.unwrap();
    assert_eq!(watcher.paths(1).await, ["a/KEY"]);
    let change = MemberChange { disabled: Some(true), ..MemberChange::default() };
    let name = MemberName::parse("reader").unwrap();
    there.vault.member_change(&op(), &name, &change, false).await.unwrap();
    there.set("a/KEY", "y").await.unwrap();
    assert_eq!(watcher.rest().await, []);
    let refused = entries_of(&here, "secret_watch").await;
    assert_eq!(refused.last().unwrap().outcome, "refused", "that it was ended is in the log");
}

#[tokio::test]
async fn seal_drain_and_suspension_end_every_stream() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let of_acme = world.token(&acme, "maya", &[(Role::Owner, "**")], false).await;
    let in_acme = [("x-coffer-tenant", "acme")];
    let mut suspended = Watcher::with(&world.service, &of_acme, "", &in_acme).await.unwrap();
    world.vault.tenant_suspend(&op(), &TenantName::parse("acme").unwrap()).await.unwrap();
    assert_eq!(suspended.rest().await, []);
    let refused = Watcher::with(&world.service, &of_acme, "", &in_acme).await.err().unwrap();
    assert_eq!(refused.code(), "tenant.suspended");

    let mut sealed = Watcher::new(&world.service, &world.owner, "").await;
    world.seal().await;
    assert_eq!(sealed.rest().await, []);
    assert_eq!(world.unseal().await.status, StatusCode::NO_CONTENT);

    let mut drained = Watcher::new(&world.service, &world.owner, "").await;
    set(&world, "a/KEY", "x").await;
    assert_eq!(drained.paths(1).await, ["a/KEY"], "after the seal it goes on as before");
    world.service.drain();
    assert_eq!(drained.rest().await, []);
    let mut late = Watcher::new(&world.service, &world.owner, "").await;
    assert_eq!(late.rest().await, [], "who comes while it drains is sent away");
    let open = "coffer_streams 0";
    drop((suspended, sealed, drained, late));
    assert!(world.service.metrics(Form::Plain).await.contains(open), "none is left");
}

/// A seal waits for nobody who watches: no stream has a handle of the keys in its hand.
#[tokio::test]
async fn a_seal_does_not_wait_for_who_watches() {
    let World { service, vault, owner } = World::new().await;
    let world = World { service, vault, owner };
    let mut watcher = Watcher::new(&world.service, &world.owner, "").await;
    let mut gone = world.vault.keys_gone();
    let World { service, vault, .. } = world;
    let sealing = service.clone();
    let operator = World { service: service.clone(), vault, owner: String::new() };
    let token = operator.token(&op(), "who seals", &[(Role::Owner, "**")], true).await;
    drop(operator);
    let request = Request::post("/api/v1/seal").header("authorization", format!("Bearer {token}"));
    let reply = Reply::of(sealing.answer_here(request.body(Body::empty()).unwrap()).await).await;
    assert_eq!(reply.status, StatusCode::OK);
    gone.gone().await;
    assert_eq!(watcher.rest().await, []);
}

#[tokio::test]
async fn a_stream_that_is_quiet_says_that_it_is_there() {
    let world = World::new().await;
    let part = world.token(&op(), "part", &[(Role::Reader, "mine/**")], false).await;
    let mut watcher = Watcher::new(&world.service, &part, "").await;
    let mut of_owner = Watcher::new(&world.service, &world.owner, "").await;
    set(&world, "other/KEY", "x").await;
    assert_eq!(of_owner.paths(1).await, ["other/KEY"]);
    // From here on nothing is committed, which a paused clock would not wait for.
    tokio::time::pause();
    let (cursor, began) = (watcher.cursor, Instant::now());
    let block = watcher.block().await.unwrap();
    assert_eq!(block.data, None);
    assert!(began.elapsed() >= STREAM_HEARTBEAT, "{:?}", began.elapsed());
    assert!(
        watcher.cursor > cursor,
        "he is told how far he has come, so that he need not go through it again"
    );
    // Once more, and nothing is news.
    let before = watcher.raw.len();
    watcher.block().await.unwrap();
    assert_eq!(&watcher.raw[before..], b":\n\n");
}

#[tokio::test]
async fn who_stays_away_is_let_go() {
    let world = World::new().await;
    let mut watcher = Watcher::new(&world.service, &world.owner, "").await;
    set(&world, "a/KEY", "x").await;
    tokio::time::pause();
    tokio::time::advance(STREAM_TAKE_TIME + Duration::from_secs(1)).await;
    tokio::time::resume();
    assert_eq!(watcher.rest().await, []);
    let query = format!("?after={}", watcher.cursor);
    let mut again = Watcher::new(&world.service, &world.owner, &query).await;
    assert_eq!(again.paths(1).await, ["a/KEY"], "and has lost nothing");
}

#[tokio::test]
async fn a_token_that_expires_watches_no_longer() {
    let store = TestVault::in_memory().await.unwrap();
    let now = Arc::new(AtomicU64::new(NOW.millis()));
    let clock = Arc::clone(&now);
    let clock = Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Acquire)));
    let service = Service::new(store.vault.clone(), clock, UNBOUNDED);
    let world = World { service, vault: store.vault, owner: String::new() };
    let token = world.token(&op(), "reader", &[(Role::Reader, "**")], false).await;
    let mut watcher = Watcher::new(&world.service, &token, "").await;
    now.store(NOW.millis() + 3600 * 1000 + 1, Ordering::Release);
    assert_eq!(watcher.rest().await, []);
}

#[tokio::test]
async fn a_token_has_so_many_streams() {
    let world = World::new().await;
    let mut open = Vec::new();
    for _ in 0..STREAMS_TOKEN_MAX {
        open.push(Watcher::new(&world.service, &world.owner, "").await);
    }
    let refused = Watcher::with(&world.service, &world.owner, "", &[]).await.err().unwrap();
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "events.too_many_streams"));
    assert!(!refused.header("retry-after").is_empty() && !refused.header("x-coffer-audit-id").is_empty());
    open.pop();
    assert!(Watcher::with(&world.service, &world.owner, "", &[]).await.is_ok());
}

/// Without a server: through the same routes, in the thread of whoever asks.
#[test]
fn the_owner_watches_in_his_own_process() {
    let store = block_on(TestVault::in_memory()).unwrap();
    let embedded = || {
        let owner = Arc::new(Session::new("maya", []).unwrap());
        Embedded::new(store.vault.clone(), clock_at(NOW), owner).unwrap()
    };
    let watching = Client::new(embedded(), "default");
    let mut events = watching.secret_watch("a", None).unwrap();
    let client = Client::new(embedded(), "default");
    let write = || SecretWrite { value: Some(Value::Bytes(b"x".to_vec().into())), ..SecretWrite::default() };
    for path in ["a/ONE", "b/TWO", "a/THREE"] {
        client.secret_set(path, &write(), Expect::Anything).unwrap();
    }
    let paths: Vec<_> = events.by_ref().take(2).map(|event| event.unwrap().path).collect();
    assert_eq!(paths, ["a/ONE", "a/THREE"]);
    let cursor = events.cursor();
    drop(events);
    client.secret_set("a/FOUR", &write(), Expect::Anything).unwrap();
    let mut events = watching.secret_watch("a", cursor).unwrap();
    assert_eq!(events.next().unwrap().unwrap().path, "a/FOUR");
    assert_eq!(watching.secret_watch("a", Some(1_000_000)).unwrap_err().code(), "events.ahead");
}
