//! Where each setting comes from: a flag, the environment, `coffer.toml`, or its default, in this order.
//!
//! `coffer.toml` gives the context of a directory and those below it. It holds no secrets and is safe to commit:
//!
//! ```toml
//! tenant = "acme"
//! env = "dev"
//! app = "shop"            # secrets lie at dev/shop/NAME
//! addr = "https://vault.example.com"    # a server to ask, instead of the store; home, keys_dir and this only in a file named with --config
//! server_ca = "/etc/coffer/ca.pem"      # the authorities to know it by, if not the system's; or server_fingerprint = "AB:CD:.."
//! client_certificate = "/etc/coffer/client.pem"    # shown to it, with what leads to its authority; and its key:
//! client_key = "/etc/coffer/client.key"
//! home = "/srv/coffer"    # the store is in home/store; a relative path is relative to this file
//! keys_dir = "/etc/coffer/keys"
//! storage = "postgres://coffer@db.example.com/coffer"    # a database in place of home/store; without a password; with --config only
//! storage_password_file = "/etc/coffer/storage.password"
//! key_derivation_iterations = 100000
//! max_access_attempts = 5
//! violation_threshold = 3        # different things that a member is refused in a day; then a program is disabled
//! violation_action = "suspend"   # or "observe": it is only told
//! encryption_algorithm = "AES-256-GCM"
//! log_level = "info"
//!
//! [audit]
//! read_durability = "synced"    # or "written"
//! retention_days = 365          # entries are kept so long
//! log_path = "/var/log/coffer/audit.jsonl"    # a line for each entry
//! export_dir = "/srv/audit"     # a bundle of each log, once a day
//!
//! [server]
//! listen = "127.0.0.1:8000"
//! tls_certificate = "/etc/coffer/cert.pem"    # with its chain; needed on any address but loopback
//! tls_key = "/etc/coffer/key.pem"
//! metrics_listen = "127.0.0.1:9090"           # or a port alone, on loopback then
//! metrics_enabled = true
//! issuer_networks = "10.0.0.0/8, fd00::/8"    # where issuers of tokens may be asked for keys, besides the public internet
//! ```
//!
//! Each key has a variable, `COFFER_TENANT` .. `COFFER_SERVER_ISSUER_NETWORKS`. Ten may also be called
//! `KEY_DERIVATION_ITERATIONS`, `MAX_ACCESS_ATTEMPTS`, `VIOLATION_THRESHOLD`, `VIOLATION_ACTION`, `ENCRYPTION_ALGORITHM`, `LOG_LEVEL`, `AUDIT_RETENTION_DAYS`, `AUDIT_LOG_PATH`, `PROMETHEUS_PORT` and
//! `METRICS_ENABLED`; the name with `COFFER_` wins.
//! `MASTER_SECRET_KEY` or `MASTER_SECRET_KEY_FILE` hold the passphrase, `COFFER_TOKEN` or `COFFER_TOKEN_FILE` the token for a server, if not
//! the one that `coffer login` keeps, and `COFFER_STORAGE_PASSWORD` the password of the database, if no file and no line of `~/.pgpass` does; none of
//! them is ever in a file that is committed.
//!
//! # Invariants
//!
//! * A value that is wrong is refused, never clamped, replaced by the default or ignored. One exception: a
//!   `LOG_LEVEL` that Coffer does not know, since that name is also the application's.
//! * An unknown key in `coffer.toml` and an unknown `COFFER_*` variable are errors: a misspelt setting is not silently
//!   the default.
//! * No setting holds a secret, so all of them may be printed; the passphrase, the token and the password are no settings ([`Environment`]).

mod environment;
mod file;
mod key;
mod passphrase;
mod resolve;
mod token;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

pub use environment::Environment;
#[cfg(feature = "fuzzing")]
pub(crate) use file::parse as parse_file;
pub use file::{FILE_NAME, find};
pub use key::{Key, is_passed_on};
pub use passphrase::{PASSPHRASE_MAX_BYTES, passphrase};
pub use resolve::{Flags, resolve};
pub use token::token;

use coffer_encryption::Iterations;
use coffer_engine::network::Network;
use coffer_engine::vault::ViolationAction;

/// Every setting, each with its source.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The server to ask, as it was named; nothing: the store in this process.
    pub addr: Setting<Option<String>>,
    /// The certificates of authorities to know it by, in PEM.
    pub server_ca: Setting<Option<PathBuf>>,
    /// The SHA-256 of the one certificate to know it by.
    pub server_fingerprint: Setting<Option<String>>,
    /// The certificate that is shown to it, with its chain, in PEM.
    pub client_certificate: Setting<Option<PathBuf>>,
    /// That certificate's key, in PEM.
    pub client_key: Setting<Option<PathBuf>>,
    /// Whose secrets.
    pub tenant: Setting<String>,
    /// The environment, first segment of every path.
    pub env: Setting<String>,
    /// The folder of the project in the environment.
    pub app: Setting<Option<String>>,
    /// Where the store lies, in the folder `store`.
    pub home: Setting<PathBuf>,
    /// Where the key files lie.
    pub keys_dir: Setting<PathBuf>,
    /// The database that the store lies in; nothing: it lies in `home`.
    pub storage: Setting<Option<String>>,
    /// The file that holds its password.
    pub storage_password_file: Setting<Option<PathBuf>>,
    /// When a read is answered.
    pub read_durability: Setting<ReadDurability>,
    /// How long entries of the log are kept, in days.
    pub audit_retention_days: Setting<u32>,
    /// The file that gets a line for each entry.
    pub audit_log_path: Setting<Option<PathBuf>>,
    /// The folder that gets a bundle of each log, once a day.
    pub audit_export_dir: Setting<Option<PathBuf>>,
    /// Turns of PBKDF2 for tenant wrapping keys.
    pub key_derivation_iterations: Setting<Iterations>,
    /// Wrong passwords of one member, from one source, that lock the two.
    pub max_access_attempts: Setting<u32>,
    /// Different things that a member may be refused in a day before something is done about it.
    pub violation_threshold: Setting<u32>,
    /// What is done then, where it is a program.
    pub violation_action: Setting<ViolationAction>,
    /// How much is said.
    pub log_level: Setting<LogLevel>,
    /// Where a server listens.
    pub server_listen: Setting<SocketAddr>,
    /// The certificate that it shows, with its chain, in PEM.
    pub server_tls_certificate: Setting<Option<PathBuf>>,
    /// The certificate's key, in PEM.
    pub server_tls_key: Setting<Option<PathBuf>>,
    /// Where it tells its metrics.
    pub server_metrics_listen: Setting<SocketAddr>,
    /// Whether it does.
    pub server_metrics_enabled: Setting<bool>,
    /// Where issuers of tokens may be asked for their keys, besides the public internet.
    pub server_issuer_networks: Setting<Vec<Network>>,
    /// The `coffer.toml` in use.
    pub config: Option<PathBuf>,
}

/// A setting's value and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<T> {
    /// What is in force.
    pub value: T,
    /// Why.
    pub source: Source,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A flag on the command line.
    Flag,
    /// The variable of this name.
    Environment(&'static str),
    /// A line of a `coffer.toml`.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Nobody said anything.
    Default,
}

/// When a read is answered: once its audit entry survives a crash of the process, or one of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadDurability {
    /// Written: survives the end of the process, not a power cut. The default of the embedded store.
    Written,
    /// Synced to disk.
    Synced,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what may become one.
    Warn,
    /// And what was done.
    Info,
    /// And how.
    Debug,
}

impl Settings {
    /// The server to ask, if one is, and who says so.
    #[must_use]
    pub fn server(&self) -> Option<(&str, &Source)> {
        self.addr.value.as_deref().map(|addr| (addr, &self.addr.source))
    }

    /// The folder of the store.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        self.home.value.join("store")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => f.write_str(name),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

impl ReadDurability {
    /// As it is written in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Synced => "synced",
        }
    }
}

impl LogLevel {
    /// As it is written in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

#[cfg(test)]
mod tests;
