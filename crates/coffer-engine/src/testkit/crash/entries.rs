//! No change without its entry, and no entry without its change.
//!
//! An entry names the records that its change wrote: key, revision, and the hash of the stored bytes. So the last entry that names a key
//! says what must lie there, and what lies there must have an entry that says so.
//!
//! # Invariants
//! - Markers are left out: they hold nothing, and entries don't name them. So are the records of the log itself.
//! - What belongs to a tenant without keys is left out: it was erased, and its log is gone with it. That nothing of it stays is a
//!   scenario's to ask.
//! - The instance's log is read before those of the tenants. It names records of a tenant only when it makes the tenant, and that comes
//!   before everything that the tenant's own log names.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::state::{State, Stored};
use crate::audit::LoggedEntry;
use crate::storage::Key;
use crate::storage::keyspace::{Table, keeps_the_log};

/// What this reads of a leaf.
#[derive(Deserialize)]
struct Leaf {
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    key: String,
    /// Absent when the record was deleted, like `revision`.
    hash: Option<String>,
    revision: Option<String>,
}

/// The last word on each key, and the action that said so.
type LastWords = BTreeMap<Vec<u8>, (Said, String)>;

/// What an entry says of a record: which one it is, or `None`: there is none.
type Said = Option<(String, String)>;

/// Where the log and the records differ, one line each; `log` is in the order that is given above.
pub(super) fn differences(log: &[LoggedEntry], state: &State) -> Vec<String> {
    let (said, mut differences) = last_words(log);
    let erased = |key: &[u8]| !has_keys(state, key);
    for (key, (said, action)) in said.iter().filter(|(key, _)| !erased(key)) {
        let found = Key::from_bytes(key).and_then(|key| state.records.get(&key));
        let problem = match (said, found) {
            (None, None) => continue,
            (Some(said), Some(found)) if *said == spoken(found) => continue,
            (Some(_), None) => "is not there: an entry without its change",
            (None, Some(_)) => "is there, and was deleted: an entry without its change",
            (Some(_), Some(_)) => "is not the one that its last entry names",
        };
        differences.push(format!("the record {} of a {action} {problem}", hex(key)));
    }
    let named = |key: &&Key| !is_marker(key) && !keeps_the_log(key) && !erased(key.as_bytes());
    let unsaid = state.records.keys().filter(named).filter(|key| !said.contains_key(key.as_bytes()));
    differences.extend(unsaid.map(|key| format!("the record {key:?} is there: a change without its entry")));
    differences
}

/// For each key that is named, the last word on it and the action that said so.
fn last_words(log: &[LoggedEntry]) -> (LastWords, Vec<String>) {
    let (mut said, mut unreadable) = (LastWords::new(), Vec::new());
    for entry in log {
        let Ok(leaf) = serde_json::from_slice::<Leaf>(&entry.leaf) else {
            unreadable.push(format!("the leaf of entry {} can't be read", entry.id));
            continue;
        };
        for change in leaf.changes {
            let Ok(key) = base16ct::lower::decode_vec(&change.key) else {
                unreadable.push(format!("entry {} names no key", entry.id));
                continue;
            };
            let word = (change.revision.zip(change.hash), entry.action.clone());
            // A prune entry says again what others said before it.
            if entry.action == "audit_prune" {
                said.entry(key).or_insert(word);
            } else {
                said.insert(key, word);
            }
        }
    }
    (said, unreadable)
}

/// A record in the words of an entry.
fn spoken(stored: &Stored) -> (String, String) {
    (hex(&stored.revision.0), hex(&stored.hash))
}

/// Whether the owner of this key has an index key.
fn has_keys(state: &State, key: &[u8]) -> bool {
    let index: Vec<u8> = key.iter().take(16).copied().chain([Table::Index as u8]).collect();
    Key::from_bytes(&index).is_some_and(|index| state.records.contains_key(&index))
}

fn is_marker(key: &Key) -> bool {
    let table = key.as_bytes().get(16);
    [Table::Epoch, Table::Members, Table::Listed].iter().any(|marker| table == Some(&(*marker as u8)))
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
