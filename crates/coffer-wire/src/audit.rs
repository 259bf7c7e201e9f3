//! The audit log: read, proved, shown to the outside, kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Moment;
#[cfg(feature = "schema")]
use crate::shape;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Its place in the log.
    pub index: u64,
    /// Its name.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::entry_id"))]
    pub id: String,
    /// When the request was received.
    pub at: Moment,
    /// What was asked for.
    pub action: String,
    /// Who asked: the id of a member.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub actor: String,
    /// Whose member that is: the id of a tenant, or all zero for the instance's. Only where it is not whose log it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub actor_tenant: Option<String>,
    /// How that was proved: `unlocker`, `token`, `system` or `identity`.
    pub via: String,
    /// Which token was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The address that it came from; not said where nobody knows, or where who asked was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where; empty for the tenant as a whole.
    pub path: String,
    /// Which version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// `done`, `absent`, `refused`, `mismatch`, `invalid`, `corrupt`, `expired` or `replayed`.
    pub outcome: String,
    /// Joins the entries of one request.
    pub request: String,
    /// Why something was changed, in the words of whoever did; not said where they said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The entry itself, as it is hashed: canonical JSON (RFC 8785). Only where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
}

/// Entries, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entries {
    /// In the order of the log.
    pub entries: Vec<Entry>,
    /// The size of the log: what is at this place and after it has come since.
    pub size: u64,
}

/// Entries that came since, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Followed {
    /// In the order of the log.
    pub entries: Vec<Entry>,
    /// From where to ask for what comes then.
    pub next: u64,
}

/// One entry, and who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OneEntry {
    /// The entry, with its leaf.
    pub entry: Entry,
    /// What is known of the person who acted; `null`: the entry names nobody, or they were forgotten.
    pub person: Option<BTreeMap<String, String>>,
    /// Whether the entry names somebody who was forgotten.
    pub forgotten: bool,
}

/// An entry, and the proof that it is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProvedEntry {
    /// Its place in the log.
    pub index: u64,
    /// The entry itself, as it is hashed.
    pub leaf: String,
    /// A C2SP `tlog-proof`, with the newest signed checkpoint.
    pub proof: String,
}

/// The proof that a log goes on from what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Consistency {
    /// From so many entries.
    pub old: u64,
    /// To so many.
    pub new: u64,
    /// The hashes that show it (RFC 6962, section 2.1.2), in base64.
    pub hashes: Vec<String>,
}

/// The keys that sign a log, from the first on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogKeys {
    /// The first key: what an auditor has to know.
    pub key: String,
    /// Each with the note by which it took over.
    pub epochs: Vec<LogKey>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogKey {
    /// Its number.
    pub epoch: u32,
    /// Entries in the log when it took over.
    pub start: u64,
    /// The key: a verifier key (C2SP `signed-note`).
    pub key: String,
    /// The signed note by which it took over.
    pub note: String,
}

/// The newest checkpoint of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checkpoint {
    /// Entries in the log that it is of.
    pub size: u64,
    /// The checkpoint: a signed note (C2SP `tlog-checkpoint`).
    pub note: String,
}

/// A checkpoint that went to somebody outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Publication {
    /// To whom, as a person would call it.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::remark"))]
    pub to: String,
    /// The checkpoint, as it was given out.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::note"))]
    pub note: String,
    /// What they signed: lines of a signed note, as a witness answers them (C2SP `tlog-witness`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::cosignatures_or_none"))]
    pub cosignatures: Option<String>,
    /// The verifier key of the witness whose cosignatures they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::witness_or_none"))]
    pub witness: Option<String>,
}

/// What to check a log against, besides itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verify {
    /// Checkpoints that were kept elsewhere; the log must continue each of them. At most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::notes"))]
    pub known: Vec<String>,
}

/// What the check of a log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Entries in the log, those that were pruned too.
    pub size: u64,
    /// Entries that were looked at.
    pub entries: u64,
    /// Records of the store that are as the log says.
    pub records: u64,
    /// What is wrong, the first first.
    pub problems: Vec<String>,
}

/// What to prune.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prune {
    /// Entries from before. They go 256 together, so younger ones may keep older ones.
    pub before: Moment,
}

/// What was pruned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pruned {
    /// Entries that are gone now. None: nothing was due, and there is no entry either.
    pub pruned: u64,
    /// Where the log begins.
    pub first: u64,
}

/// Whether a log is held: nothing in it is pruned or forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hold {
    /// From now on; `false` ends it.
    pub held: bool,
    /// Why: one line, which stands in the log.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::remark"))]
    pub reason: String,
}

/// Whom to forget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forget {
    /// Who, as the log knows them.
    pub subject: String,
    /// Why: one line, which stands in the log.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::remark"))]
    pub reason: String,
}

/// Somebody was forgotten: what the log holds of them is unreadable from now on, and every proof still verifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forgotten {
    /// Whether the storage has overwritten their sealed key in its own files as well.
    pub erased: bool,
}
