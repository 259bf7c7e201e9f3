//! One entry: who did what, where, on what ground, and how it ended.

use std::sync::Arc;

use coffer_encryption::{hash, random};
use serde::Serialize;

use super::person::SealedPerson;
use super::remark::Remark;
use super::who::{Via, Who};
use crate::action::Action;
use crate::entry_id::EntryId;
use crate::limits::DETAIL_LINES_MAX_BYTES;
use crate::message::Message;
use crate::op::{Op, RequestId};
use crate::quota::Quota;
use crate::storage::{Put, Revision};
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// The version of the leaf's schema.
const SCHEMA: u8 = 1;
/// What the leaf of a read with a token has room in, without growing.
const LEAF_USUAL_BYTES: usize = 640;

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Allowed, and done in the same commit.
    Done,
    /// Allowed, and what was asked for is not there.
    Absent,
    /// Not allowed.
    Refused,
    /// Allowed, and not as the caller expected it (compare-and-set).
    Mismatch,
    /// Allowed, and what was found, or was to be disclosed, did not open.
    Corrupt,
    /// Allowed, and the request could not be right.
    Invalid,
    /// Allowed, and the secret has expired and is not to be read then.
    Expired,
    /// Allowed, and done before, for an earlier request with the same idempotency key: nothing is changed.
    Replayed,
}

impl Outcome {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Absent => "absent",
            Self::Refused => "refused",
            Self::Mismatch => "mismatch",
            Self::Corrupt => "corrupt",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::Replayed => "replayed",
        }
    }
}

/// What an operation wants written about itself.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) action: Action,
    /// The path; empty for the tenant as a whole.
    pub(crate) path: String,
    pub(crate) version: Option<VersionNumber>,
    pub(crate) outcome: Outcome,
    /// The records that this entry's change wrote.
    pub(crate) changes: Vec<Change>,
    /// What else there is to say.
    pub(crate) detail: Option<Detail>,
    /// Its number, where that must be known before it is written.
    pub(crate) id: Option<EntryId>,
}

/// What else there is to say of some actions. The fields of each in the order of RFC 8785.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Detail {
    /// The key that signs the log from here on.
    Key { epoch: u32, key: String },
    /// The heads of tenants' logs.
    Heads { heads: Vec<DetailHead> },
    /// Entries below this index are gone.
    Prune { below: u64 },
    /// Versions that were forgotten with a write, because there were newer ones enough.
    Outlived { outlived: Vec<u64> },
    /// What a version is called from now on, or no longer.
    Label { label: String },
    /// For whom a version is pinned from now on, or no longer.
    Pin { consumer: String },
    /// The secret that one was read for, in whose value it stands.
    FilledInto { filled_into: String },
    /// A row that did not open: its id, and SHA-256 of its bytes.
    Row { hash: String, row: String },
    /// A person's key is gone.
    Forget { reason: Remark, subject: String },
    /// What a member may do from now on.
    Member {
        disabled: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        expires: Option<u64>,
        grants: Vec<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        groups: Vec<String>,
        member: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        policies: Vec<String>,
    },
    /// What was there of a role, a policy or a group and is no more, and what is there now: lines, cut to [`DETAIL_LINES_MAX_BYTES`].
    Rules {
        added: Vec<String>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
        name: String,
        removed: Vec<String>,
    },
    /// A token, until when it is good, and where.
    Token {
        expires: u64,
        member: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        networks: Vec<String>,
        token: String,
    },
    /// Tokens that are not stored any more.
    Tokens { tokens: Vec<String> },
    /// A one-time code, and until when it is good.
    Code { code: String, expires: u64, member: String },
    /// A client secret, until when it is good, and where.
    ClientSecret {
        expires: u64,
        member: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        networks: Vec<String>,
        secret: String,
    },
    /// Whose password it is.
    Password { member: String },
    /// Whose second factor it is.
    Factor { member: String },
    /// Wrong passwords of a member: how many by now, from where, and until when the two are locked.
    Attempts {
        failed: u32,
        member: String,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        password_was_right: bool,
        source: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<u64>,
    },
    /// A member that was refused so many different things in a day; whether it is suspended for that.
    Violations { member: String, suspended: bool, violations: u32 },
    /// Members whose locks have ended, where they were locked.
    Unlocked { members: Vec<String> },
    /// A token that somebody has signed in for, how, and the id of what they have shown, where that has one.
    SignIn {
        #[serde(skip_serializing_if = "Option::is_none")]
        certificate: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        expires: u64,
        member: String,
        method: &'static str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        second_factor: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        token: String,
    },
    /// An issuer whose tokens are trusted from now on, or no longer, and whom they mean.
    Issuer {
        algorithms: Vec<&'static str>,
        audiences: Vec<String>,
        bindings: Vec<String>,
        issuer: String,
        keys: String,
        leeway: u64,
        name: String,
        once: bool,
        seconds: u64,
    },
    /// The first entry of the change that an earlier request with the same idempotency key has made.
    Replay { of: String },
    /// What opened the store, and how often something else was tried before.
    Unseal { failed: u64, unlocker: String },
    /// Why the log is held, or no longer.
    Hold { held: bool, reason: Remark },
    /// What a tenant may hold at most from now on.
    Quota {
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        members: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        requests: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        secrets: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        versions: Option<u64>,
    },
    /// What a tenant is called from now on.
    Rename { to: String },
    /// What was destroyed with a tenant's keys, and where its log ended.
    Erase { backups_until: u64, keys: u64, log_root: String, log_size: u64, tenant: String },
    /// Records and entries that were removed of a tenant whose keys are destroyed, by now; and whether that were the last.
    Swept { last: bool, rows: u64, tenant: String },
    /// What was certified of a tenant that was erased.
    Certificate { state: &'static str, tenant: String },
    /// A backup, until when it is kept; and how large it became with which hash, once that is known.
    Backup {
        backup: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        expires: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
    },
    /// The backup that all that was there came from, when that was begun; and how many tokens and codes were ended.
    Restore { backup: String, ended: u64, made: u64, tokens_kept: bool },
    /// Which copy the store is out of service for, and where that goes.
    Move { copy: String, place: String },
    /// What there would have been too much of.
    Exceeded { added: u64, limit: u64, quota: &'static str, used: u64 },
    /// Behind which entry of the log watching goes on; without it, from now on.
    Watch {
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    },
    /// Where a checkpoint of this size went.
    Publish {
        cosigned: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        to: Remark,
    },
}

impl Detail {
    /// The lines in which a role, a policy or a group differs from what it was.
    pub(crate) fn rules(name: &str, before: &[String], after: &[String]) -> Self {
        let mut left = DETAIL_LINES_MAX_BYTES;
        let mut cut = false;
        let mut only = |one: &[String], other: &[String]| {
            let mut lines = Vec::new();
            for line in one.iter().filter(|line| !other.contains(line) && !line.trim().is_empty()) {
                match left.checked_sub(line.len()) {
                    Some(rest) => {
                        left = rest;
                        lines.push(line.clone());
                    }
                    None => cut = true,
                }
            }
            lines
        };
        let (removed, added) = (only(before, after), only(after, before));
        Self::Rules { added, cut, name: name.to_owned(), removed }
    }

    /// What a tenant may hold at most from now on.
    pub(crate) fn quota(quota: Quota) -> Self {
        let Quota { secrets, versions, bytes, requests, members } = quota;
        Self::Quota { bytes, members, requests, secrets, versions }
    }
}

/// The head of a tenant's log.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DetailHead {
    pub(crate) origin: String,
    pub(crate) root: String,
    pub(crate) size: u64,
}

/// A record that was written, named so that one put back later can be told.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Change {
    /// SHA-256 of the record's bytes as stored; absent when it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    /// The storage key.
    key: String,
    /// Its revision; absent when it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
}

impl Change {
    pub(crate) fn put(put: &Put) -> Self {
        Self {
            hash: Some(hex(&hash::sha256(&put.value))),
            key: hex(put.key.as_bytes()),
            revision: Some(hex(&put.revision.0)),
        }
    }

    pub(crate) fn deleted(key: &crate::storage::Key) -> Self {
        Self { hash: None, key: hex(key.as_bytes()), revision: None }
    }

    /// What an earlier entry said, said again: see `vault/log/prune.rs`.
    pub(crate) fn again(change: super::read::EntryChange) -> Self {
        Self { hash: change.hash, key: change.key, revision: change.revision }
    }
}

/// Who asks, and when: what an entry takes from an operation.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    pub(crate) who: Who,
    pub(crate) now: Timestamp,
    pub(crate) request: RequestId,
    /// Why, where something is changed.
    pub(crate) message: Option<Message>,
    /// Who this is in the world.
    pub(crate) person: Option<Arc<SealedPerson>>,
    /// Whose member they are, where that is not whose log it is.
    pub(crate) member_of: Option<TenantId>,
}

impl Asker {
    /// Of an operation that they asked for, without a person.
    pub(crate) fn of(op: &Op, who: Who) -> Self {
        let message = op.message.clone();
        Self { who, now: op.now, request: op.request, message, person: None, member_of: None }
    }
}

impl Draft {
    pub(crate) fn new(action: Action, path: &str, outcome: Outcome) -> Self {
        let path = path.to_owned();
        Self { action, path, version: None, outcome, changes: Vec::new(), detail: None, id: None }
    }

    pub(crate) fn detail(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    pub(crate) fn version(mut self, version: VersionNumber) -> Self {
        self.version = Some(version);
        self
    }

    pub(crate) fn changes(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }
}

/// What a decision was based on: an overlapping withdrawal leaves an entry that names the older revisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Basis {
    pub(crate) epoch: Option<Revision>,
    pub(crate) identity: Option<Revision>,
}

/// An entry ready to be committed.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) id: EntryId,
    pub(super) tenant: TenantId,
    pub(super) path: String,
    pub(super) version: Option<VersionNumber>,
    leaf: Vec<u8>,
}

impl Entry {
    /// Writes the leaf.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub(crate) fn write(
        op: &Asker,
        tenant: TenantId,
        basis: Basis,
        draft: Draft,
    ) -> Result<Self, random::RandomError> {
        // One draw for the id and the blind: 10 + 16 bytes.
        let drawn: [u8; 26] = random::bytes()?;
        let (mut tail, mut blind) = ([0; 10], [0; 16]);
        let (left, right) = drawn.split_at(10);
        tail.copy_from_slice(left);
        blind.copy_from_slice(right);
        let id = draft.id.unwrap_or_else(|| EntryId::new(op.now, tail));
        let token = match op.who.via {
            Via::Token(id, revision) => Some((id, revision)),
            Via::Unlocker | Via::Identity | Via::System | Via::SignIn(_) => None,
        };
        let leaf = Leaf {
            action: draft.action.name(),
            actor: LeafActor {
                id: Hex(*op.who.identity.bytes()),
                person: op.person.as_deref(),
                tenant: op.member_of.map(|tenant| Hex(*tenant.bytes())),
                token: token.map(|(id, _)| Hex(*id.bytes())),
                via: op.who.via.name(),
            },
            basis: LeafBasis {
                epoch: basis.epoch.map(|revision| Hex(revision.0)),
                identity: basis.identity.map(|revision| Hex(revision.0)),
                token: token.map(|(_, revision)| Hex(revision.0)),
            },
            blind: Hex(blind),
            changes: &draft.changes,
            detail: draft.detail.as_ref(),
            id: id.to_string(),
            message: op.message.as_ref().filter(|_| draft.action.is_explained()).map(Message::as_str),
            outcome: draft.outcome.name(),
            path: &draft.path,
            request: Hex(*op.request.bytes()),
            tenant: Hex(*tenant.bytes()),
            ts: op.now.millis(),
            v: SCHEMA,
            version: draft.version.map(VersionNumber::get),
        };
        let mut bytes = Vec::with_capacity(LEAF_USUAL_BYTES);
        serde_json::to_writer(&mut bytes, &leaf).map_err(|_| random::RandomError)?;
        Ok(Self { id, tenant, path: draft.path, version: draft.version, leaf: bytes })
    }

    /// Whether the leaf is short enough for a row.
    pub(crate) fn fits(&self) -> bool {
        u16::try_from(self.leaf.len()).is_ok()
    }

    pub(crate) fn id(&self) -> EntryId {
        self.id
    }

    pub(crate) fn take_leaf(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.leaf)
    }
}

/// The fields in the order of RFC 8785 (sorted by name); numbers are integers below 2^53.
#[derive(Serialize)]
struct Leaf<'a> {
    action: &'static str,
    actor: LeafActor<'a>,
    basis: LeafBasis,
    blind: Hex,
    #[serde(skip_serializing_if = "<[Change]>::is_empty")]
    changes: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a Detail>,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    path: &'a str,
    request: Hex,
    tenant: Hex,
    ts: u64,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

#[derive(Serialize)]
struct LeafActor<'a> {
    id: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<&'a SealedPerson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Hex>,
    via: &'static str,
}

#[derive(Serialize)]
struct LeafBasis {
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Hex>,
}

/// 16 bytes, written as 32 hexadecimal digits. Every entry has some eight of them, and none has to be a text of its own first.
struct Hex([u8; 16]);

impl Serialize for Hex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0; 32];
        let digits = base16ct::lower::encode_str(&self.0, &mut digits).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(digits)
    }
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
