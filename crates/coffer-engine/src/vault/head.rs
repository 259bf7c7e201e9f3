//! The head of a secret: which versions it has, which one is meant, and how to go back.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use self::overrides::Override;
pub(super) use self::said::Said;
use self::steps::Steps;
use self::versions::Versions;
use super::disclose::parts_of;
use super::marks::Marks;
use crate::content::FileInfo;
use crate::error::Conflict;
use crate::fault::Corrupt;
use crate::identity::IdentityId;
use crate::limits::{MARKS_MAX, MESSAGES_MAX_BYTES, VERSIONS_DROPPED_AT_ONCE, VERSIONS_MAX};
use crate::message::Message;
use crate::metadata::Metadata;
use crate::path::SecretPath;
use crate::quota::Tally;
use crate::reference::Template;
use crate::storage::{Key, keyspace};
use crate::tenant::TenantId;
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
    pub(super) versions: Versions,
    #[n(3)]
    pub(super) state: State,
    #[n(4)]
    undo: Steps,
    /// What members read in place of the current version, each his own. No change of the secret's own, so nothing that `undo` goes back to.
    #[n(5)]
    #[cbor(default)]
    overrides: BTreeMap<ByteArray<16>, Override>,
    /// The last number that an override has had: none is used again.
    #[n(6)]
    last_override: Option<VersionNumber>,
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
    pub(super) metadata: Said,
    /// Which versions people have given a name.
    #[n(5)]
    #[cbor(default)]
    labels: BTreeMap<String, VersionNumber>,
    /// Which versions are in use, and by whom.
    #[n(6)]
    #[cbor(default)]
    pins: BTreeMap<String, VersionNumber>,
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
    pub(super) message: Option<Box<str>>,
    /// What maps of the same fields have in common. `None`: it is no map, or as for `marks`.
    #[n(6)]
    names: Option<ByteArray<8>>,
    /// The paths of the secrets that the value is filled in with, in order. `None`: it is no template.
    #[n(7)]
    references: Option<Box<[String]>>,
    /// Bytes of its value. `None`: destroyed.
    #[n(8)]
    size: Option<u64>,
    /// The file that it holds. `None`: it holds a value.
    #[n(9)]
    pub(super) file: Option<Box<FileInfo>>,
}

/// What a version that is added is known by, besides its value.
pub(super) struct NewVersion {
    /// Whether it is a map of fields.
    pub(super) fields: bool,
    pub(super) marks: Marks,
    /// What maps of the same fields have in common.
    pub(super) names: Option<ByteArray<8>>,
    /// The file that it holds, if it holds one.
    pub(super) file: Option<FileInfo>,
    /// Bytes of the value, or of the file.
    pub(super) size: u64,
    /// What it refers to, if it is a template.
    pub(super) template: Option<Template>,
    /// Why it is made.
    pub(super) message: Option<Message>,
}

impl VersionRecord {
    /// What is equal when two values are, as they were written: the names of their fields, and the values. `None`: it is not known.
    pub(super) fn same(&self) -> Option<(Option<ByteArray<8>>, Marks)> {
        let marks = self.marks.clone()?;
        (self.names.is_some() == self.fields).then_some((self.names, marks))
    }

    /// The secrets that the value is filled in with; `None`: it is no template.
    pub(super) fn references(&self) -> Result<Option<Vec<SecretPath>>, Corrupt> {
        let Some(references) = &self.references else { return Ok(None) };
        let paths = references.iter().map(|raw| SecretPath::parse(raw)).collect::<Result<_, _>>();
        paths.map(Some).map_err(|_| Corrupt::new("a secret's head"))
    }

    pub(super) fn is_template(&self) -> bool {
        self.references.is_some()
    }

    pub(super) fn by(&self) -> IdentityId {
        IdentityId::from_bytes(*self.by)
    }

    /// Where it lies when this is its number: its row, and the parts of its file.
    pub(super) fn places(
        &self,
        owner: TenantId,
        secret: [u8; 16],
        number: VersionNumber,
    ) -> impl Iterator<Item = Key> + use<> {
        places_of(self.file.as_deref(), owner, secret, number)
    }
}

/// Where a value of this number lies: its row, and the parts of the file, if it is one.
pub(super) fn places_of(
    file: Option<&FileInfo>,
    owner: TenantId,
    secret: [u8; 16],
    number: VersionNumber,
) -> impl Iterator<Item = Key> + use<> {
    let parts = 0..file.map_or(0, parts_of);
    let part = move |part| keyspace::part(owner, secret, number, part);
    [keyspace::version(owner, secret, number)].into_iter().chain(parts.map(part))
}

impl Head {
    /// A secret that has no version yet: what undoing its first change goes back to.
    pub(super) fn new(path: &str, id: [u8; 16], now: Timestamp) -> Self {
        let state = State { trashed_ms: Some(now.millis()), ..State::default() };
        Self {
            path: path.to_owned(),
            id: id.into(),
            versions: Versions::default(),
            state,
            undo: Steps::default(),
            overrides: BTreeMap::new(),
            last_override: None,
        }
    }

    /// The path that it says it is of.
    pub(super) fn secret_path(&self) -> Result<SecretPath, Corrupt> {
        SecretPath::parse(&self.path).map_err(|_| Corrupt::new("a secret's head"))
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
        self.current_record().is_some_and(|version| version.fields)
    }

    /// Whether the current version holds a file.
    pub(super) fn holds_file(&self) -> bool {
        self.current_record().is_some_and(|version| version.file.is_some())
    }

    /// The current version, without its value.
    pub(super) fn current_record(&self) -> Option<&VersionRecord> {
        self.current().and_then(|number| self.versions.get(number))
    }

    /// The moment after which the vault gives it a new value, if there is one. A map of fields has none, nor has a file or a template: a
    /// random text would wipe them. Nor has an end that it had a newer value for, which somebody has taken back since: it would take that
    /// back in turn.
    pub(super) fn renewed_after(&self) -> Option<Timestamp> {
        let is_plain =
            |version: &VersionRecord| !version.fields && version.file.is_none() && !version.is_template();
        let may_be = self.is_live() && self.current_record().is_some_and(is_plain);
        let end = self.state.metadata.rotated_after().filter(|_| may_be)?;
        let (newest, made) = self.versions.newest()?;
        let is_taken_back = self.current() != Some(newest) && made.created_ms > end.millis();
        (!is_taken_back).then_some(end)
    }

    /// What there is of it, for the tenant's quota.
    pub(super) fn tally(&self) -> Tally {
        let kept = self.versions.iter().filter(|(_, version)| version.destroyed_ms.is_none());
        let one = |(_, version): (VersionNumber, &VersionRecord)| Tally {
            secrets: 0,
            versions: 1,
            bytes: version.size.unwrap_or(0),
        };
        let own = |own: &Override| Tally { secrets: 0, versions: 1, bytes: own.size };
        let all = kept.map(one).chain(self.overrides.values().map(own));
        all.fold(Tally { secrets: 1, ..Tally::default() }, Tally::plus)
    }

    pub(super) fn undo_steps(&self) -> usize {
        self.undo.len()
    }

    /// The version that is meant by this member, if it is there.
    pub(super) fn version(&self, which: &Which, by: IdentityId) -> Option<VersionNumber> {
        let number = match which {
            Which::Own => match self.override_of(by) {
                Some(own) => return Some(own.number),
                None => self.current()?,
            },
            Which::Stage(stage) => self.at(*stage)?,
            Which::Number(number) => *number,
            Which::Label(label) => *self.state.labels.get(label.as_str())?,
            Which::Consumer(consumer) => {
                *self.state.pins.get(consumer.as_str()).or(self.state.current.as_ref())?
            }
        };
        self.has_value(number).then_some(number)
    }

    /// Whether a version of this number is there, with its value.
    pub(super) fn has_value(&self, number: VersionNumber) -> bool {
        self.versions.get(number).is_some_and(|version| version.destroyed_ms.is_none())
    }

    /// The numbers of all values that are stored, and their files: of versions that are not destroyed, and of overrides.
    pub(super) fn stored(&self) -> impl Iterator<Item = (VersionNumber, Option<&FileInfo>)> {
        let versions = self.versions.iter().filter(|(_, version)| version.destroyed_ms.is_none());
        let versions = versions.map(|(number, version)| (number, version.file.as_deref()));
        versions.chain(self.overrides.values().map(|own| (own.number, None)))
    }

    fn next_number(&self) -> VersionNumber {
        let last = self.versions.newest().map(|(number, _)| number);
        last.max(self.last_override).map_or(VersionNumber::FIRST, VersionNumber::next)
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
        let number = self.next_number();
        self.remember();
        let NewVersion { fields, marks, names, file, size, template, message } = value;
        let by = (*by.bytes()).into();
        let message = message.map(|message| message.as_str().into());
        let paths = |template: Template| template.paths().into_iter().map(ToString::to_string).collect();
        let record = VersionRecord {
            created_ms: now.millis(),
            by,
            destroyed_ms: None,
            fields,
            marks: Some(marks),
            message,
            names,
            size: Some(size),
            file: file.map(Box::new),
            references: template.map(paths),
        };
        self.versions.add(number, record);
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
        for version in self.versions.newest_first_mut() {
            marks = marks.saturating_add(version.marks.as_ref().map_or(0, Marks::len));
            messages = messages.saturating_add(version.message.as_ref().map_or(0, |message| message.len()));
            if marks > MARKS_MAX {
                version.marks = None;
                version.names = None;
            }
            if messages > MESSAGES_MAX_BYTES {
                version.message = None;
            }
        }
    }

    /// Forgets versions beyond [`VERSIONS_MAX`], and gives back those of them that still had a value. Those at a stage stay, those with a name,
    /// those that a change can be undone to, and the newest. Of the others what is left of a destroyed one goes first, then the one that was followed soonest: a
    /// program that writes without end pushes out what it has written itself, and not what was good for a year. Numbers are not used again.
    pub(super) fn outlived(&mut self) -> Vec<(VersionNumber, VersionRecord)> {
        let mut gone = Vec::new();
        for _ in 0..self.versions.len().saturating_sub(VERSIONS_MAX).min(VERSIONS_DROPPED_AT_ONCE) {
            let Some(number) = self.least_missed() else { break };
            let version = self.versions.remove(number).filter(|version| version.destroyed_ms.is_none());
            self.forget(number);
            gone.extend(version.map(|version| (number, version)));
        }
        gone
    }

    fn least_missed(&self) -> Option<VersionNumber> {
        let stages = [self.state.current, self.state.pending, self.state.previous];
        let undone_to = self.undo.iter().map(|before| before.current);
        let named = self.state.labels.values().chain(self.state.pins.values()).copied();
        let used: BTreeSet<VersionNumber> = undone_to.chain(stages).flatten().chain(named).collect();
        // The newest has nothing behind it: its number is where the next one comes from.
        let followed = self.versions.iter().zip(self.versions.iter().skip(1).map(|(_, next)| next));
        let idle = followed.filter(|((number, _), _)| !used.contains(number));
        let missed = |version: &VersionRecord, next: &VersionRecord| match version.destroyed_ms {
            Some(_) => None,
            None => Some(next.created_ms.saturating_sub(version.created_ms)),
        };
        idle.min_by_key(|((_, version), next)| missed(version, next)).map(|((number, _), _)| number)
    }

    /// Other metadata, same version.
    pub(super) fn describe(&mut self, metadata: Metadata) {
        self.remember();
        self.state.metadata = metadata.into();
    }

    /// Into the trash.
    pub(super) fn trash(&mut self, now: Timestamp) {
        self.remember();
        self.state.trashed_ms = Some(now.millis());
    }

    /// Takes back the last change; `Ok(false)` when there is none.
    pub(super) fn undo(&mut self) -> Result<bool, Conflict> {
        let Some(before) = self.undo.last() else { return Ok(false) };
        let back = before.current;
        if back.is_some_and(|number| !self.has_value(number)) {
            return Err(Conflict::Destroyed);
        }
        if let Some(before) = self.undo.pop() {
            self.state = before;
        }
        Ok(true)
    }

    /// Marks a version as destroyed. The current one stays: something must be there for readers; and so does one that somebody still uses.
    pub(super) fn destroy(&mut self, number: VersionNumber, now: Timestamp) -> Result<bool, Conflict> {
        if self.state.current == Some(number) {
            return Err(Conflict::InUse);
        }
        let (_, consumers) = self.names_of(number);
        if !consumers.is_empty() {
            return Err(Conflict::Pinned(consumers));
        }
        let Some(version) = self.versions.get_mut(number).filter(|version| version.destroyed_ms.is_none())
        else {
            return Ok(false);
        };
        version.destroyed_ms = Some(now.millis());
        // A guess of what it was could be tried against them.
        version.marks = None;
        version.names = None;
        version.size = None;
        self.forget(number);
        Ok(true)
    }

    /// Nothing leads to a version that is gone, and no undo brings back what does: whom it was pinned for then reads the current one.
    fn forget(&mut self, number: VersionNumber) {
        let states = self.undo.iter_mut().chain([&mut self.state]);
        for state in states {
            state.pending = state.pending.filter(|at| *at != number);
            state.previous = state.previous.filter(|at| *at != number);
            state.labels.retain(|_, at| *at != number);
            state.pins.retain(|_, at| *at != number);
        }
    }

    fn remember(&mut self) {
        self.undo.push(self.state.clone());
    }
}

mod names;
mod overrides;
mod said;
mod steps;
#[cfg(test)]
mod tests;
mod versions;
