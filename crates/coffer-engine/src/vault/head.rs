//! The head of a secret: which versions it has, which one is meant, and how to go back.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::marks::Marks;
use crate::error::Conflict;
use crate::identity::IdentityId;
use crate::limits::{MARKS_MAX, MESSAGES_MAX_BYTES, UNDO_MAX, VERSIONS_DROPPED_AT_ONCE, VERSIONS_MAX};
use crate::message::Message;
use crate::metadata::Metadata;
use crate::time::Timestamp;
use crate::version::{Stage, VersionNumber, Which};

/// Everything about a secret but its values.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct Head {
    /// The path, in full: the key shows none of it.
    #[n(0)]
    pub(super) path: String,
    /// Names the secret whatever its path becomes.
    #[n(1)]
    pub(super) id: ByteArray<16>,
    #[n(2)]
    pub(super) versions: BTreeMap<VersionNumber, VersionRecord>,
    #[n(3)]
    pub(super) state: State,
    /// The newest last.
    #[n(4)]
    undo: Vec<Step>,
}

/// What a change changes, and undo brings back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen, Default)]
pub(super) struct State {
    #[n(0)]
    current: Option<VersionNumber>,
    #[n(1)]
    pending: Option<VersionNumber>,
    #[n(2)]
    previous: Option<VersionNumber>,
    /// Since when it is in the trash, in milliseconds since the Unix epoch.
    #[n(3)]
    trashed_ms: Option<u64>,
    #[n(4)]
    pub(super) metadata: Metadata,
}

/// A version, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct VersionRecord {
    #[n(0)]
    pub(super) created_ms: u64,
    #[n(1)]
    by: ByteArray<16>,
    #[n(2)]
    pub(super) destroyed_ms: Option<u64>,
    /// Whether the value is a map of fields, which a single value must not replace by accident.
    #[n(3)]
    fields: bool,
    /// What is equal to its values has the same. `None`: destroyed, or one of many older ones ([`MARKS_MAX`]).
    #[n(4)]
    pub(super) marks: Option<Marks>,
    /// Why it was made. `None`: nobody said, or it is one of many older ones ([`MESSAGES_MAX_BYTES`]).
    #[n(5)]
    pub(super) message: Option<String>,
    /// What maps of the same fields have in common. `None`: it is no map, or as for `marks`.
    #[n(6)]
    names: Option<ByteArray<8>>,
}

/// The state before a change.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
struct Step {
    #[n(0)]
    before: State,
}

/// What a version that is added is known by, besides its value.
pub(super) struct NewVersion {
    /// Whether it is a map of fields.
    pub(super) fields: bool,
    pub(super) marks: Marks,
    /// What maps of the same fields have in common.
    pub(super) names: Option<ByteArray<8>>,
    /// Why it is made.
    pub(super) message: Option<Message>,
}

impl VersionRecord {
    /// What is equal when two values are: the names of their fields, and the values. `None`: it is not known.
    pub(super) fn same(&self) -> Option<(Option<ByteArray<8>>, Marks)> {
        let marks = self.marks.clone()?;
        (self.names.is_some() == self.fields).then_some((self.names, marks))
    }

    pub(super) fn by(&self) -> IdentityId {
        IdentityId::from_bytes(*self.by)
    }
}

impl Head {
    /// A secret that has no version yet: what undoing its first change goes back to.
    pub(super) fn new(path: &str, id: [u8; 16], now: Timestamp) -> Self {
        let state = State { trashed_ms: Some(now.millis()), ..State::default() };
        Self { path: path.to_owned(), id: id.into(), versions: BTreeMap::new(), state, undo: Vec::new() }
    }

    /// Whether it is there for readers.
    pub(super) fn is_live(&self) -> bool {
        self.state.trashed_ms.is_none()
    }

    pub(super) fn trashed(&self) -> Option<Timestamp> {
        self.state.trashed_ms.map(Timestamp::from_millis)
    }

    pub(super) fn current(&self) -> Option<VersionNumber> {
        self.state.current
    }

    /// Whether the current value is a map of fields.
    pub(super) fn holds_fields(&self) -> bool {
        self.current().and_then(|number| self.versions.get(&number)).is_some_and(|version| version.fields)
    }

    pub(super) fn undo_steps(&self) -> usize {
        self.undo.len()
    }

    /// The version that is meant, if it is there.
    pub(super) fn version(&self, which: Which) -> Option<VersionNumber> {
        let number = match which {
            Which::Stage(stage) => self.at(stage)?,
            Which::Number(number) => number,
        };
        self.versions.get(&number).filter(|version| version.destroyed_ms.is_none()).map(|_| number)
    }

    /// The version at a stage.
    pub(super) fn at(&self, stage: Stage) -> Option<VersionNumber> {
        match stage {
            Stage::Current => self.state.current,
            Stage::Pending => self.state.pending,
            Stage::Previous => self.state.previous,
        }
    }

    /// A new version that becomes current; what was current becomes previous. A secret in the trash comes back.
    pub(super) fn add_version(&mut self, by: IdentityId, now: Timestamp, value: NewVersion) -> VersionNumber {
        let number = self.versions.last_key_value().map_or(VersionNumber::FIRST, |(last, _)| last.next());
        self.remember();
        let NewVersion { fields, marks, names, message } = value;
        let by = (*by.bytes()).into();
        let message = message.map(|message| message.as_str().to_owned());
        let record = VersionRecord {
            created_ms: now.millis(),
            by,
            destroyed_ms: None,
            fields,
            marks: Some(marks),
            message,
            names,
        };
        self.versions.insert(number, record);
        self.stay_small();
        self.state.previous = self.state.current.filter(|_| self.is_live());
        self.state.current = Some(number);
        self.state.trashed_ms = None;
        number
    }

    /// Forgets the marks and messages of the oldest versions beyond [`MARKS_MAX`] and [`MESSAGES_MAX_BYTES`], so that a head of many fields
    /// and long messages, which is read with every value, stays small. The newest keeps its own; the log keeps every message.
    fn stay_small(&mut self) {
        let (mut marks, mut messages) = (0_usize, 0_usize);
        for version in self.versions.values_mut().rev() {
            marks = marks.saturating_add(version.marks.as_ref().map_or(0, Marks::len));
            messages = messages.saturating_add(version.message.as_ref().map_or(0, String::len));
            if marks > MARKS_MAX {
                version.marks = None;
                version.names = None;
            }
            if messages > MESSAGES_MAX_BYTES {
                version.message = None;
            }
        }
    }

    /// Forgets versions beyond [`VERSIONS_MAX`], and says which of them still had a value. Those at a stage stay, those that a change can be
    /// undone to, and the newest. Of the others what is left of a destroyed one goes first, then the one that was followed soonest: a
    /// program that writes without end pushes out what it has written itself, and not what was good for a year. Numbers are not used again.
    pub(super) fn outlived(&mut self) -> Vec<VersionNumber> {
        let mut gone = Vec::new();
        for _ in 0..self.versions.len().saturating_sub(VERSIONS_MAX).min(VERSIONS_DROPPED_AT_ONCE) {
            let Some(number) = self.least_missed() else { break };
            if self.versions.remove(&number).is_some_and(|version| version.destroyed_ms.is_none()) {
                gone.push(number);
            }
        }
        gone
    }

    fn least_missed(&self) -> Option<VersionNumber> {
        let stages = [self.state.current, self.state.pending, self.state.previous];
        let undone_to = self.undo.iter().map(|step| step.before.current);
        let used: BTreeSet<VersionNumber> = undone_to.chain(stages).flatten().collect();
        // The newest has nothing behind it: its number is where the next one comes from.
        let followed = self.versions.iter().zip(self.versions.values().skip(1));
        let idle = followed.filter(|((number, _), _)| !used.contains(number));
        let missed = |version: &VersionRecord, next: &VersionRecord| match version.destroyed_ms {
            Some(_) => None,
            None => Some(next.created_ms.saturating_sub(version.created_ms)),
        };
        idle.min_by_key(|((_, version), next)| missed(version, next)).map(|((number, _), _)| *number)
    }

    /// Other metadata, same version.
    pub(super) fn describe(&mut self, metadata: Metadata) {
        self.remember();
        self.state.metadata = metadata;
    }

    /// Into the trash.
    pub(super) fn trash(&mut self, now: Timestamp) {
        self.remember();
        self.state.trashed_ms = Some(now.millis());
    }

    /// Takes back the last change; `Ok(false)` when there is none.
    pub(super) fn undo(&mut self) -> Result<bool, Conflict> {
        let Some(step) = self.undo.last() else { return Ok(false) };
        let back = step.before.current;
        if back.is_some_and(|number| self.version(Which::Number(number)).is_none()) {
            return Err(Conflict::Destroyed);
        }
        if let Some(step) = self.undo.pop() {
            self.state = step.before;
        }
        Ok(true)
    }

    /// Marks a version as destroyed. The current one stays: something must be there for readers.
    pub(super) fn destroy(&mut self, number: VersionNumber, now: Timestamp) -> Result<bool, Conflict> {
        if self.state.current == Some(number) {
            return Err(Conflict::InUse);
        }
        let Some(version) = self.versions.get_mut(&number).filter(|version| version.destroyed_ms.is_none())
        else {
            return Ok(false);
        };
        version.destroyed_ms = Some(now.millis());
        // A guess of what it was could be tried against them.
        version.marks = None;
        version.names = None;
        let states = self.undo.iter_mut().map(|step| &mut step.before).chain([&mut self.state]);
        for state in states {
            state.pending = state.pending.filter(|at| *at != number);
            state.previous = state.previous.filter(|at| *at != number);
        }
        Ok(true)
    }

    fn remember(&mut self) {
        if self.undo.len() >= UNDO_MAX {
            self.undo.remove(0);
        }
        self.undo.push(Step { before: self.state.clone() });
    }
}

#[cfg(test)]
mod tests;
