//! What can be asked for: the definition that parsing, `--help` and the completions are made from.
//!
//! # Invariants
//!
//! * No flag and no argument takes a value of a secret. Where people put one by habit (`coffer set NAME VALUE`) it is
//!   taken, refused, and not repeated.
//! * Flags read no environment: that is [`crate::settings`]' part, in one order for all.

mod access;
mod audit;
mod authority;
mod backup;
mod compare;
mod diff;
mod expiry;
mod factor;
mod find;
mod init;
mod issuer;
mod member;
mod more;
mod names;
mod promote;
mod secret;
mod served;
mod sign;
mod storage;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand};

pub use access::{Access, Group, Named, Policy, Question, Role, When, Whom};
pub use audit::{
    Audit, AuditEntry, AuditExport, AuditForget, AuditHold, AuditKey, AuditOf, AuditProof, AuditPrune,
    AuditPublish, AuditQuery, AuditTail, AuditVerify, AuditVerifyCertificate, AuditVerifyProof, Decided,
};
pub use authority::{Authority, AuthoritySet};
pub use backup::{Backup, BackupCreate, BackupForget, BackupRestore, BackupVerify};
pub use compare::Compare;
pub use diff::Diff;
pub use expiry::{Moment, moment, seconds};
pub use factor::{Factor, FactorEnrol, FactorRm};
pub use find::{Find, Report};
pub use init::Init;
pub use issuer::{Issuer, IssuerAdd, IssuerBind, IssuerChange, IssuerLike};
pub use member::{
    ClientSecret, ClientSecretCreate, Member, MemberChange, MemberCode, MemberCreate, Of, Token, TokenCreate,
};
pub use more::{
    Amount, Completions, Export, Import, Keys, Open, ReadsAre, Run, Tenant, TenantCertificate, TenantCreate,
    TenantErase, TenantLock, TenantQuota, TenantSet, TenantUnlock, UnlockerSort, Watch, WatchSignal,
};
pub use names::{At, Label, Override, Pin};
pub use promote::Promote;
pub use secret::{
    Alphabet, Classification, Destroy, Get, History, Ls, Metadata, References, Rm, Rotate, Set, StageName,
    Undo, ValueFrom, refuse_value_in_arguments,
};
pub use served::{Dev, Server};
pub use sign::{Login, Logout, Password, Seal, SecretFrom, Unseal};
pub use storage::{Storage, StorageCopy, StorageReopen};
pub use why::Why;

use crate::settings::Flags;

/// How NAME is understood; shown at the end of the long help.
const NAMES: &str = "\
Names:
  NAME             lies in the folder of this project: dev/shop/NAME with `env = \"dev\"` and `app = \"shop\"`
                   in coffer.toml, dev/NAME without an app
  db/NAME          below it: dev/shop/db/NAME
  /prod/db/NAME    a full path

Start:
  coffer import .env               an encrypted store on disk; no server needed
  coffer run -- python app.py      secrets in the environment of that process only; its output masked

Exit codes:
  0 done, 1 failed, 2 asked wrongly, 3 not there, 4 refused, 5 unavailable, 6 somebody else was first;
  `coffer diff` ends with 1 when something differs, and with 5 where another verb would have failed with 1;
  `coffer run` ends as its command does, with 125, 126 or 127 when the command did not start";

/// A multi-tenant secrets manager.
#[derive(Debug, Parser)]
#[command(name = "coffer", version, about, after_long_help = NAMES, max_term_width = 110)]
pub struct Cli {
    /// What holds for every verb.
    #[command(flatten)]
    pub globals: Globals,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every verb.
#[derive(Debug, Clone, Args)]
pub struct Globals {
    /// Whose secrets; the tenant `default` unless said otherwise
    #[arg(long, global = true, value_name = "TENANT", help_heading = "Context")]
    pub tenant: Option<String>,
    /// The environment, such as dev or prod
    #[arg(long, global = true, value_name = "ENV", help_heading = "Context")]
    pub env: Option<String>,
    /// The folder of the project in the environment; '' for none
    #[arg(long, global = true, value_name = "APP", help_heading = "Context")]
    pub app: Option<String>,
    /// The server to ask, by its URL; '' for the store in this process
    #[arg(long, global = true, value_name = "URL", help_heading = "Context")]
    pub addr: Option<String>,
    /// The folder of the store and its keys
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Context")]
    pub home: Option<PathBuf>,
    /// The coffer.toml to use instead of the nearest one
    #[arg(long, global = true, value_name = "FILE", help_heading = "Context")]
    pub config: Option<PathBuf>,
    /// Results and errors as JSON
    #[arg(long, global = true, help_heading = "Context")]
    pub json: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Store a value, from a prompt, stdin, a file, or generated
    Set(Box<Set>),
    /// Print a value
    Get(Get),
    /// List names
    Ls(Ls),
    /// Find secrets by what is known of them
    Find(Find),
    /// Count what should be looked after: what expires, is too old, has no owner, is used twice
    Report(Report),
    /// Show the versions of a secret and what is known about it
    History(History),
    /// Show what a secret is filled in with, and what is filled in with it
    References(References),
    /// Show what differs between two versions of a secret, or two secrets
    Diff(Diff),
    /// Compare environments: which names each has, and which values are equal
    Compare(Compare),
    /// Write to one environment what another has
    Promote(Promote),
    /// Give a secret a new value; the old one stays as `previous`
    Rotate(Rotate),
    /// Call a version by a name
    Label(Label),
    /// Say which version a consumer uses
    Pin(Pin),
    /// Give yourself another value than all others read
    Override(Override),
    /// Put a secret into the trash, where it lies for 30 days
    Rm(Rm),
    /// Take back the last change of a secret
    Undo(Undo),
    /// Destroy a secret or one version, for good
    Destroy(Destroy),
    /// Store the variables of a .env file
    Import(Import),
    /// Show a file that `import` sealed, such as .env.bak
    Open(Open),
    /// Print the secrets of this project for another program
    Export(Export),
    /// Run a command with the secrets of this project in its environment
    Run(Run),
    /// Show changes of secrets as they come
    Watch(Watch),
    /// Show the context in force: settings, where each comes from, the store
    Status,
    /// Check settings, permissions, unlockers and every record of the store
    Doctor,
    /// Read the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Make backups of the store, verify and restore them
    #[command(subcommand)]
    Backup(Backup),
    /// Show and change what opens the store
    #[command(subcommand)]
    Keys(Keys),
    /// Make, list, show, limit, rename, suspend, resume, lock and erase tenants
    #[command(subcommand)]
    Tenant(Tenant),
    /// Make, change and list those who may use the store from elsewhere
    #[command(subcommand)]
    Member(Member),
    /// Say what roles give, and grant them
    #[command(subcommand)]
    Role(Role),
    /// Write rules on paths, and attach them
    #[command(subcommand)]
    Policy(Policy),
    /// Give several members the same
    #[command(subcommand)]
    Group(Group),
    /// See who may do what, and why
    #[command(subcommand)]
    Access(Access),
    /// Trust issuers of tokens, such as CI systems and clusters, and say whom their tokens mean
    #[command(subcommand)]
    Issuer(Issuer),
    /// Trust authorities of client certificates, and say whom what they sign means
    #[command(subcommand)]
    Authority(Authority),
    /// Make, list and revoke tokens
    #[command(subcommand)]
    Token(Token),
    /// Make, list and revoke client secrets, with which programs sign in
    #[command(subcommand)]
    ClientSecret(ClientSecret),
    /// Look after the database that the store lies in, if it lies in one
    #[command(subcommand)]
    Storage(Storage),
    /// Make a store for a server: key file, recovery kit, first owner
    Init(Init),
    /// Serve this store on this machine, with a token for this session
    Dev(Dev),
    /// Serve this store to a network
    Server(Server),
    /// Sign in to a server, with a one-time code, an issuer's token or a client certificate
    Login(Login),
    /// Set your own password at a server
    Password(Password),
    /// Make, confirm and remove a second factor, which is asked for beside a password
    #[command(subcommand)]
    Factor(Factor),
    /// Sign out of a server: the token is ended, and forgotten
    Logout(Logout),
    /// Have a server forget its keys
    Seal(Seal),
    /// Give a sealed server its keys back
    Unseal(Unseal),
    /// Print a completion script for a shell
    Completions(Completions),
}

impl Globals {
    /// What the flags say about settings.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags {
            addr: self.addr.clone(),
            tenant: self.tenant.clone(),
            env: self.env.clone(),
            app: self.app.clone(),
            home: self.home.clone(),
            config: self.config.clone(),
        }
    }
}

/// Reads the arguments of the process, its own name first.
///
/// # Errors
/// What clap says: a usage error, or the text of `--help` and `--version`.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments).map_err(without_values)
}

/// What stands where it does not belong may be a secret's value. The place is named, and it is not repeated.
fn without_values(mut error: clap::Error) -> clap::Error {
    let is_unknown = error.kind() == ErrorKind::UnknownArgument;
    let kind = if is_unknown { ContextKind::InvalidArg } else { ContextKind::InvalidValue };
    let given = error.get(kind).map(ToString::to_string).unwrap_or_default();
    // An unknown flag is a name: what was joined to it is cut off already.
    if !(given.is_empty() || is_unknown && given.starts_with('-')) {
        error.insert(kind, ContextValue::String("..".to_owned()));
    }
    error
}

#[cfg(test)]
mod tests;
