//! Backups: all that is stored, as it was at one moment, in one file; and what becomes of it again.
//!
//! A backup is streamed: what opens it stands in front in clear (wraps, as in the store), then comes the body, sealed under a key of its
//! own, and then what the key of the instance's log signs of it. Nothing in it is opened to make it: records stay sealed as they lie.
//!
//! Reading order: [`create`], [`head`], [`body`] (what is sealed, and how it is cut), [`manifest`], [`trailer`]; then [`mod@file`] (read and
//! loaded), [`verify`] (what a restored copy is asked) and [`restore`] (what is done to one before it is used); [`record`] is what the
//! instance knows of backups.
//!
//! # Invariants
//! - The entry that tells of a backup, and its record, are durable before the first byte of it is written. One that says how large it
//!   became, and its hash, is durable before the file is whole. So there is no backup without an entry; there may be an entry
//!   without a backup.
//! - Nothing is loaded from a file that is not whole, not what was sealed, or not what was signed: the record that makes a store of what
//!   is loaded comes last.
//! - A copy that is verified has its entries for itself: what is read there is read through the one door, and shown to nobody.

use std::io;

use coffer_log::StatementError;

use crate::error::Error;
use crate::time::Timestamp;

pub use create::MadeBackup;
pub use file::{BackupFile, LoadedBackup, SignedBackup};
pub use record::KnownBackup;
pub use restore::Restored;
pub use verify::{VerifiedBackup, VerifiedTenant};

mod body;
mod create;
mod file;
mod head;
mod manifest;
mod record;
mod restore;
mod trailer;
mod verify;

/// Which backup of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupInfo {
    /// Its id.
    pub id: [u8; 16],
    /// The instance that it is of.
    pub instance: [u8; 16],
    /// When it was begun.
    pub made: Timestamp,
    /// Until when it is kept.
    pub expires: Timestamp,
}

/// Why a backup was not made, or not read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The vault has it so.
    #[error(transparent)]
    Vault(#[from] Error),
    /// The file can't be written.
    #[error("the backup can't be written: {0}")]
    Unwritten(#[source] io::Error),
    /// The file can't be read.
    #[error("the backup can't be read: {0}")]
    Unread(#[source] io::Error),
    /// It is something else.
    #[error("the file is no backup that Coffer made")]
    Foreign,
    /// It was made by a newer Coffer.
    #[error("the backup has format {0}; this Coffer knows formats up to 1")]
    TooNew(u16),
    /// It ends before its end.
    #[error("the backup is cut: it ends before its end")]
    Truncated,
    /// Its pieces are not those that follow each other.
    #[error("the backup is not of one piece: after piece {0} comes what does not follow it")]
    Spliced(u32),
    /// A part of it is not what was written.
    #[error("the backup is damaged: {0} is not what was written")]
    Damaged(&'static str),
    /// Nothing that was given opens it.
    #[error(
        "nothing that was given opens the backup: it is of another instance ({0}), or was made before this opened it"
    )]
    OtherInstance(String),
    /// What was signed of it is not of it, or not signed by whom it should.
    #[error("the backup is not what was signed: {0}")]
    Unsigned(#[from] StatementError),
    /// What was signed is rightly signed, and of something else.
    #[error("the backup is not what was signed: {0} is another")]
    OtherThanSigned(&'static str),
}

impl BackupError {
    /// A stable code, `noun.problem`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Vault(error) => error.code(),
            Self::Unwritten(_) => "backup.unwritten",
            Self::Unread(_) => "backup.unread",
            Self::Foreign => "backup.foreign",
            Self::TooNew(_) => "backup.too_new",
            Self::Truncated => "backup.truncated",
            Self::Spliced(_) => "backup.spliced",
            Self::Damaged(_) => "backup.damaged",
            Self::OtherInstance(_) => "backup.other_instance",
            Self::Unsigned(_) | Self::OtherThanSigned(_) => "backup.unsigned",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::Vault(error) => error.fix().into_owned(),
            Self::Unwritten(_) => "make room, or name another place; nothing was left there".into(),
            Self::Unread(_) => "see the text of the operating system".into(),
            Self::Foreign => "name a file that `coffer backup create` made".into(),
            Self::TooNew(_) => "use the Coffer that made it, or a newer one".into(),
            Self::Truncated | Self::Spliced(_) | Self::Damaged(_) => {
                "nothing was restored: take another copy of it, or another backup".into()
            }
            Self::OtherInstance(_) => {
                "give the key file, passphrase or recovery passphrase that opened that instance when it was made".into()
            }
            Self::Unsigned(_) | Self::OtherThanSigned(_) => {
                "nothing was restored: somebody changed it who has its keys; take another backup, and find out who".into()
            }
        }
    }
}

/// What is stored of backups, for fuzzing.
#[cfg(feature = "testkit")]
pub(super) fn stored() -> Vec<crate::storage::record::Stored> {
    use crate::storage::record::Stored;
    vec![
        Stored::of::<head::BackupHead>(),
        Stored::of::<manifest::BackupManifest>(),
        Stored::of::<record::BackupRecord>(),
        Stored::of::<trailer::BackupTrailer>(),
    ]
}
