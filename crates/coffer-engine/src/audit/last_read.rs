//! An entry as a read of a secret, for those who ask who read it last.

use super::entry::Outcome;
use super::said::Said;
use crate::action::Action;
use crate::path::SecretPath;
use crate::time::Timestamp;

/// A read of a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRead {
    /// When the request was received.
    pub at: Timestamp,
    /// Who read it: 32 hexadecimal digits.
    pub by: String,
    /// Which version was read.
    pub version: Option<u64>,
    /// The entry, which tells from where to whoever may read the log.
    pub entry: String,
}

impl LastRead {
    /// The read of this secret's value that a leaf tells of, if it does.
    pub(crate) fn of(leaf: &[u8], path: &SecretPath) -> Option<Self> {
        let said = Said::by(leaf)?;
        let is_read = said.action == Action::SecretGet.name()
            && said.outcome == Outcome::Done.name()
            && said.path == path.as_str();
        is_read.then(|| Self {
            at: Timestamp::from_millis(said.ts),
            by: said.actor.id.into_owned(),
            version: said.version,
            entry: said.id.into_owned(),
        })
    }
}
