//! What was answered, held against what had been acknowledged, and against the log.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value as Json;

use super::history::{Event, What};

/// An entry of the log, as far as it is looked at.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) outcome: String,
}

impl Entry {
    pub(super) fn of(entry: &Json) -> Self {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        Self { id: text("id"), outcome: text("outcome") }
    }
}

/// Everything that is not as it has to be.
pub(super) fn check(events: &[Event], log: &[Entry]) -> Vec<String> {
    let strange = events.iter().filter_map(|event| match &event.what {
        What::Strange(text) => Some(text.clone()),
        _ => None,
    });
    let mut wrong: Vec<String> = strange.collect();
    wrong.extend(withdrawn(events));
    wrong.extend(lost(events));
    wrong.extend(unwritten(events, log));
    wrong.extend(forked(events));
    wrong
}

/// Law 3: what a node began to read after a withdrawal was acknowledged is refused; until it is about to be laid again.
fn withdrawn(events: &[Event]) -> Vec<String> {
    let mut ends: BTreeMap<u64, Vec<(Duration, Duration, &str)>> = BTreeMap::new();
    let mut ordered: Vec<&Event> = events.iter().collect();
    ordered.sort_by_key(|event| event.asked.answered);
    for event in ordered {
        match event.what {
            What::Withdrawn { way, what } => {
                ends.entry(way).or_default().push((event.asked.answered, Duration::MAX, what));
            }
            What::Restored { way } => {
                if let Some(last) = ends.get_mut(&way).and_then(|ends| ends.last_mut()) {
                    last.1 = event.asked.at;
                }
            }
            What::Ends { way } => {
                ends.entry(way).or_default().push((event.asked.at, Duration::MAX, "a token ended by itself"));
            }
            _ => {}
        }
    }
    let mut wrong = Vec::new();
    for event in events {
        let What::Read { way, .. } = &event.what else { continue };
        let (at, answered) = (event.asked.at, event.asked.answered);
        let broken = ends.get(way).into_iter().flatten().find(|(from, to, _)| at > *from && answered < *to);
        if let Some((from, _, what)) = broken {
            let node = event.asked.node;
            wrong.push(format!(
                "{what}, which was acknowledged {:?} before, and node {node} answered",
                at - *from
            ));
        }
    }
    wrong
}

/// What was acknowledged is there: whoever alone writes a secret finds what they wrote.
fn lost(events: &[Event]) -> Vec<String> {
    let found = events.iter().filter_map(|event| match &event.what {
        What::Found { path, wanted, found } if wanted != found => {
            Some(format!("{path} has to be {wanted:?}, and node {} says {found:?}", event.asked.node))
        }
        _ => None,
    });
    found.collect()
}

/// Each answer has the entry that it names, and that entry is there once. A write that was asked for again has one that says `done`.
fn unwritten(events: &[Event], log: &[Entry]) -> Vec<String> {
    let mut entries: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for entry in log {
        entries.entry(&entry.id).or_insert((0, &entry.outcome)).0 += 1;
    }
    let mut wrong: Vec<String> = entries
        .iter()
        .filter(|(_, (count, _))| *count > 1)
        .map(|(id, (count, _))| format!("entry {id} is {count} times in the log"))
        .collect();
    let mut look = |entry: &str, outcome: &str, what: &str| match entries.get(entry) {
        Some((_, is)) if *is == outcome => {}
        Some((_, is)) => wrong.push(format!("{what}: its entry {entry} says {is}, not {outcome}")),
        None => wrong.push(format!("{what}: its entry {entry} is not in the log")),
    };
    let mut versions = BTreeSet::new();
    let mut twice = Vec::new();
    for event in events {
        match &event.what {
            What::Changed { entry, replayed } => {
                look(entry, if *replayed { "replayed" } else { "done" }, "a change was acknowledged");
            }
            What::Read { entry: Some(entry), .. } => look(entry, "done", "a read was answered"),
            What::Version { path, entry } => {
                look(entry, "done", path);
                if !versions.insert(entry) {
                    twice.push(format!("two writes of {path} name the entry {entry}"));
                }
            }
            _ => {}
        }
    }
    wrong.extend(twice);
    wrong
}

/// One log: two checkpoints of one size have one root, and none that was asked for after another had been given is smaller.
fn forked(events: &[Event]) -> Vec<String> {
    let (mut roots, mut wrong) = (BTreeMap::<u64, &str>::new(), Vec::new());
    let mut given: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::Checkpoint { size, root, .. } => Some((event.asked, *size, root.as_str())),
            _ => None,
        })
        .collect();
    given.sort_by_key(|(asked, ..)| asked.answered);
    for (asked, size, root) in &given {
        if *roots.entry(*size).or_insert(root) != *root {
            wrong.push(format!("node {} gave another root for {size} entries", asked.node));
        }
        let before = given.iter().take_while(|(other, ..)| other.answered < asked.at);
        if before.map(|(_, size, _)| *size).max() > Some(*size) {
            wrong.push(format!(
                "node {} gave a checkpoint of {size} entries, which are fewer than before",
                asked.node
            ));
        }
    }
    wrong
}
