//! `coffer promote`

use clap::Args;

use super::why::Why;

/// `coffer promote`
#[derive(Debug, Args)]
#[command(
    after_help = "Shows what it would make and change, and asks. Then it reads the values and writes them in one commit, which\n\
    does nothing when anything is not as it was shown. Values that are equal are left alone, and nothing is ever\n\
    removed. A new secret gets what is known about the one it comes from: its owner, description, tags and so on.\n\
    The message is `promoted from FROM` unless you say another.\n\n\
    Examples:\n  coffer promote staging/shop prod/shop --dry-run\n  coffer promote staging/shop prod/shop API_KEY db/URL -m 'release 12'"
)]
pub struct Promote {
    /// The folder to take from, from the root on, with all that lies below it
    pub from: String,
    /// The folder to write to
    pub to: String,
    /// Only these, by their names below the folders
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}
