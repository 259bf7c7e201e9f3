//! Entries as they are read back.

use serde::Deserialize;

use super::row::open_row;
use crate::fault::Corrupt;
use crate::storage::PendingRow;
use crate::storage::keyring::KeyRing;
use crate::time::Timestamp;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LoggedEntry {
    /// Its number.
    pub id: String,
    /// When the request was received, in milliseconds since the Unix epoch.
    pub ts: u64,
    /// What was asked for.
    pub action: String,
    /// Who asked.
    pub actor: EntryActor,
    /// Where; empty for the tenant as a whole.
    #[serde(default)]
    pub path: String,
    /// Which version.
    #[serde(default)]
    pub version: Option<u64>,
    /// How it ended: `done`, `absent`, `refused`, `mismatch`, `invalid` or `corrupt`.
    pub outcome: String,
    /// Joins the entries of one request.
    pub request: String,
    /// The tenant's id.
    pub tenant: String,
    /// The leaf itself: the canonical JSON that is hashed.
    #[serde(skip)]
    pub leaf: Vec<u8>,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EntryActor {
    /// The identity, 32 hexadecimal digits; all zero for the local owner.
    pub id: String,
    /// How it proved itself.
    pub via: String,
}

/// Which entries are wanted. What is `None` lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
    /// This action.
    pub action: Option<String>,
    /// This path, or below this folder.
    pub path: Option<String>,
    /// This outcome.
    pub outcome: Option<String>,
    /// This actor.
    pub actor: Option<String>,
}

impl EntryFilter {
    /// Whether the entry is wanted.
    #[must_use]
    pub fn wants(&self, entry: &LoggedEntry) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        self.since.is_none_or(|since| entry.ts >= since.millis())
            && self.until.is_none_or(|until| entry.ts <= until.millis())
            && is(&self.action, &entry.action)
            && is(&self.outcome, &entry.outcome)
            && is(&self.actor, &entry.actor.id)
            && self.path.as_deref().is_none_or(|wanted| {
                entry.path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }
}

/// The entries of a row.
pub(crate) fn read_row(ring: &KeyRing, row: &PendingRow) -> Result<Vec<LoggedEntry>, Corrupt> {
    let parse = |leaf: Vec<u8>| {
        let mut entry: LoggedEntry =
            serde_json::from_slice(&leaf).map_err(|_| Corrupt::new("an entry of the audit log"))?;
        entry.leaf = leaf;
        Ok(entry)
    };
    open_row(ring, row)?.into_iter().map(parse).collect()
}
