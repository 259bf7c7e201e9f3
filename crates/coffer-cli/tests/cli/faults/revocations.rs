//! How long a revocation takes to be acknowledged, while many read by the right that it takes away: each of their commits expects the very
//! records that it changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::check::check;
use super::client::{Client, Request};
use super::cluster::{Cluster, NODES, Tokens};
use super::history::{Asked, Event, History, What};

const READERS: usize = 64;

/// What a run has shown.
pub(super) struct Measured {
    /// From the request to the acknowledgement, from the shortest.
    pub(super) times: Vec<Duration>,
    pub(super) read: usize,
    pub(super) refused: usize,
    pub(super) took: Duration,
}

impl Measured {
    pub(super) fn text(&self) -> String {
        let at =
            |of_hundred: usize| self.times[(self.times.len() - 1) * of_hundred / 100].as_secs_f64() * 1000.0;
        format!(
            "| What | |\n|---|---:|\n\
             | revocations | {} |\n\
             | acknowledged after: median | {:.0} ms |\n\
             | of a hundred, 99 after no more than (goal: 100 ms) | {:.0} ms |\n\
             | longest | {:.0} ms |\n\
             | reads answered meanwhile | {} ({:.0}/s) |\n\
             | reads refused | {} |\n\
             | reads that were asked for after a revocation was acknowledged, and answered | 0 |\n",
            self.times.len(),
            at(50),
            at(99),
            at(100),
            self.read,
            f64::from(u32::try_from(self.read).unwrap()) / self.took.as_secs_f64(),
            self.refused,
        )
    }
}

/// Takes a right away and gives it back, so often, at one node after the other.
pub(super) fn measure(cluster: &Cluster, tokens: &Tokens, rounds: usize) -> Measured {
    cluster.own.says("set S --stdin --env=way --app=", "v");
    cluster.own.says("member create reader --kind service", "");
    let reader = cluster.own.says("token create --member reader --ttl 24h", "").0.trim().to_owned();
    let (history, way) = (Arc::new(History::new()), AtomicU64::new(0));
    let mut times = thread::scope(|scope| {
        for number in 0..READERS {
            let (history, way, reader) = (&history, &way, reader.as_str());
            scope.spawn(move || read(history, way, reader, number));
        }
        let times = revoke(&history, &way, &tokens.owner, rounds);
        history.end();
        times
    });
    times.sort_unstable();
    let took = history.now();
    let events = Arc::into_inner(history).unwrap().into_events();
    // The log is not looked at here: its entries are another test's.
    let wrong = check(&without_entries(&events), &[]);
    assert_eq!(wrong, Vec::<String>::new());
    let count = |is_it: &dyn Fn(&What) -> bool| events.iter().filter(|event| is_it(&event.what)).count();
    let read = count(&|what| matches!(what, What::Read { .. }));
    let refused = count(&|what| matches!(what, What::Refused { .. }));
    assert!(read > rounds && refused > rounds, "{read} read, {refused} refused");
    Measured { times, read, refused, took }
}

fn without_entries(events: &[Event]) -> Vec<Event> {
    events.iter().filter(|event| !matches!(event.what, What::Changed { .. })).cloned().collect()
}

/// Reads over one connection, with and without the right to.
fn read(history: &Arc<History>, way: &AtomicU64, reader: &str, number: usize) {
    let client = Client::new(history, number % NODES);
    let target = "/api/v1/secrets/way/S".to_owned();
    let request = Request { token: reader, tenant: None, method: "GET", target, body: Json::Null };
    while !history.is_over() {
        let now = way.load(Ordering::Acquire);
        if let Some(reply) = client.ask(&request, None) {
            match reply.status {
                200 => history.add(reply.asked, What::Read { way: now, entry: None }),
                403 | 404 => history.add(reply.asked, What::Refused { way: now }),
                429 | 500.. => {}
                other => history.strange(format!("a reader is told {other}: {}", reply.body)),
            }
        }
    }
}

fn revoke(history: &Arc<History>, way: &AtomicU64, owner: &str, rounds: usize) -> Vec<Duration> {
    let mut client = Client::new(history, 0);
    let mut times = Vec::new();
    let reader = json!([{ "role": "reader", "pattern": "way/**" }]);
    let mut change = |grants: Json, node: usize| {
        client.node = node % NODES;
        let target = "/api/v1/members/reader".to_owned();
        let body = json!({ "grants": grants });
        client.done(&Request { token: owner, tenant: None, method: "PATCH", target, body }).unwrap()
    };
    for round in 0..rounds {
        // A way of its own for each round: what is given again is another one.
        let number = way.fetch_add(1, Ordering::AcqRel) + 1;
        change(reader.clone(), round);
        thread::sleep(Duration::from_millis(50));
        let asked = change(json!([]), round + 1).asked;
        history.add(asked, What::Withdrawn { way: number, what: "a grant was withdrawn" });
        times.push(asked.answered - asked.at);
        thread::sleep(Duration::from_millis(50));
        let now = history.now();
        history.add(Asked { node: 0, at: now, answered: now }, What::Restored { way: number });
    }
    times
}
