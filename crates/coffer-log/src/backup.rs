//! What the instance's log key signs of a backup. Fourteen lines.
//!
//! ```text
//! coffer-backup/v1
//! <origin>            the log whose key signs: the instance's
//! <size>              of that log, decimal; the entry that tells of the backup is in it
//! <root>              base64: root of that tree
//! instance <id>       32 hex digits
//! backup <id>         32 hex digits
//! made <time>         when it was begun
//! expires <time>      until when it is kept
//! records <count>     that are in it
//! pending <count>     entries' rows that were in no log yet
//! tenants <count>
//! file-size <bytes>   of the file, up to the end of what is sealed
//! file-sha256 <hash>  of those bytes, 64 hex digits
//! manifest-sha256 <hash>
//! ```
//!
//! Times are milliseconds since 1970, as the instance says.

use coffer_encryption::SigningKey;

use crate::checkpoint::Origin;
use crate::decimal;
use crate::history::KeyHistory;
use crate::note::{SignNoteError, SignedNote, sign_note};
use crate::statement::{StatementError, is_id, is_sha256, said};
use crate::tree::Hash;

/// The first line.
pub(crate) const HEADER: &str = "coffer-backup/v1";

/// What is said of a backup. Nothing here says that it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The log whose key signs.
    pub origin: Origin,
    /// Leaves in that log when this was signed.
    pub size: u64,
    /// The root of its tree then.
    pub root: Hash,
    /// The instance's id: 32 hexadecimal digits.
    pub instance: String,
    /// The backup's id: 32 hexadecimal digits.
    pub backup: String,
    /// When it was begun, in milliseconds since 1970.
    pub made: u64,
    /// Until when it is kept, the same way.
    pub expires: u64,
    /// Records that are in it.
    pub records: u64,
    /// Rows of entries that were in no log yet.
    pub pending: u64,
    /// Tenants.
    pub tenants: u64,
    /// Bytes of the file up to the end of what is sealed.
    pub file_size: u64,
    /// SHA-256 of those: 64 hexadecimal digits.
    pub file_sha256: String,
    /// SHA-256 of the manifest, which is sealed: 64 hexadecimal digits.
    pub manifest_sha256: String,
}

impl Backup {
    /// Reads the text of a note; nothing if it is not that of a backup.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
        let [
            HEADER,
            origin,
            size,
            root,
            instance,
            backup,
            made,
            expires,
            records,
            pending,
            tenants,
            file_size,
            file_sha256,
            manifest_sha256,
        ] = lines[..]
        else {
            return None;
        };
        let number = |line, what| decimal::parse(said(line, what)?);
        let id = |line, what| said(line, what).filter(|id| is_id(id)).map(str::to_owned);
        let hash = |line, what| said(line, what).filter(|hash| is_sha256(hash)).map(str::to_owned);
        Some(Self {
            origin: Origin::parse(origin).ok()?,
            size: decimal::parse(size)?,
            root: Hash::from_base64(root)?,
            instance: id(instance, "instance")?,
            backup: id(backup, "backup")?,
            made: number(made, "made")?,
            expires: number(expires, "expires")?,
            records: number(records, "records")?,
            pending: number(pending, "pending")?,
            tenants: number(tenants, "tenants")?,
            file_size: number(file_size, "file-size")?,
            file_sha256: hash(file_sha256, "file-sha256")?,
            manifest_sha256: hash(manifest_sha256, "manifest-sha256")?,
        })
    }

    /// The text of a note.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{HEADER}\n{}\n{}\n{}\ninstance {}\nbackup {}\nmade {}\nexpires {}\nrecords {}\npending {}\ntenants {}\nfile-size \
             {}\nfile-sha256 {}\nmanifest-sha256 {}\n",
            self.origin,
            self.size,
            self.root.to_base64(),
            self.instance,
            self.backup,
            self.made,
            self.expires,
            self.records,
            self.pending,
            self.tenants,
            self.file_size,
            self.file_sha256,
            self.manifest_sha256,
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
    /// Checks what was signed of a backup: is it signed by the key that signs trees of the size that it names?
    ///
    /// # Errors
    ///
    /// [`StatementError`].
    pub fn check_backup(&self, note: &SignedNote) -> Result<Backup, StatementError> {
        let backup = Backup::parse(note.text()).ok_or(StatementError::Form)?;
        self.check_statement(note, &backup.origin, (backup.size, backup.root))?;
        Ok(backup)
    }
}

#[cfg(test)]
mod tests;
