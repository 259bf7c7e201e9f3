//! Entries as changes of secrets, for those who are told of them.
//!
//! Every entry of a log that is watched goes through here: of most of them nothing is kept.

use super::entry::Outcome;
use super::said::Said;
use crate::action::Action;
use crate::fault::Corrupt;
use crate::path::SecretPath;

/// One change of one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretChange {
    /// Its place in the log.
    pub index: u64,
    /// The entry that says so.
    pub entry: String,
    /// When the request was received, in milliseconds since the Unix epoch.
    pub ts: u64,
    /// What was done: the name of an action.
    pub action: &'static str,
    /// Where.
    pub path: SecretPath,
    /// Which version, where it was about one.
    pub version: Option<u64>,
    /// Who did it: 32 hexadecimal digits.
    pub actor: String,
    /// How that was known.
    pub via: String,
}

impl SecretChange {
    /// The change that an entry tells of; `None`: of none, or of one that did not happen.
    ///
    /// # Errors
    /// [`Corrupt`] when the leaf is no entry.
    pub(crate) fn parse(index: u64, leaf: &[u8]) -> Result<Option<Self>, Corrupt> {
        let said = Said::by(leaf).ok_or(Corrupt::new("an entry of the audit log"))?;
        let action = Action::ALL.into_iter().find(|action| action.name() == said.action);
        let Some(action) = action.filter(|action| action.changes_a_secret()) else { return Ok(None) };
        if said.outcome != Outcome::Done.name() {
            return Ok(None);
        }
        let Ok(path) = SecretPath::parse(&said.path) else { return Ok(None) };
        Ok(Some(Self {
            index,
            entry: said.id.into_owned(),
            ts: said.ts,
            action: action.name(),
            path,
            version: said.version,
            actor: said.actor.id.into_owned(),
            via: said.actor.via.into_owned(),
        }))
    }
}
