//! The verbs for files, commands, keys and tenants.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};

use super::sign::SecretFrom;
use super::why::Why;
use crate::dotenv::Format;

/// `coffer import`
#[derive(Debug, Args)]
#[command(
    after_help = "The variables become secrets of this project. An encrypted copy of the file is kept as FILE.bak, and a list \
    of\nits names as FILE.example. Then the file can be deleted. MASTER_SECRET_KEY and COFFER_* set up Coffer itself: they\n\
    are neither imported nor deleted.\n\nExamples:\n  coffer import .env\n  coffer import .env.production --env prod --delete"
)]
pub struct Import {
    /// The .env file
    #[arg(default_value = ".env")]
    pub file: PathBuf,
    /// Delete the file afterwards, without asking
    #[arg(long, conflicts_with = "keep")]
    pub delete: bool,
    /// Keep the file, without asking
    #[arg(long)]
    pub keep: bool,
    /// Write no FILE.bak and no FILE.example
    #[arg(long, conflicts_with = "delete")]
    pub no_files: bool,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}

/// `coffer open`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  coffer open .env.bak > .env")]
pub struct Open {
    /// The sealed file
    pub file: PathBuf,
}

/// `coffer export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer export > .env\n  eval \"$(coffer export --format shell)\"\n  coffer export /prod/shop --format json"
)]
pub struct Export {
    /// The folder; the project's when nothing is said
    pub prefix: Option<String>,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Dotenv)]
    pub format: Format,
    /// The versions that are pinned for this consumer; where none is, the current ones
    #[arg(long, value_name = "CONSUMER")]
    pub consumer: Option<String>,
}

/// `coffer run`
#[derive(Debug, Args)]
#[command(
    after_help = "The secrets of this project's folder become variables of the command, and of nothing else. Where its output \
    does\nnot go to a terminal, their values are masked in it, also in base64, JSON, URLs and hexadecimal. Values of less than\n\
    8 bytes are not. The command gets Coffer's own environment without its keys, every signal, and its exit code is\nCoffer's.\n\n\
    With --watch it is told to end (SIGTERM, and SIGKILL ten seconds later) and started with the new values, when one of\nthose that it \
    was given has changed, and not when anything else has. Coffer keeps its key or its token for that.\n\n\
    Examples:\n  coffer run -- python app.py\n  coffer run --watch -- python app.py\n  coffer run --watch --watch-signal HUP -- nginx -g 'daemon off;'\n  coffer run --env prod --mask -- ./deploy.sh"
)]
pub struct Run {
    /// Mask values in the output on a terminal too
    #[arg(long, conflicts_with = "no_mask")]
    pub mask: bool,
    /// Mask nothing
    #[arg(long)]
    pub no_mask: bool,
    /// Let secrets be named LD_PRELOAD, BASH_ENV and the like, which run code before the command does
    #[arg(long)]
    pub allow_loader_variables: bool,
    /// The versions that are pinned for this consumer; where none is, the current ones
    #[arg(long, value_name = "CONSUMER")]
    pub consumer: Option<String>,
    /// Start the command once more when a secret that it was given changes
    #[arg(long)]
    pub watch: bool,
    /// Send the command a signal then, and let it go on
    #[arg(long, value_enum, value_name = "SIGNAL", ignore_case = true, requires = "watch")]
    pub watch_signal: Option<WatchSignal>,
    /// The command and its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// What a command is told with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WatchSignal {
    /// SIGHUP: most servers read their settings again
    Hup,
    /// SIGUSR1
    Usr1,
    /// SIGUSR2
    Usr2,
}

/// `coffer watch`
#[derive(Debug, Args)]
#[command(
    after_help = "What changed, which version, when and by whom; never a value. It goes on until it is ended, and goes on from where\nit was \
    when the connection was lost.\n\n\
    Examples:\n  coffer watch                  in this project's folder\n  coffer watch /prod --json\n  coffer watch --after 4711     what has come since that one too"
)]
pub struct Watch {
    /// The folder; the project's when nothing is said
    #[arg(value_name = "FOLDER")]
    pub folder: Option<String>,
    /// Go on behind this one: the number in front of each change
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<u64>,
    /// End after so many changes
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

/// `coffer keys`
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List what opens the store
    #[command(after_help = "Example:\n  coffer keys status")]
    Status,
    /// Set up another unlocker: from then on it opens the store by itself
    #[command(
        after_help = "Examples:\n  coffer keys add passphrase      asks for it\n  coffer keys add key-file        makes keys/master.key, or uses it"
    )]
    Add {
        /// What kind
        #[arg(value_enum)]
        sort: UnlockerSort,
    },
    /// Remove an unlocker, but never the last one
    #[command(after_help = "Example:\n  coffer keys remove 3f2a    the beginning of its id is enough")]
    Remove {
        /// Its id, or the beginning of it
        id: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// A kind of unlocker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnlockerSort {
    /// A passphrase
    Passphrase,
    /// The key file keys/master.key
    KeyFile,
}

/// `coffer tenant`
#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Make a tenant, with keys and a log of its own
    Create(TenantCreate),
    /// List the tenants
    #[command(
        after_help = "Examples:\n  coffer tenant ls\n  coffer tenant ls --below acme\n  coffer tenant ls --tenant acme    as a member of acme, who manages what is below it"
    )]
    Ls {
        /// Those below this one in the tree
        #[arg(long, value_name = "NAME")]
        below: Option<String>,
    },
    /// Show how much a tenant holds, and how much it may
    #[command(after_help = "What is in the trash counts too.\n\nExample:\n  coffer tenant show acme/eu")]
    Show {
        /// Its name
        name: String,
    },
    /// Say how much a tenant may hold: what would add more is refused
    Quota(TenantQuota),
    /// Say where a tenant stays, how its reads are written down, how long its tokens last
    Set(TenantSet),
    /// Take back the last change of how much a tenant may hold, or of what is set of it
    #[command(after_help = "Example:\n  coffer tenant undo acme/eu")]
    Undo {
        /// Its name
        name: String,
    },
    /// Suspend a tenant: nothing in it, or in one below it, is answered until it is resumed
    #[command(
        after_help = "Its log goes on, and can be read and verified with the store's own keys.\n\nExample:\n  coffer tenant suspend acme/eu"
    )]
    Suspend {
        /// Its name
        name: String,
    },
    /// Call a tenant by another name: what it holds stays
    #[command(
        after_help = "One that has others below it keeps its name. `default` is the tenant of whoever names none: its own takes --confirm.\n\nExamples:\n  coffer tenant rename acme/eu acme/europe\n  coffer tenant rename default acme --confirm default"
    )]
    Rename {
        /// Its name
        name: String,
        /// The new one
        to: String,
        /// Its name once more, where it is `default`
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Lock your own tenant with a code that you keep: nobody opens it without that, whoever runs the server neither
    Lock(TenantLock),
    /// Unlock it with the code
    Unlock(TenantUnlock),
    /// Erase a tenant for good: its keys first, and then all that is left of it
    Erase(TenantErase),
    /// Show the certificate that a tenant was erased
    Certificate(TenantCertificate),
    /// End a suspension
    #[command(after_help = "Example:\n  coffer tenant resume acme/eu")]
    Resume {
        /// Its name
        name: String,
    },
}

/// `coffer tenant create`
#[derive(Debug, Args)]
#[command(
    after_help = "With --owner the tenant has a first member, who may do everything in it. The code that is printed, once, signs them in:\n\
    whoever has it is them until it is used. Nobody else can make one later but an owner of the tenant.\n\n\
    Examples:\n  coffer tenant create acme/eu\n  coffer tenant create acme/eu --owner maya --ttl 1d\n  \
    coffer tenant create acme/eu --tenant acme    as a member of acme"
)]
pub struct TenantCreate {
    /// Its name
    pub name: String,
    /// Its first member, who may do everything in it
    #[arg(long, value_name = "MEMBER")]
    pub owner: Option<String>,
    /// How long the owner's code is good, such as 30m or 1d
    #[arg(long, value_name = "TIME", default_value = "1h", requires = "owner")]
    pub ttl: String,
}

/// `coffer tenant lock`
#[derive(Debug, Args)]
#[command(
    after_help = "Its keys are wrapped under the code, and under nothing else. The code is printed once, before anything is locked. WHO LOSES IT HAS\n\
    LOST THE TENANT: there is no other way back, for anybody. What was copied before, backups too, is not locked.\n\
    It takes `manage` on everything in the tenant.\n\nExample:\n  coffer tenant lock acme/eu --confirm acme/eu"
)]
pub struct TenantLock {
    /// Its name
    pub name: String,
    /// Its name once more
    #[arg(long, value_name = "NAME")]
    pub confirm: String,
}

/// `coffer tenant unlock`
#[derive(Debug, Args)]
#[command(
    after_help = "No token is needed: who has the code may.\n\nExamples:\n  coffer tenant unlock acme/eu\n  coffer tenant unlock acme/eu --file lock-code"
)]
pub struct TenantUnlock {
    /// Its name
    pub name: String,
    /// Where the code comes from.
    #[command(flatten)]
    pub from: SecretFrom,
}

/// `coffer tenant erase`
#[derive(Debug, Args)]
#[command(
    after_help = "What was erased can't come back. If it breaks off, what is left is removed by the next `coffer audit upkeep`, or by asking\n\
    again. Backups that still hold the tenant's keys open what they hold: as long as they are kept, the certificate says `pending`.\n\n\
    Example:\n  coffer tenant erase acme/eu --confirm acme/eu --backups-kept 35 --out acme-eu.erased"
)]
pub struct TenantErase {
    /// Its name
    pub name: String,
    /// Its name once more
    #[arg(long, value_name = "NAME")]
    pub confirm: String,
    /// For how many days backups of its keys are kept; 0: there are none
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    pub backups_kept: u32,
    /// Write the certificate into this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `coffer tenant certificate`
#[derive(Debug, Args)]
#[command(
    after_help = "`coffer audit verify-certificate` verifies it, without any store.\n\nExample:\n  coffer tenant certificate acme/eu > acme-eu.erased"
)]
pub struct TenantCertificate {
    /// The name that it had
    pub name: String,
    /// Its id, where several had the name; not said: the last one
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
}

/// `coffer tenant set`
#[derive(Debug, Args)]
#[command(
    after_help = "A secret that has a residency of its own, and another one, is refused then; what is there stays. Entries of reads are synced\n\
    before they are answered with `synced`, whatever the server does for others. A token that was made before lasts as it was made.\n\n\
    Examples:\n  coffer tenant set acme/eu --residency EU\n  coffer tenant set acme/eu --read-durability synced --token-max 8h\n  coffer tenant set acme/eu --residency '' --token-max ''"
)]
pub struct TenantSet {
    /// Its name
    pub name: String,
    /// Where what it holds has to stay, such as EU; '' for anywhere
    #[arg(long, value_name = "MARK", required_unless_present_any = ["read_durability", "token_max"])]
    pub residency: Option<String>,
    /// How durable entries of its reads are: `synced`, or `written` as the server has it
    #[arg(long, value_enum)]
    pub read_durability: Option<ReadsAre>,
    /// How long its tokens are good at most, such as 8h; '' for as long as any
    #[arg(long, value_name = "TIME")]
    pub token_max: Option<String>,
}

/// How durable entries of reads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReadsAre {
    /// They survive a loss of power, whatever the server says
    Synced,
    /// As the server says
    Written,
}

/// `coffer tenant quota`
#[derive(Debug, Args)]
#[command(after_help = "What a tenant holds already stays. Whoever writes is told from 80 % on.\n\n\
    Examples:\n  coffer tenant quota acme/eu --secrets 1000 --bytes 50000000 --members 20\n  coffer tenant quota acme/eu --bytes none\n  \
    coffer tenant quota acme/eu --secrets 100 --tenant acme    as a member of acme, and not beyond its own limits")]
pub struct TenantQuota {
    /// Its name
    pub name: String,
    /// Secrets, those in the trash too; `none`: no limit
    #[arg(long, value_name = "N", required_unless_present_any = ["versions", "bytes", "requests", "members"])]
    pub secrets: Option<Amount>,
    /// Versions that are not destroyed; `none`: no limit
    #[arg(long, value_name = "N")]
    pub versions: Option<Amount>,
    /// Bytes of the values of these versions; `none`: no limit
    #[arg(long, value_name = "N")]
    pub bytes: Option<Amount>,
    /// Requests in a second, of all its members together, at each server; `none`: no limit
    #[arg(long, value_name = "N")]
    pub requests: Option<Amount>,
    /// Members, those that are disabled too; `none`: no limit
    #[arg(long, value_name = "N")]
    pub members: Option<Amount>,
}

/// How much there may be of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// As much as there is room for.
    Unlimited,
    /// So much.
    Limited(u64),
}

impl FromStr for Amount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::Unlimited),
            number => number.parse().map(Self::Limited).map_err(|_| "a whole number, or `none`"),
        }
    }
}

/// `coffer completions`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  coffer completions bash > ~/.local/share/bash-completion/completions/coffer\n  \
    coffer completions zsh > ~/.zfunc/_coffer"
)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
