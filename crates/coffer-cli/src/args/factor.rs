//! The verbs about a second factor.

use clap::{Args, Subcommand};

use super::{Of, SecretFrom};

/// `coffer factor`
#[derive(Debug, Subcommand)]
pub enum Factor {
    /// Make a second factor for yourself, and print its secret, this once
    Enrol(FactorEnrol),
    /// Confirm it, with a first code: from then on your password takes a code too
    #[command(after_help = "Examples:\n  coffer factor confirm\n  coffer factor confirm --stdin < code")]
    Confirm {
        /// Where the code comes from.
        #[command(flatten)]
        from: SecretFrom,
        /// Whose
        #[command(flatten)]
        of: Of,
    },
    /// Remove your own, with a code of it, or that of a member who has lost it
    Rm(FactorRm),
}

/// `coffer factor enrol`
#[derive(Debug, Args)]
#[command(
    after_help = "What is printed is what an authenticator reads (RFC 6238), as a picture with `qrencode -t ansiutf8`, or typed. It counts once\n\
    `coffer factor confirm` was given a code of it.\n\nExamples:\n  coffer factor enrol | qrencode -t ansiutf8\n  coffer factor enrol --without-password"
)]
pub struct FactorEnrol {
    /// Where the password comes from.
    #[command(flatten)]
    pub from: SecretFrom,
    /// There is no password, or it is not at hand: for who is signed in with a code
    #[arg(long, conflicts_with = "source")]
    pub without_password: bool,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}

/// `coffer factor rm`
#[derive(Debug, Args)]
#[command(
    after_help = "By who grants, with --member: the password alone is enough from then on.\n\nExamples:\n  coffer factor rm\n  coffer factor rm --member maya"
)]
pub struct FactorRm {
    /// Where the code comes from.
    #[command(flatten)]
    pub from: SecretFrom,
    /// Of this member, who has lost it
    #[arg(long, value_name = "NAME", conflicts_with = "source")]
    pub member: Option<String>,
    /// Whose
    #[command(flatten)]
    pub of: Of,
}
