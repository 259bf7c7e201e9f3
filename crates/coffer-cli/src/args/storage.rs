//! The verbs about where a store lies.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `coffer storage`
#[derive(Debug, Subcommand)]
pub enum Storage {
    /// Bring the database's tables to the version of this Coffer, or make them
    #[command(
        after_help = "Nodes of the version before go on while and after it runs: first migrate, then exchange them one by one. A database that\n\
    has no tables gets them, and no store: that is for `coffer init`, which makes both.\n\nExample:\n  COFFER_STORAGE=postgres://coffer@db/coffer coffer storage migrate"
    )]
    Migrate,
    /// Copy the whole store into another folder or database, while it is in service; with --final, move into it
    Copy(StorageCopy),
    /// Take a store back into service that was closed for a copy which was never used
    Reopen(StorageReopen),
}

/// `coffer storage copy`
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is opened by that, and no key is needed before --final: what is sealed in one place is sealed in the other. It may be\n\
    broken off and run again at any time. A place is a folder of a store, or postgres://USER@HOST/DATABASE, whose password is taken\n\
    from where it is taken for COFFER_STORAGE.\n\
    --final takes the source out of service on every node, carries over what is left, compares both, verifies the logs, and makes a\n\
    store of the copy. Then nodes are started anew, over that.\n\nExamples:\n  coffer storage copy --to postgres://coffer@db/coffer\n  \
    coffer storage copy --to postgres://coffer@db/coffer --final\n  coffer storage copy --from postgres://coffer@db/coffer --to /var/lib/coffer/store --final"
)]
pub struct StorageCopy {
    /// Where the store is; what the settings name unless said otherwise
    #[arg(long, value_name = "PLACE")]
    pub from: Option<PathBuf>,
    /// Where it is copied to: nothing, or what an earlier run left
    #[arg(long, value_name = "PLACE")]
    pub to: PathBuf,
    /// Move: take the source out of service, carry over the rest, and make a store of the copy
    #[arg(long = "final")]
    pub last: bool,
}

/// `coffer storage reopen`
#[derive(Debug, Args)]
#[command(
    after_help = "With --to the copy is asked, and kept from ever becoming a store: use it whenever it can be reached. Without, you say that it\n\
    was never used and is destroyed.\n\nExample:\n  coffer storage reopen --to postgres://coffer@db/coffer"
)]
pub struct StorageReopen {
    /// Where the store is; what the settings name unless said otherwise
    #[arg(long, value_name = "PLACE")]
    pub from: Option<PathBuf>,
    /// Where it was to be copied to
    #[arg(long, value_name = "PLACE")]
    pub to: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long, conflicts_with = "to")]
    pub yes: bool,
}
