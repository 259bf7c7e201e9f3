//! Three servers over one database with a synchronous standby, and everything that goes wrong with those: nobody is told anything that is
//! not so.
//!
//! Writers write, remove, undo and destroy secrets of their own, and know what each has to be. Readers read by rights that others
//! withdraw: tokens, grants, members, groups, policies, roles, secrets, whole tenants. Meanwhile nodes die, are stopped, are cut off,
//! have a wrong clock, and the database dies and its standby takes its place. Everything that was asked and answered is written down,
//! and held against the guarantee of law 3, against itself and against the log.
//!
//! `COFFER_TEST_FAULTS` says how many faults, `COFFER_TEST_SEED` which, `COFFER_TEST_REVOCATIONS` how many revocations are timed, and
//! `COFFER_TEST_FOLDER` where what is found is written: `cargo xtask faults`. Times are printed, and nothing is asserted of them.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test counts, tells what it finds, and stops where something is wrong"
)]

mod check;
mod client;
mod cluster;
mod database;
mod fault;
mod history;
mod net;
mod page;
mod random;
mod revocations;
mod rights;
mod writers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use check::{Entry, check};
use client::{Client, Request};
use cluster::{Cluster, NODES, Tokens};
use database::Database;
use fault::Breaker;
use history::{Event, History, What};
use page::Told;
use random::Random;
use rights::{Elsewhere, READERS, Rights, TENANTS, WITHDRAWERS};
use serde_json::Value as Json;
use writers::{WRITERS, Writer};

/// One of each, and one more.
const FAULTS: usize = 6;
const REVOCATIONS: usize = 10;
const CHECKPOINT_EVERY: Duration = Duration::from_millis(700);

#[test]
fn whatever_fails_nobody_lies() {
    net::in_own_net("child_in_which_everything_fails");
}

#[test]
fn child_in_which_everything_fails() {
    if !net::is_child() {
        return;
    }
    let seed = number("COFFER_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20 | 1);
    let count = number("COFFER_TEST_FAULTS").map_or(FAULTS, |count| usize::try_from(count).unwrap());
    println!("seed {seed}, {count} faults");
    let mut database = Database::start();
    let (mut cluster, tokens) = Cluster::start();
    let elsewhere = tenants(&cluster);
    let (history, owner) = (Arc::new(History::new()), tokens.owner.clone());
    let lived = run(&history, &mut cluster, &mut database, tokens, &elsewhere, (count, seed));
    let took = history.now();
    let events = Arc::into_inner(history).unwrap().into_events();
    let log = log_of(&cluster, &owner, &events);

    let wrong = check(&events, &log);
    assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
    every_falsehood_is_found(&events, &log);
    let told = Told { seed, lived, events: &events, entries: log.len(), took };
    tell("faults.md", &told.text());
}

#[test]
fn a_revocation_holds_for_all_who_read_by_the_right() {
    net::in_own_net("child_in_which_rights_are_revoked");
}

#[test]
fn child_in_which_rights_are_revoked() {
    if !net::is_child() {
        return;
    }
    let _database = Database::start();
    let (cluster, tokens) = Cluster::start();
    let rounds =
        number("COFFER_TEST_REVOCATIONS").map_or(REVOCATIONS, |rounds| usize::try_from(rounds).unwrap());
    tell("revocations.md", &revocations::measure(&cluster, &tokens, rounds).text());
}

/// Prints what was found, and writes it where it is wanted.
fn tell(name: &str, text: &str) {
    println!("{text}");
    if let Some(folder) = folder() {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is told from outside how long it is to run")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a test is told from outside where what it finds goes")]
fn folder() -> Option<std::path::PathBuf> {
    std::env::var_os("COFFER_TEST_FOLDER").map(Into::into)
}

/// Tenants that are suspended and renamed, each with a secret and a member who may read it.
fn tenants(cluster: &Cluster) -> Vec<Elsewhere> {
    let made = (0..TENANTS).map(|number| {
        let name = format!("t{number}");
        let does = |words: &str, stdin: &str| cluster.own.says(words, stdin).0.trim().to_owned();
        does(&format!("tenant create {name}"), "");
        does(&format!("member create reader --grant owner:** --tenant {name}"), "");
        does(&format!("set S --stdin --env=way --app= --tenant {name}"), "v");
        let token = does(&format!("token create --member reader --ttl 24h --tenant {name}"), "");
        Elsewhere { name, token }
    });
    made.collect()
}

fn run(
    history: &Arc<History>,
    cluster: &mut Cluster,
    database: &mut Database,
    tokens: Tokens,
    elsewhere: &[Elsewhere],
    (count, seed): (usize, u64),
) -> Vec<fault::Lived> {
    let mut random = Random::new(seed);
    let owner = tokens.owner.clone();
    let rights = Rights::new(history, tokens);
    thread::scope(|scope| {
        for number in 0..WRITERS {
            let writer = Writer::new(history, &owner, number, random.next());
            scope.spawn(move || writer.run());
        }
        for number in 0..READERS {
            let rights = &rights;
            scope.spawn(move || rights.read(number));
        }
        for (number, elsewhere) in (0..WITHDRAWERS).zip(elsewhere) {
            let (rights, seed) = (&rights, random.next());
            scope.spawn(move || rights.withdraw(number, elsewhere, seed));
        }
        let owner = &owner;
        scope.spawn(move || keep_checkpoints(history, owner));
        let mut breaker = Breaker { cluster, database, history, random };
        let lived = breaker.run(count);
        breaker.heal();
        history.end();
        lived
    })
}

/// Asks one node after the other for a checkpoint, and keeps them all.
fn keep_checkpoints(history: &Arc<History>, owner: &str) {
    let mut client = Client::new(history, 0);
    while !history.is_over() {
        client.node = (client.node + 1) % NODES;
        let target = "/api/v1/audit/checkpoint".to_owned();
        let request = Request { token: owner, tenant: None, method: "GET", target, body: Json::Null };
        if let Some(reply) = client.ask(&request, None).filter(|reply| reply.status == 200) {
            let note = reply.body["note"].as_str().unwrap().to_owned();
            let lines: Vec<&str> = note.lines().collect();
            let (size, root) = (lines[1].parse().unwrap(), lines[2].to_owned());
            history.add(reply.asked, What::Checkpoint { size, root, note });
        }
        thread::sleep(CHECKPOINT_EVERY);
    }
}

/// The whole log, once it verifies with its store, and continues checkpoints that nodes have given.
fn log_of(cluster: &Cluster, owner: &str, events: &[Event]) -> Vec<Entry> {
    let notes: Vec<&str> = events
        .iter()
        .filter_map(
            |event| if let What::Checkpoint { note, .. } = &event.what { Some(note.as_str()) } else { None },
        )
        .collect();
    let mut verify = "audit verify --with-store".to_owned();
    for (number, note) in
        notes.iter().step_by(notes.len().div_ceil(48).max(1)).chain(notes.last()).enumerate()
    {
        let name = format!("known-{number}");
        cluster.own.world.write(&name, note);
        verify.push_str(&format!(" --known {name}"));
    }
    assert!(cluster.own.says(&verify, "").1.contains("verifies"));
    assert!(cluster.own.says("audit verify --instance --with-store", "").1.contains("verifies"));
    whole_log(owner)
}

/// All entries, page by page: of two hundred faults there are too many for one answer.
fn whole_log(owner: &str) -> Vec<Entry> {
    let (client, mut log, mut from) = (Client::new(&Arc::new(History::new()), 0), Vec::new(), 0);
    loop {
        let target = format!("/api/v1/audit/follow?limit=5000&from={from}");
        let request = Request { token: owner, tenant: None, method: "GET", target, body: Json::Null };
        let reply = client.ask(&request, None).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        let page = reply.body["entries"].as_array().unwrap();
        if page.is_empty() {
            return log;
        }
        log.extend(page.iter().map(Entry::of));
        from = reply.body["next"].as_u64().unwrap();
    }
}

/// The control: the same history with one thing changed in it, in each way that the checker looks for.
fn every_falsehood_is_found(events: &[Event], log: &[Entry]) {
    let mut falsehoods: BTreeMap<&str, (Vec<Event>, Vec<Entry>)> = BTreeMap::new();
    let mut tell = |what, change: &dyn Fn(&mut Vec<Event>, &mut Vec<Entry>)| {
        let (mut events, mut log) = (events.to_vec(), log.to_vec());
        change(&mut events, &mut log);
        falsehoods.insert(what, (events, log));
    };
    let place = |is_it: &dyn Fn(&What) -> bool| events.iter().position(|event| is_it(&event.what)).unwrap();
    let refused = events.iter().position(|event| {
        let What::Refused { way } = event.what else { return false };
        events.iter().any(|other| {
            matches!(other.what, What::Withdrawn { way: one, .. } if one == way)
                && other.asked.answered < event.asked.at
        }) && !events.iter().any(|other| other.what == What::Restored { way })
    });
    tell("a refusal was an answer", &|events, _| {
        let event = &mut events[refused.unwrap()];
        let What::Refused { way } = event.what else { unreachable!() };
        event.what = What::Read { way, entry: None };
    });
    tell("what was written is not there", &|events, _| {
        let at = place(&|what| matches!(what, What::Found { found: Some(_), .. }));
        if let What::Found { found, .. } = &mut events[at].what {
            *found = None;
        }
    });
    let changed = place(&|what| matches!(what, What::Changed { replayed: false, .. }));
    let What::Changed { entry, .. } = &events[changed].what else { unreachable!() };
    tell("an entry is missing", &|_, log| log.retain(|one| one.id != *entry));
    tell("an entry is there twice", &|_, log| log.extend(log.iter().find(|one| one.id == *entry).cloned()));
    tell("an entry says that it was refused", &|_, log| {
        log.iter_mut().filter(|one| one.id == *entry).for_each(|one| "refused".clone_into(&mut one.outcome));
    });
    let version = place(&|what| matches!(what, What::Version { .. }));
    tell("a write was done twice", &|events, _| events.push(events[version].clone()));
    let checkpoint = place(&|what| matches!(what, What::Checkpoint { .. }));
    tell("a node has signed another tree", &|events, _| {
        let mut other = events[checkpoint].clone();
        if let What::Checkpoint { root, .. } = &mut other.what {
            root.push('x');
        }
        events.push(other);
    });
    tell("a node has forgotten a part of the log", &|events, _| {
        let mut other = events[checkpoint].clone();
        other.asked.at = Duration::MAX;
        other.asked.answered = Duration::MAX;
        if let What::Checkpoint { size, .. } = &mut other.what {
            *size = 0;
        }
        events.push(other);
    });
    for (what, (events, log)) in falsehoods {
        assert!(!check(&events, &log).is_empty(), "the checker does not find that {what}");
    }
}

/// Waits for something: a minute, for four builds may run beside it.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let came = (0..1200).any(|_| {
        let is_so = is_so();
        if !is_so {
            thread::sleep(Duration::from_millis(50));
        }
        is_so
    });
    assert!(came, "it never came to: {what}");
}
