//! The verbs for one secret.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use coffer_engine::time::Timestamp;
use coffer_wire::secret::{self, MetadataChange};
use coffer_wire::{Moment, Patch};

use super::expiry::{moment, seconds};
use super::why::Why;
use crate::error::{CliError, Exit};
use crate::prompt::{Source, Treatment};

/// Characters of a generated value: 190 bits of letters and digits.
const GENERATED: usize = 32;

/// `coffer set`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  coffer set API_KEY\n  pbpaste | coffer set API_KEY --stdin --trim\n  \
    coffer set DB --field user --field password\n  coffer set API_KEY --owner maya --expires 90d      what is known about it; the value stays\n  \
    coffer set API_KEY -m 'the old one leaked, see case 12'\n  \
    coffer set KEYSTORE --file keys.p12 --type application/x-pkcs12      a file, kept as one\n  \
    coffer set DATABASE_URL --references    ${db/PASSWORD} in it is filled in when it is read")]
pub struct Set {
    /// The secret
    pub name: String,
    /// Where the value comes from.
    #[command(flatten)]
    pub from: ValueFrom,
    /// Set this field of a secret that holds several; the others stay
    #[arg(long, value_name = "FIELD", value_parser = field_name)]
    pub field: Vec<String>,
    /// Take this field away
    #[arg(long, value_name = "FIELD", conflicts_with_all = ["stdin", "file", "generate"])]
    pub remove_field: Vec<String>,
    /// Keep it as a file of this media type, of up to 16 MiB; said of itself where --file is larger than 1 MiB
    #[arg(long = "type", value_name = "TYPE", requires = "source", conflicts_with_all = ["generate", "field", "remove_field", "trim"])]
    pub media_type: Option<String>,
    /// Replace whatever is there, all its fields too
    #[arg(long, conflicts_with = "remove_field")]
    pub replace: bool,
    /// Fill in ${NAME}, ${../shared/TOKEN} or ${/prod/DB#field} with those secrets when it is read; $${ is ${
    #[arg(long)]
    pub references: bool,
    /// Say which secrets would change with this one; ask for no value, and write nothing
    #[arg(long)]
    pub preview: bool,
    /// Only if this version is current; 0: only if there is no such secret
    #[arg(long, value_name = "VERSION")]
    pub if_version: Option<u64>,
    /// What is known about it.
    #[command(flatten)]
    pub metadata: Metadata,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}

/// Where a value comes from; a hidden prompt when nothing is said.
#[derive(Debug, Clone, Args)]
pub struct ValueFrom {
    /// Read the value from stdin, byte for byte
    #[arg(long, group = "source")]
    pub stdin: bool,
    /// Read the value from a file, byte for byte
    #[arg(long, value_name = "FILE", group = "source")]
    pub file: Option<PathBuf>,
    /// Generate a value of N characters [default: 32]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "32", group = "source")]
    pub generate: Option<usize>,
    /// The characters of a generated value
    #[arg(long, value_enum, default_value_t = Alphabet::Letters)]
    pub alphabet: Alphabet,
    /// Take one newline off the end of the value
    #[arg(long)]
    pub trim: bool,
    /// Store an empty value if that is what comes
    #[arg(long)]
    pub allow_empty: bool,
    /// What people write here is a value.
    #[arg(hide = true, num_args = 0.., value_name = "VALUE")]
    pub refused: Vec<OsString>,
}

/// The characters of a generated value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Alphabet {
    /// Letters and digits
    Letters,
    /// Hexadecimal digits
    Hex,
}

/// What is known about a secret besides its value.
#[derive(Debug, Clone, Default, Args)]
pub struct Metadata {
    /// Who answers for it; '' for nobody
    #[arg(long, value_name = "WHO", help_heading = "About the secret")]
    pub owner: Option<String>,
    /// What it is for; '' for nothing
    #[arg(long, value_name = "TEXT", help_heading = "About the secret")]
    pub description: Option<String>,
    /// Add a tag
    #[arg(long, value_name = "TAG", help_heading = "About the secret")]
    pub tag: Vec<String>,
    /// Take a tag away
    #[arg(long, value_name = "TAG", help_heading = "About the secret")]
    pub remove_tag: Vec<String>,
    /// When it expires: 90d, 2027-01-31, 2027-01-31T12:00:00Z, or never
    #[arg(long, value_name = "WHEN", help_heading = "About the secret")]
    pub expires: Option<String>,
    /// What then becomes of reads
    #[arg(long, value_enum, help_heading = "About the secret")]
    pub on_expiry: Option<OnExpiry>,
    /// How much harm its disclosure would do
    #[arg(long, value_enum, help_heading = "About the secret")]
    pub classification: Option<Classification>,
    /// Whether it is, or opens, data about persons
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "About the secret")]
    pub personal_data: Option<bool>,
    /// Where it, or what it opens, has to stay, such as eu; '' for anywhere
    #[arg(long, value_name = "WHERE", help_heading = "About the secret")]
    pub residency: Option<String>,
    /// What it may be used for; '' for nothing in particular
    #[arg(long, value_name = "TEXT", help_heading = "About the secret")]
    pub purpose: Option<String>,
    /// How often it should have a new value: 90d, 12h, or never
    #[arg(long, value_name = "SPAN", help_heading = "About the secret")]
    pub rotate_every: Option<String>,
}

/// What becomes of reads of a secret that has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnExpiry {
    /// It is read all the same, and said
    Warn,
    /// Nothing gives its value until it is made to last longer
    Deny,
    /// The vault gives it a new random value, for those who read it from here: nobody else is told
    Rotate,
}

/// How much harm the disclosure of a secret would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Classification {
    /// None
    Public,
    /// Little
    Internal,
    /// Much
    Confidential,
    /// More than can be made good
    Restricted,
    /// Not said
    None,
}

/// `coffer get`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer get API_KEY\n  coffer get /prod/db/URL --stage previous\n  coffer get DB --field password > secret"
)]
pub struct Get {
    /// The secret
    pub name: String,
    /// Print this field of a secret that holds several
    #[arg(long, value_name = "FIELD")]
    pub field: Option<String>,
    /// Write it to this file, for its owner alone
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// The version of this number
    #[arg(long, value_name = "N", group = "which")]
    pub version: Option<u64>,
    /// The version at this stage; `current` is what all read, also where you have a value of your own
    #[arg(long, value_enum, group = "which")]
    pub stage: Option<StageName>,
    /// The version that is called so
    #[arg(long, value_name = "LABEL", group = "which")]
    pub label: Option<String>,
    /// The version that is pinned for this consumer; where none is, the current one
    #[arg(long, value_name = "CONSUMER", group = "which")]
    pub consumer: Option<String>,
    /// As it was written: references are not filled in
    #[arg(long)]
    pub raw: bool,
}

/// A stage of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StageName {
    /// What readers get
    Current,
    /// What is being introduced
    Pending,
    /// What was current before
    Previous,
}

/// `coffer ls`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  coffer ls\n  coffer ls db/\n  coffer ls / -r")]
pub struct Ls {
    /// The folder; the project's when nothing is said, / for all
    pub prefix: Option<String>,
    /// Everything below it too
    #[arg(short, long)]
    pub recursive: bool,
}

/// `coffer history`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  coffer history API_KEY")]
pub struct History {
    /// The secret
    pub name: String,
}

/// `coffer references`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  coffer references db/PASSWORD      what stands in it, and where it stands itself"
)]
pub struct References {
    /// The secret
    pub name: String,
}

/// `coffer rotate`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer rotate JWT_SECRET_KEY            a generated value of 32 characters\n  \
    coffer rotate API_KEY --prompt          a value that you have from elsewhere"
)]
pub struct Rotate {
    /// The secret
    pub name: String,
    /// Ask for the new value
    #[arg(long, group = "source")]
    pub prompt: bool,
    /// Where the value comes from.
    #[command(flatten)]
    pub from: ValueFrom,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}

/// `coffer rm`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  coffer rm API_KEY      `coffer undo API_KEY` brings it back")]
pub struct Rm {
    /// The secret
    pub name: String,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}

/// `coffer undo`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  coffer undo API_KEY    a value, metadata, or a removal; again for the change before"
)]
pub struct Undo {
    /// The secret
    pub name: String,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}

/// `coffer destroy`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  coffer destroy API_KEY --version 3\n  coffer destroy API_KEY --yes")]
pub struct Destroy {
    /// The secret
    pub name: String,
    /// This version only
    #[arg(long, value_name = "N")]
    pub version: Option<u64>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}

impl ValueFrom {
    /// The source that the flags name; `None` when they name none.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        if self.stdin {
            return Some(Source::Stdin);
        }
        let generated = self.generate.map(|characters| Source::Generated(characters, self.alphabet.into()));
        generated.or_else(|| self.file.clone().map(Source::File))
    }

    /// How the value is treated.
    #[must_use]
    pub fn treatment(&self) -> Treatment {
        Treatment { trim: self.trim, allow_empty: self.allow_empty }
    }
}

impl Rotate {
    /// The source of the new value; generated when nothing is said.
    #[must_use]
    pub fn source(&self) -> Source {
        if self.prompt {
            return Source::Prompt;
        }
        self.from.source().unwrap_or_else(|| Source::Generated(GENERATED, self.from.alphabet.into()))
    }
}

impl From<Alphabet> for coffer_engine::generate::Alphabet {
    fn from(alphabet: Alphabet) -> Self {
        match alphabet {
            Alphabet::Letters => Self::LettersAndDigits,
            Alphabet::Hex => Self::Hex,
        }
    }
}

impl Metadata {
    /// The change that the flags ask for.
    ///
    /// # Errors
    /// `expires.invalid` when `--expires` is no moment, or is past.
    pub fn patch(&self, now: Timestamp) -> Result<MetadataChange, CliError> {
        let text = |flag: &Option<String>| match flag.as_deref() {
            None => Patch::Keep,
            Some("") => Patch::Clear,
            Some(text) => Patch::Set(text.to_owned()),
        };
        let expires = match self.expires.as_deref() {
            None => Patch::Keep,
            Some("never") => Patch::Clear,
            Some(when) => {
                let at = moment(when, now).filter(|at| *at > now).ok_or_else(not_a_moment)?;
                Patch::Set(Moment::from_millis(at.millis()))
            }
        };
        Ok(MetadataChange {
            owner: text(&self.owner),
            description: text(&self.description),
            add_tags: BTreeSet::from_iter(self.tag.iter().cloned()),
            remove_tags: BTreeSet::from_iter(self.remove_tag.iter().cloned()),
            expires,
            on_expiry: self.on_expiry.map(|chosen| match chosen {
                OnExpiry::Warn => secret::OnExpiry::Warn,
                OnExpiry::Deny => secret::OnExpiry::Deny,
                OnExpiry::Rotate => secret::OnExpiry::Rotate,
            }),
            classification: self.classification.map_or(Patch::Keep, Classification::patch),
            personal_data: self.personal_data,
            residency: text(&self.residency),
            purpose: text(&self.purpose),
            rotate_every_seconds: rotate_every(self.rotate_every.as_deref())?,
        })
    }
}

impl Classification {
    pub(crate) fn patch(self) -> Patch<secret::Classification> {
        Patch::Set(match self {
            Self::Public => secret::Classification::Public,
            Self::Internal => secret::Classification::Internal,
            Self::Confidential => secret::Classification::Confidential,
            Self::Restricted => secret::Classification::Restricted,
            Self::None => return Patch::Clear,
        })
    }
}

fn rotate_every(said: Option<&str>) -> Result<Patch<u32>, CliError> {
    Ok(match said {
        None => Patch::Keep,
        Some("never") => Patch::Clear,
        // What is longer than any interval is one too long, and said to be.
        Some(span) => Patch::Set(u32::try_from(seconds("--rotate-every", span)?).unwrap_or(u32::MAX)),
    })
}

/// Refuses a value among the arguments, without repeating it.
///
/// # Errors
/// `value.in_arguments` when there is one.
pub fn refuse_value_in_arguments(from: &ValueFrom) -> Result<(), CliError> {
    if from.refused.is_empty() {
        return Ok(());
    }
    Err(CliError::new(
        Exit::Usage,
        "value.in_arguments",
        "a value is never taken from the command line: other users see it while it runs, and the shell keeps it",
        "run it with the name alone to be asked, or use --stdin, --file or --generate; and take the value as known to others",
    ))
}

/// A field's name. One with a `=` is likely `NAME=value`: it would be stored as a name, and names are shown.
fn field_name(name: &str) -> Result<String, &'static str> {
    if name.contains('=') {
        return Err("a field's name has no `=` in it, and a value is never taken from the command line");
    }
    Ok(name.to_owned())
}

fn not_a_moment() -> CliError {
    CliError::new(
        Exit::Usage,
        "expires.invalid",
        "--expires wants a moment to come",
        "write 90d, 12h, 2w, 2027-01-31, 2027-01-31T12:00:00Z, or never",
    )
}
