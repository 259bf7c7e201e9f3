//! Which database, and how it is reached: read from a URL without a password.
//!
//! # Invariants
//! - Bytes leave this machine over TLS alone, with the server's certificate and name verified. A socket of this machine, and loopback,
//!   may go without.
//! - A URL with a password in it is refused: URLs are shown, logged, and seen in lists of processes.
//! - What is not known in a URL is refused, not skipped.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

#[cfg(feature = "testkit")]
use coffer_engine::storage::Clock;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::passfile::Password;

/// How long making a connection may take, for each address.
pub(crate) const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How long bytes may stay unanswered by the other side's kernel.
const TCP_WAIT: Duration = Duration::from_secs(10);
/// When a silent connection is asked whether it lives.
const SILENT: Duration = Duration::from_secs(30);

/// What a URL may say behind its `?`, besides `sslmode` and `sslrootcert`.
const PARAMETERS: &[&str] =
    &["application_name", "channel_binding", "host", "port", "target_session_attrs", "user"];

/// Why settings can't be used. Nothing of a password is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SettingsError {
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub fix: &'static str,
}

/// Whether a connection is under TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tls {
    /// On this machine alone.
    None,
    /// With the server's certificate and name verified.
    Verified {
        /// Who may have signed it; `None`: whom the system trusts.
        roots: Option<PathBuf>,
    },
}

/// Which database, and how it is reached.
#[derive(Clone)]
pub struct Settings {
    pub(crate) config: Config,
    pub(crate) tls: Tls,
    /// Where the password comes from, each time that a connection is made.
    pub password: Password,
    /// Whether a database without Coffer's tables gets them; else that is [`StorageError::Missing`](coffer_engine::storage::StorageError).
    pub create: bool,
    /// In place of the database's own clock.
    #[cfg(feature = "testkit")]
    pub clock: Option<Clock>,
    /// A control: every expectation is taken to hold. For the test that shows that a stale read would be noticed.
    #[cfg(feature = "testkit")]
    pub dangerous_ignore_expectations: bool,
    /// A control: pending rows are read without waiting for commits that have begun.
    #[cfg(feature = "testkit")]
    pub dangerous_read_past_commits: bool,
}

impl Settings {
    /// From `postgres://user@host:port/database?sslmode=verify-full&sslrootcert=FILE`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str) -> Result<Self, SettingsError> {
        if !Self::is_url(url) {
            return Err(wrong("the storage is no URL that begins with postgres://"));
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut kept) = (None, None, Vec::new());
        for (name, value) in query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name, value)
        }) {
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => roots = Some(PathBuf::from(decoded(value)?)),
                "password" => return Err(password_in_url()),
                known if PARAMETERS.contains(&known) => kept.push(format!("{name}={value}")),
                _ => return Err(wrong("the storage's URL says what Coffer does not know")),
            }
        }
        let joined = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
        // What the parser says may repeat a part of the URL, where somebody may have put a password after all.
        let mut config = Config::from_str(&joined).map_err(|_| wrong("the storage's URL can't be read"))?;
        if config.get_password().is_some() {
            return Err(password_in_url());
        }
        if config.get_hosts().is_empty() {
            return Err(wrong("the storage's URL names no host"));
        }
        if config.get_user().is_none_or(str::is_empty) {
            return Err(wrong("the storage's URL names no user"));
        }
        if config.get_application_name().is_none() {
            config.application_name("coffer");
        }
        config.connect_timeout(CONNECT_WAIT).tcp_user_timeout(TCP_WAIT).keepalives_idle(SILENT);
        let tls = tls(&mut config, mode, roots)?;
        Ok(Self {
            config,
            tls,
            password: Password::None,
            create: false,
            #[cfg(feature = "testkit")]
            clock: None,
            #[cfg(feature = "testkit")]
            dangerous_ignore_expectations: false,
            #[cfg(feature = "testkit")]
            dangerous_read_past_commits: false,
        })
    }

    /// Whether a text means a database, and not a folder.
    #[must_use]
    pub fn is_url(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }

    /// The database, for people: whose, where, which.
    #[must_use]
    pub fn place(&self) -> String {
        let user = self.config.get_user().unwrap_or_default();
        let database = self.config.get_dbname().unwrap_or(user);
        let hosts: Vec<String> = self.config.get_hosts().iter().map(shown).collect();
        format!("postgres://{user}@{}/{database}", hosts.join(","))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({})", self.place())
    }
}

fn shown(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => format!("[{}]", path.display()),
    }
}

/// What the connection is to be under; TLS where it leaves the machine.
fn tls(config: &mut Config, mode: Option<&str>, roots: Option<PathBuf>) -> Result<Tls, SettingsError> {
    let is_here = config.get_hosts().iter().all(is_here);
    let over_sockets = config.get_hosts().iter().any(|host| matches!(host, Host::Unix(_)));
    // Who names an authority wants somebody verified, also where nothing leaves the machine.
    match mode.or(roots.is_some().then_some("verify-full")) {
        Some("disable") | None if is_here => {
            config.ssl_mode(SslMode::Disable);
            Ok(Tls::None)
        }
        Some("verify-full") if over_sockets => Err(wrong("a Unix socket has no TLS")),
        Some("verify-full") | None => {
            config.ssl_mode(SslMode::Require);
            Ok(Tls::Verified { roots })
        }
        Some(_) => Err(SettingsError {
            problem: "the storage's `sslmode` is not `verify-full`: what is not verified is not protected"
                .to_owned(),
            fix: "say sslmode=verify-full, or nothing, and name the authority's certificate with sslrootcert=FILE",
        }),
    }
}

/// Whether bytes for this host stay on this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    }
}

/// A value with `%2F` and the like.
fn decoded(value: &str) -> Result<String, SettingsError> {
    let refused = || wrong("the storage's URL has a `%` that is no character");
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()]
                    .map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
                let [Some(high), Some(low)] = digits else { return Err(refused()) };
                u8::try_from(high.saturating_mul(16).saturating_add(low)).map_err(|_| refused())?
            }
            byte => byte,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_| refused())
}

fn password_in_url() -> SettingsError {
    SettingsError {
        problem: "the storage's URL has a password in it".to_owned(),
        fix: "take it out; put it into a file and name that with COFFER_STORAGE_PASSWORD_FILE, or use ~/.pgpass",
    }
}

fn wrong(problem: &str) -> SettingsError {
    SettingsError {
        problem: problem.to_owned(),
        fix: "write it as postgres://USER@HOST:5432/DATABASE?sslrootcert=FILE; see docs/running.md",
    }
}

#[cfg(test)]
mod tests;
