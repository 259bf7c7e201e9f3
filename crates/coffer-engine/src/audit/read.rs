//! Entries as they are read back.

use core::net::IpAddr;

use serde::Deserialize;

use super::log::index::Term;
use crate::fault::Corrupt;
use crate::network::Network;
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
    /// How it ended: `done`, `absent`, `refused`, `mismatch`, `invalid`, `corrupt`, `expired` or `replayed`.
    pub outcome: String,
    /// Joins the entries of one request.
    pub request: String,
    /// Why something was changed, in the words of whoever did.
    #[serde(default)]
    pub message: Option<String>,
    /// The tenant's id.
    pub tenant: String,
    /// The records that were written.
    #[serde(default)]
    pub changes: Vec<EntryChange>,
    /// What else there is to say of some actions.
    #[serde(default)]
    pub detail: Option<serde_json::Value>,
    /// Where the request came from, as an address: taken from what is sealed of who acted. `None` when it came from the process itself,
    /// or they were forgotten.
    #[serde(skip)]
    pub source: Option<IpAddr>,
    /// Its place in the log.
    #[serde(skip)]
    pub index: u64,
    /// The leaf itself: the canonical JSON that is hashed.
    #[serde(skip)]
    pub leaf: Vec<u8>,
}

/// A record that was written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EntryChange {
    /// Its storage key, in hexadecimal.
    pub key: String,
    /// SHA-256 of the stored bytes, in hexadecimal; `None`: it was deleted.
    #[serde(default)]
    pub hash: Option<String>,
    /// Its revision, in hexadecimal; `None`: it was deleted.
    #[serde(default)]
    pub revision: Option<String>,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EntryActor {
    /// The identity, 32 hexadecimal digits; all zero for the local owner.
    pub id: String,
    /// How it proved itself.
    pub via: String,
    /// Whose member it is, 32 hexadecimal digits, where that is not whose log it is: all zero for the instance's.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The token that was shown, 32 hexadecimal digits.
    #[serde(default)]
    pub token: Option<String>,
    /// Who this was in the world, sealed.
    #[serde(default)]
    pub person: Option<EntryPerson>,
}

/// A person's fields, sealed under a key that is theirs alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EntryPerson {
    /// An envelope, in base64.
    pub sealed: String,
    /// The session it was sealed for, in hexadecimal.
    pub session: String,
    /// Whose key it is sealed under, in hexadecimal: a keyed hash of who.
    pub subject: String,
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
    /// Allowed, or refused.
    pub decision: Option<Decision>,
    /// From there.
    pub source: Option<Network>,
}

/// What was decided: everything but a refusal was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Whatever came of it.
    Allowed,
    /// Not allowed.
    Refused,
}

impl LoggedEntry {
    /// The entry that a leaf is.
    ///
    /// # Errors
    /// [`Corrupt`] when it is none.
    pub(crate) fn parse(leaf: Vec<u8>) -> Result<Self, Corrupt> {
        let mut entry: Self =
            serde_json::from_slice(&leaf).map_err(|_| Corrupt::new("an entry of the audit log"))?;
        entry.leaf = leaf;
        Ok(entry)
    }
}

impl EntryFilter {
    /// Whether the entry is wanted.
    #[must_use]
    pub fn wants(&self, entry: &LoggedEntry) -> bool {
        self.wants_from_anywhere(entry)
            && self.source.is_none_or(|wanted| entry.source.is_some_and(|source| wanted.has(source)))
    }

    /// Whether the entry is wanted, but for where its request came from, which is not seen before it is opened.
    pub(crate) fn wants_from_anywhere(&self, entry: &LoggedEntry) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        self.since.is_none_or(|since| entry.ts >= since.millis())
            && self.until.is_none_or(|until| entry.ts <= until.millis())
            && is(&self.action, &entry.action)
            && is(&self.outcome, &entry.outcome)
            && is(&self.actor, &entry.actor.id)
            && self
                .decision
                .is_none_or(|wanted| (entry.outcome == "refused") == (wanted == Decision::Refused))
            && self.path.as_deref().is_none_or(|wanted| {
                entry.path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }

    /// What a pack must speak of to hold an entry that is wanted.
    pub(crate) fn terms(&self) -> Vec<Term<'_>> {
        let refused = (self.decision == Some(Decision::Refused)).then_some(Term::Outcome("refused"));
        [
            self.actor.as_deref().map(Term::Actor),
            self.action.as_deref().map(Term::Action),
            self.outcome.as_deref().map(Term::Outcome),
            self.path.as_deref().map(Term::Path),
            refused,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
