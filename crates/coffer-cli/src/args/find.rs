//! The arguments of `coffer find` and `coffer report`.

use clap::Args;

use super::Classification;

/// `coffer find`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer find orders db                    both words, in the path, the owner, the description, a tag\n  \
    coffer find --expires-within 30d         expired, or about to\n  \
    coffer find --in /prod --no-owner\n  \
    coffer find --unread-for 90d\n  \
    coffer find --same-as /prod/db/PASSWORD  where else is this value?"
)]
pub struct Find {
    /// Words, all of which stand in what is known of a secret; capital letters are small ones
    pub words: Vec<String>,
    /// Below this folder; everywhere unless said otherwise
    #[arg(long = "in", value_name = "FOLDER")]
    pub folder: Option<String>,
    /// With this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Of this owner
    #[arg(long, value_name = "WHO", conflicts_with = "no_owner")]
    pub owner: Option<String>,
    /// Of no owner
    #[arg(long)]
    pub no_owner: bool,
    /// Of this classification
    #[arg(long, value_enum)]
    pub classification: Option<Classification>,
    /// Whether it is, or opens, data about persons
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub personal_data: Option<bool>,
    /// That has to stay there
    #[arg(long, value_name = "WHERE")]
    pub residency: Option<String>,
    /// That has expired
    #[arg(long, conflicts_with = "expires_within")]
    pub expired: bool,
    /// That has expired or will by then: 30d, 2027-01-31
    #[arg(long, value_name = "WHEN")]
    pub expires_within: Option<String>,
    /// Whose value is older than its interval of rotation allows
    #[arg(long)]
    pub overdue: bool,
    /// Whose value is older: 90d, 2026-01-31
    #[arg(long, value_name = "AGE")]
    pub older_than: Option<String>,
    /// Whose value is older and was not read since: 90d, 2026-01-31
    #[arg(long, value_name = "AGE")]
    pub unread_for: Option<String>,
    /// In the trash
    #[arg(long)]
    pub trashed: bool,
    /// That holds the value of this secret too
    #[arg(long, value_name = "NAME", conflicts_with = "reused")]
    pub same_as: Option<String>,
    /// That holds a value, of 8 bytes or more, which another one holds too
    #[arg(long)]
    pub reused: bool,
}

/// `coffer report`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  coffer report\n  coffer report /prod")]
pub struct Report {
    /// The folder; everything unless said otherwise
    pub folder: Option<String>,
}
