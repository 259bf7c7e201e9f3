//! The verbs about the database that a store lies in.

use clap::Subcommand;

/// `coffer storage`
#[derive(Debug, Subcommand)]
pub enum Storage {
    /// Bring the database's tables to the version of this Coffer, or make them
    #[command(
        after_help = "Nodes of the version before go on while and after it runs: first migrate, then exchange them one by one. A database that\n\
    has no tables gets them, and no store: that is for `coffer init`, which makes both.\n\nExample:\n  COFFER_STORAGE=postgres://coffer@db/coffer coffer storage migrate"
    )]
    Migrate,
}
