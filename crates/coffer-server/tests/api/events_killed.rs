//! Many watch while much changes, and the server is killed in the midst (SIGKILL, a process of its own): whoever comes back by his cursor
//! has been told of every change that he may know of, each once, in the order of the log, and of no other path.
//!
//! `COFFER_TEST_WATCHERS` (20), `COFFER_TEST_CHANGES` (3,000) and `COFFER_TEST_RATE` (changes a second; as fast as it goes, unless said)
//! make it another size.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::audit::EntryFilter;
use coffer_engine::identity::MemberName;
use coffer_engine::testkit::TestVault;
use coffer_engine::vault::{NewMember, NewToken};
use coffer_engine::{Op, Vault, block_on};
use coffer_wire::client::{Address, Client, Http, Trust};
use coffer_wire::secret::{BatchItem, BatchWrite};
use coffer_wire::{Plain, Value};

use super::law3::server::{Server, now, storage};

/// Folders, on one of which somebody has rights who has none on the others.
const FOLDERS: usize = 4;
/// Changes in one commit.
const TOGETHER: usize = 10;
/// The last change: everybody may know of it.
const LAST: &str = "shared/LAST";
/// What no event may have in it.
const VALUE: &[u8] = b"horse-staple-41";

fn size(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn who_watches_loses_nothing_when_the_server_is_killed() {
    let (watchers, changes) = (size("COFFER_TEST_WATCHERS", 20), size("COFFER_TEST_CHANGES", 3000));
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let vault = block_on(TestVault::over(storage(&store, true))).unwrap().vault;
    let writer = member(&vault, "writer", &["**"], Role::Owner);
    let of_all = member(&vault, "all", &["**"], Role::Reader);
    let of_one: Vec<_> = (0..FOLDERS)
        .map(|number| {
            member(&vault, &format!("part-{number}"), &[&patterns(number), "shared/**"], Role::Auditor)
        })
        .collect();
    let place = Arc::new(ServerPlace::default());
    let mut server = start(&store, &place);
    let begun = Arc::new(std::sync::Barrier::new(watchers + 1));
    let watching: Vec<_> = (0..watchers)
        .map(|number| {
            let part = (number % 5).checked_sub(1);
            let token = part.map_or(&of_all, |part| &of_one[part]).clone();
            let (place, begun) = (Arc::clone(&place), Arc::clone(&begun));
            (part, thread::spawn(move || watch(&place, &token, &begun)))
        })
        .collect();
    begun.wait();
    let changing = {
        let place = Arc::clone(&place);
        thread::spawn(move || change(&place, &writer, changes))
    };
    // In the midst, as those who watch are told of it.
    place.wait_for_changes(changes / 2);
    drop(server);
    server = start(&store, &place);
    let (took, lost) = changing.join().unwrap();
    let told: Vec<_> = watching.into_iter().map(|(part, one)| (part, one.join().unwrap())).collect();
    drop(server);

    let log = truth(&vault);
    let mut delays = Vec::new();
    for (part, told) in &told {
        let may = |path: &str| {
            part.is_none_or(|part| path.starts_with(&format!("f{part}/")) || path.starts_with("shared/"))
        };
        let wanted: Vec<_> = log.iter().filter(|(_, path)| may(path)).collect();
        // Once each, after those that came twice are taken for one.
        let seen: BTreeMap<u64, String> =
            told.events.iter().map(|(index, path, _)| (*index, path.clone())).collect();
        assert_eq!(seen.iter().collect::<Vec<_>>(), wanted, "of {part:?}");
        let in_order = told.events.windows(2).filter(|pair| pair[0].0 >= pair[1].0).count();
        assert!(in_order <= told.resumed, "only a resumed stream goes back");
        assert!(told.resumed >= 1, "each has met the end of the server");
        delays.extend(told.events.iter().map(|(_, _, delay)| *delay));
    }
    delays.sort_unstable();
    let part = |of: usize| delays[(delays.len() - 1) * of / 100];
    let rate = changes as f64 / took.as_secs_f64();
    println!(
        "{watchers} watched {changes} changes, {rate:.0} a second, {lost} batches asked for again; {} events; \
         from the request to who watches: median {} ms, 90 % {} ms, 99 % {} ms, all {} ms",
        delays.len(),
        part(50),
        part(90),
        part(99),
        part(100)
    );
}

/// Where the server is now, and how far who watches has come.
#[derive(Default)]
struct ServerPlace {
    state: Mutex<(Option<SocketAddr>, u64, usize)>,
    changed: Condvar,
}

impl ServerPlace {
    /// The address, and which server it is: another one than `known`.
    fn after(&self, known: u64) -> (SocketAddr, u64) {
        let state = self.state.lock().unwrap();
        let state = self.changed.wait_while(state, |(_, number, _)| *number <= known).unwrap();
        (state.0.unwrap(), state.1)
    }

    fn is_at(&self, address: SocketAddr) {
        let mut state = self.state.lock().unwrap();
        (state.0, state.1) = (Some(address), state.1 + 1);
        self.changed.notify_all();
    }

    fn seen(&self, count: usize) {
        let mut state = self.state.lock().unwrap();
        state.2 = state.2.max(count);
        self.changed.notify_all();
    }

    fn wait_for_changes(&self, count: usize) {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |(_, _, seen)| *seen < count).unwrap());
    }
}

fn start(store: &Path, place: &ServerPlace) -> Server {
    let server = Server::start(store, true);
    place.is_at(server.address);
    server
}

fn patterns(number: usize) -> String {
    format!("f{number}/**")
}

fn operation() -> Op {
    Op { now: now(), ..TestVault::op().unwrap() }
}

fn member(vault: &Vault, name: &str, patterns: &[&str], role: Role) -> String {
    let name = MemberName::parse(name).unwrap();
    let grants: Vec<_> =
        patterns.iter().map(|raw| Grant::always(role, PathPattern::parse(raw).unwrap())).collect();
    block_on(vault.member_create(
        &operation(),
        &name,
        &NewMember::with(IdentityKind::Service, grants.to_vec()),
        false,
    ))
    .unwrap();
    let new = NewToken {
        member: Some(name),
        ttl_seconds: 86_400,
        max_seconds: 86_400,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    };
    block_on(vault.token_create(&operation(), &new, false)).unwrap().0.expose().to_owned()
}

fn client(address: SocketAddr, token: &str) -> Client {
    let to = Address::parse(&format!("http://{address}")).unwrap();
    let token = Plain::new(token.to_owned());
    Client::new(Http::new(to, Some(&token), &Trust::System, None).unwrap(), "default")
}

/// What one was told.
#[derive(Default)]
struct Told {
    /// Index, path, and milliseconds since the request.
    events: Vec<(u64, String, u64)>,
    resumed: usize,
}

fn watch(place: &ServerPlace, token: &str, begun: &std::sync::Barrier) -> Told {
    let (mut told, mut cursor, mut number) = (Told::default(), None, 0);
    loop {
        let (address, at) = place.after(number);
        let client = client(address, token);
        let mut events = match client.secret_watch("", cursor) {
            Ok(events) => events,
            // The first server is not killed before all watch.
            Err(error) if number == 0 => panic!("the first server refuses who watches: {error}"),
            // Killed at this moment: there will be another one.
            Err(_) => {
                number = at;
                continue;
            }
        };
        if number == 0 {
            // Nothing has changed yet.
            begun.wait();
        } else {
            assert!(cursor.is_some(), "where it begins is the first that it says");
            told.resumed += 1;
        }
        for event in events.by_ref() {
            let Ok(event) = event else { break };
            let now = now().millis();
            told.events.push((event.cursor, event.path.clone(), now.saturating_sub(event.at.millis())));
            place.seen(told.events.len());
            if event.path == LAST {
                return told;
            }
        }
        cursor = events.cursor();
        // Whatever has ended it: if this server is there yet, it is asked again.
        number = if place.state.lock().unwrap().1 == at && client.health().is_ok() { at - 1 } else { at };
    }
}

/// Makes the changes, the same one again where no answer came; how long it took, and how often that was.
fn change(place: &ServerPlace, token: &str, changes: usize) -> (Duration, usize) {
    let rate = size("COFFER_TEST_RATE", usize::MAX);
    let (mut number, mut lost, began) = (0, 0, Instant::now());
    let (mut address, mut at) = place.after(number);
    let mut asking = client(address, token);
    let mut ask = |secrets: Vec<BatchItem>| {
        let batch = BatchWrite { secrets };
        while asking.secret_set_together(&batch).is_err() {
            lost += 1;
            number = at;
            (address, at) = place.after(number);
            asking = client(address, token);
        }
    };
    let item = |path: String| BatchItem::new(path, Value::Bytes(VALUE.to_vec().into()));
    for first in (0..changes).step_by(TOGETHER) {
        let paths = first..changes.min(first + TOGETHER);
        ask(paths.map(|number| item(format!("f{}/KEY{}", number % FOLDERS, number % 7))).collect());
        let due = Duration::from_secs_f64((first + TOGETHER) as f64 / rate as f64);
        thread::sleep(due.saturating_sub(began.elapsed()));
    }
    let took = began.elapsed();
    ask(vec![item(LAST.to_owned())]);
    (took, lost)
}

/// The changes that there were, as the log has them.
fn truth(vault: &Vault) -> BTreeMap<u64, String> {
    let filter = EntryFilter {
        action: Some("secret_set".to_owned()),
        outcome: Some("done".to_owned()),
        ..EntryFilter::default()
    };
    let log = block_on(vault.audit_query(&operation(), &filter, None, usize::MAX, false)).unwrap();
    log.entries.into_iter().map(|entry| (entry.index, entry.path)).collect()
}
