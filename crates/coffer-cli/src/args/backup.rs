//! What can be asked about backups.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `coffer backup`
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Write all that the store holds into one sealed, signed file, while others use it
    Create(BackupCreate),
    /// Restore a backup into an empty place, open it there, and throw that away
    Verify(BackupVerify),
    /// Restore a backup into an empty folder or database
    Restore(BackupRestore),
    /// List the backups that were made
    #[command(
        after_help = "One that has expired is listed until it is forgotten.\n\nExample:\n  coffer backup ls"
    )]
    Ls,
    /// Say that a backup was destroyed, in every place where it was
    Forget(BackupForget),
}

/// `coffer backup create`
#[derive(Debug, Args)]
#[command(
    after_help = "The file opens with what opens the store: key file, passphrase, recovery passphrase. None of them is in it: keep a copy \
    of one elsewhere.\nUntil it expires, a tenant that is erased may be in it, and its certificate says `pending`; destroy it by \
    then.\n\nExamples:\n  coffer backup create /mnt/backup/coffer-monday.backup\n  coffer backup create monthly.backup --expires 400d"
)]
pub struct BackupCreate {
    /// The file; there must be none of this name
    pub file: PathBuf,
    /// How long it is kept, in whole days
    #[arg(long, value_name = "SPAN", default_value = "35d")]
    pub expires: String,
}

/// `coffer backup verify`
#[derive(Debug, Args)]
#[command(
    after_help = "It is restored beside the file, or in memory when it is small, and every record is opened; each tenant's log is compared \
    with what was\nsigned, and one value of each tenant is decrypted. Nothing is shown, and nothing is left.\n\nExamples:\n  \
    coffer backup verify coffer-monday.backup\n  coffer backup verify coffer-monday.backup --signature-only --key coffer.1f..+1234abcd+AS.."
)]
pub struct BackupVerify {
    /// The file
    pub file: PathBuf,
    /// Check only that the file is whole, and signed: what needs no key of the store
    #[arg(long)]
    pub signature_only: bool,
    /// The first key of the instance's log, as `coffer audit key --instance` prints it
    #[arg(long, value_name = "KEY", requires = "signature_only")]
    pub key: Option<String>,
}

/// `coffer backup restore`
#[derive(Debug, Args)]
#[command(
    after_help = "What was set, revoked or destroyed after the backup is as it was before: members and client secrets that were taken away \
    are back.\nTokens and one-time codes are ended, so everybody signs in anew.\n\nExamples:\n  coffer backup restore \
    coffer-monday.backup\n  coffer backup restore coffer-monday.backup --to /srv/coffer/store\n  coffer backup restore coffer-monday.backup --to postgres://coffer@db/coffer"
)]
pub struct BackupRestore {
    /// The file
    pub file: PathBuf,
    /// The folder of the store, or a database (postgres://..), with nothing in it; what the settings name unless said otherwise
    #[arg(long, value_name = "PLACE")]
    pub to: Option<PathBuf>,
    /// Keep tokens and one-time codes as they are in the backup, those that were revoked since, too
    #[arg(long)]
    pub keep_tokens: bool,
}

/// `coffer backup forget`
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is destroyed by that: it is an entry of who said so, and certificates of erasures do not wait for it any \
    more.\n\nExample:\n  coffer backup forget 1f6c"
)]
pub struct BackupForget {
    /// Its id, or how that begins
    pub id: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
