//! `coffer compare`

use clap::Args;

/// `coffer compare`
#[derive(Debug, Args)]
#[command(
    after_help = "Each name, and under each folder the version that is current there: `-` where there is none, and a letter\n\
    that is the same where the values are equal. Values are neither shown nor opened. Where you may not read one,\n\
    it has no letter.\n\n\
    Examples:\n  coffer compare dev/shop staging/shop prod/shop\n  coffer compare dev prod --only-missing"
)]
pub struct Compare {
    /// The folders, from the root on, with all that lies below them; 2 to 8
    #[arg(required = true, num_args = 2..=8, value_name = "FOLDER")]
    pub folders: Vec<String>,
    /// Only what some of them lack
    #[arg(long)]
    pub only_missing: bool,
    /// Only what is there with different values, or may be
    #[arg(long)]
    pub only_different: bool,
}
