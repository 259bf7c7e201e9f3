//! `coffer label`, `coffer pin`, `coffer override`: names of versions, and values of one's own.

use clap::Args;

use super::secret::ValueFrom;
use super::why::Why;

/// `coffer label`
#[derive(Debug, Args)]
#[command(after_help = "A label is read by it: `coffer get API_KEY --label stable`.\n\n\
    Examples:\n  coffer label API_KEY stable                the current version is called so\n  \
    coffer label API_KEY stable --version 7    another one is\n  coffer label API_KEY stable --remove")]
pub struct Label {
    /// The secret
    pub name: String,
    /// The label: a letter of a-z, then letters, digits, - _ and .
    pub label: String,
    /// Which version is called so, or none.
    #[command(flatten)]
    pub at: At,
}

/// Which version a name is given to, or that it is taken away.
#[derive(Debug, Args)]
pub struct At {
    /// The version that is meant [default: the current one]
    #[arg(long, value_name = "N", conflicts_with = "remove")]
    pub version: Option<u64>,
    /// No version any more: the label is gone, the consumer uses the current one
    #[arg(long)]
    pub remove: bool,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}

/// `coffer pin`
#[derive(Debug, Args)]
#[command(
    after_help = "What is pinned is neither destroyed nor forgotten, and `coffer history` tells who uses it. A consumer reads it \
    by its\nname: `coffer get API_KEY --consumer billing`, `coffer run --consumer billing -- ...`; the current version where \
    nothing\nis pinned.\n\n\
    Examples:\n  coffer pin API_KEY billing                 the current version, whatever comes after it\n  \
    coffer pin API_KEY billing --version 7\n  coffer pin API_KEY billing --remove        billing uses the current one from now on"
)]
pub struct Pin {
    /// The secret
    pub name: String,
    /// Who uses it: a program, a system, a team
    pub consumer: String,
    /// Which version is used.
    #[command(flatten)]
    pub at: At,
}

/// `coffer override`
#[derive(Debug, Args)]
#[command(
    after_help = "`coffer get` and `coffer run` then give it to you, and to nobody else; `coffer get --stage current` gives what others \
    read.\n\n\
    Examples:\n  coffer override DATABASE_URL              a value for yourself; asks for it\n  coffer override DATABASE_URL --remove     \
    what all read, again"
)]
pub struct Override {
    /// The secret
    pub name: String,
    /// Where the value comes from.
    #[command(flatten)]
    pub from: ValueFrom,
    /// Take your value away; it is destroyed
    #[arg(long, conflicts_with_all = ["stdin", "file", "generate"])]
    pub remove: bool,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}
