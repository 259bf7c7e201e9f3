//! The certificate of an erasure: what the instance's log key signs of a tenant that is gone. Fifteen lines.
//!
//! ```text
//! coffer-erasure/v1
//! <origin>             the log whose key signs: the instance's
//! <size>               of that log, decimal
//! <root>               base64: root of that tree
//! at <time>            when this was signed
//! state <state>        `complete`, or `pending`: something may still open what was erased
//! tenant <id>          32 hex digits
//! name <name>
//! erased <time>        when its keys were destroyed
//! removed <time>       when the last of its records was gone; `-`: not yet
//! backups-until <time> until when a backup of its keys may have been kept
//! keys <count>         that were destroyed
//! rows <count>         that were removed
//! log-size <size>      of the tenant's own log, when it ended
//! log-root <root>
//! ```
//!
//! Times are milliseconds since 1970, as the instance says.
//!
//! # Invariants
//!
//! * It names a size of the log that signs it, and the key of that size's epoch has to have signed: whoever steals the newest key can't
//!   date a certificate back.
//! * The state follows from the times. A text that says another one is no certificate.

use std::fmt;

use coffer_encryption::SigningKey;

use crate::checkpoint::Origin;
use crate::decimal;
use crate::history::KeyHistory;
use crate::note::{SignNoteError, SignedNote, sign_note};
use crate::statement::{StatementError, is_id, said};
use crate::tree::Hash;

/// The first line.
pub(crate) const HEADER: &str = "coffer-erasure/v1";
/// What stands for a time that has not come.
const NOT_YET: &str = "-";

/// What is said of a tenant that was erased. Nothing here says that it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The log whose key signs.
    pub origin: Origin,
    /// Leaves in that log when this was signed.
    pub size: u64,
    /// The root of its tree then.
    pub root: Hash,
    /// When it was signed, in milliseconds since 1970, as every time here.
    pub at: u64,
    /// The tenant's id: 32 hexadecimal digits.
    pub tenant: String,
    /// What it was called.
    pub name: String,
    /// When its keys were destroyed.
    pub erased: u64,
    /// When the last of its records was gone; `None`: not yet.
    pub removed: Option<u64>,
    /// Until when a backup of its keys may have been kept.
    pub backups_until: u64,
    /// Keys that were destroyed.
    pub keys: u64,
    /// Records and entries that were removed.
    pub rows: u64,
    /// Leaves in the tenant's own log when it ended.
    pub log_size: u64,
    /// The root of its tree then.
    pub log_root: Hash,
}

/// Whether anything may still open what was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureState {
    /// Records are still being removed, or a backup of the keys may be kept.
    Pending,
    /// All is gone.
    Complete,
}

impl ErasureState {
    /// `pending` or `complete`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Complete => "complete",
        }
    }
}

impl Erasure {
    /// How far it has come, when it was signed.
    #[must_use]
    pub fn state(&self) -> ErasureState {
        if self.removed.is_some() && self.at >= self.backups_until {
            ErasureState::Complete
        } else {
            ErasureState::Pending
        }
    }

    /// Reads the text of a note; nothing if it is not that of a certificate.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
        let [
            HEADER,
            origin,
            size,
            root,
            at,
            state,
            tenant,
            name,
            erased,
            removed,
            until,
            keys,
            rows,
            log_size,
            log_root,
        ] = lines[..]
        else {
            return None;
        };
        let number = |line, what| decimal::parse(said(line, what)?);
        let removed = match said(removed, "removed")? {
            NOT_YET => None,
            time => Some(decimal::parse(time)?),
        };
        let erasure = Self {
            origin: Origin::parse(origin).ok()?,
            size: decimal::parse(size)?,
            root: Hash::from_base64(root)?,
            at: number(at, "at")?,
            tenant: said(tenant, "tenant").filter(|id| is_id(id))?.to_owned(),
            name: said(name, "name").filter(|name| is_name(name))?.to_owned(),
            erased: number(erased, "erased")?,
            removed,
            backups_until: number(until, "backups-until")?,
            keys: number(keys, "keys")?,
            rows: number(rows, "rows")?,
            log_size: number(log_size, "log-size")?,
            log_root: Hash::from_base64(said(log_root, "log-root")?)?,
        };
        (said(state, "state")? == erasure.state().name()).then_some(erasure)
    }

    /// The text of a note.
    #[must_use]
    pub fn text(&self) -> String {
        let removed = self.removed.map_or_else(|| NOT_YET.to_owned(), |time| time.to_string());
        format!(
            "{HEADER}\n{}\n{}\n{}\nat {}\nstate {}\ntenant {}\nname {}\nerased {}\nremoved {removed}\nbackups-until {}\nkeys {}\nrows \
             {}\nlog-size {}\nlog-root {}\n",
            self.origin,
            self.size,
            self.root.to_base64(),
            self.at,
            self.state().name(),
            self.tenant,
            self.name,
            self.erased,
            self.backups_until,
            self.keys,
            self.rows,
            self.log_size,
            self.log_root.to_base64(),
        )
    }

    /// The note of it, signed by `key` in the name of the log.
    ///
    /// # Errors
    ///
    /// [`SignNoteError`].
    pub fn sign(&self, key: &SigningKey) -> Result<SignedNote, SignNoteError> {
        let text = self.text();
        let signature = sign_note(&text, self.origin.name(), key)?;
        Ok(SignedNote::new(&text, vec![signature])?)
    }
}

impl KeyHistory {
    /// Checks a certificate: is it signed by the key that signs trees of the size that it names?
    ///
    /// # Errors
    ///
    /// [`StatementError`].
    pub fn check_erasure(&self, note: &SignedNote) -> Result<CheckedErasure, StatementError> {
        let erasure = Erasure::parse(note.text()).ok_or(StatementError::Form)?;
        let epoch = self.check_statement(note, &erasure.origin, (erasure.size, erasure.root))?;
        Ok(CheckedErasure { epoch, erasure })
    }
}

/// A certificate that the right key of its log signed: [`KeyHistory::check_erasure`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedErasure {
    erasure: Erasure,
    epoch: u32,
}

impl CheckedErasure {
    /// What was signed.
    #[must_use]
    pub fn erasure(&self) -> &Erasure {
        &self.erasure
    }

    /// The epoch whose key signed it.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }
}

impl fmt::Display for ErasureState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests;
