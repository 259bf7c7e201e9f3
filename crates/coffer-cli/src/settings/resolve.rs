//! Flags, environment, file and defaults become one set of settings.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use coffer_encryption::Iterations;
use coffer_engine::limits::{ACCESS_ATTEMPTS_MAX, VIOLATIONS_MAX};
use coffer_engine::network::Network;
use coffer_engine::vault::ViolationAction;

use super::environment::Environment;
use super::file::{self, Said};
use super::key::{CONFIG_VARIABLE, Key};
use super::{LogLevel, ReadDurability, Setting, Settings, Source};
use crate::error::{CliError, Exit};

/// How long entries of the log are kept, unless told otherwise.
const RETENTION_DAYS: u32 = 365;

/// What the flags say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--addr`
    pub addr: Option<String>,
    /// `--tenant`
    pub tenant: Option<String>,
    /// `--env`
    pub env: Option<String>,
    /// `--app`
    pub app: Option<String>,
    /// `--home`
    pub home: Option<PathBuf>,
    /// `--config`
    pub config: Option<PathBuf>,
}

/// The settings in force in the working directory `cwd`.
///
/// # Errors
/// The first setting that is wrong: what it is, where it was said, and what would be right.
pub fn resolve(flags: &Flags, environment: &Environment, cwd: &Path) -> Result<Settings, CliError> {
    environment.check_names()?;
    let named = flags
        .config
        .clone()
        .or_else(|| environment.get(CONFIG_VARIABLE).map(PathBuf::from))
        .map(|path| cwd.join(path));
    let is_named = named.is_some();
    let config = named.or_else(|| file::find(cwd));
    let said = config.as_deref().map(file::read).transpose()?.unwrap_or_default();
    let sources = Sources { flags, environment, cwd, config: config.as_deref(), is_named, said };
    sources.check_algorithm()?;
    let addr = sources.context(Key::Addr, flags.addr.as_deref())?;
    let home = sources.home()?;
    if addr.value.is_some() && home.source == Source::Flag {
        return Err(CliError::new(
            Exit::Usage,
            "settings.two_places",
            format!("--home names a store, and {} a server", addr.source),
            "leave one of them out; `--addr ''` means the store",
        ));
    }
    let keys_dir = sources.keys_dir(&home.value)?;
    Ok(Settings {
        addr,
        server_ca: sources.maybe_path(Key::ServerCa)?,
        server_fingerprint: sources.context(Key::ServerFingerprint, None)?,
        client_certificate: sources.maybe_path(Key::ClientCertificate)?,
        client_key: sources.maybe_path(Key::ClientKey)?,
        tenant: sources.text(Key::Tenant, flags.tenant.as_deref(), "default")?,
        env: sources.text(Key::Env, flags.env.as_deref(), "dev")?,
        app: sources.app()?,
        home,
        keys_dir,
        storage: sources.storage()?,
        storage_password_file: sources.maybe_path(Key::StoragePasswordFile)?,
        read_durability: sources.parsed(
            Key::AuditReadDurability,
            "`written` or `synced`",
            ReadDurability::Written,
            durability,
        )?,
        audit_retention_days: sources.parsed(
            Key::AuditRetentionDays,
            "a number of days from 1 to 36500",
            RETENTION_DAYS,
            |text| text.parse().ok().filter(|days| (1..=36_500).contains(days)),
        )?,
        audit_log_path: sources.maybe_path(Key::AuditLogPath)?,
        audit_export_dir: sources.maybe_path(Key::AuditExportDir)?,
        key_derivation_iterations: sources.parsed(
            Key::KeyDerivationIterations,
            "a number from 100000 to 10000000",
            Iterations::DEFAULT,
            |text| text.parse().ok().and_then(|count| Iterations::new(count).ok()),
        )?,
        max_access_attempts: sources.parsed(
            Key::MaxAccessAttempts,
            "a number from 1 to 100",
            ACCESS_ATTEMPTS_MAX,
            |text| text.parse().ok().filter(|most| (1..=100).contains(most)),
        )?,
        violation_threshold: sources.parsed(
            Key::ViolationThreshold,
            "a number from 1 to 100",
            VIOLATIONS_MAX,
            |text| text.parse().ok().filter(|most| (1..=100).contains(most)),
        )?,
        violation_action: sources.parsed(
            Key::ViolationAction,
            "`observe` or `suspend`",
            ViolationAction::Suspend,
            violation_action,
        )?,
        log_level: sources.log_level()?,
        server_listen: sources.parsed(
            Key::ServerListen,
            "an address and a port, such as 127.0.0.1:8000",
            SERVER_LISTEN,
            |text| text.parse().ok(),
        )?,
        server_tls_certificate: sources.maybe_path(Key::ServerTlsCertificate)?,
        server_tls_key: sources.maybe_path(Key::ServerTlsKey)?,
        server_metrics_listen: sources.parsed(
            Key::ServerMetricsListen,
            "a port, or an address and a port, such as 127.0.0.1:9090",
            METRICS_LISTEN,
            |text| text.parse().ok().or_else(|| text.parse().ok().map(on_loopback)),
        )?,
        server_metrics_enabled: sources.parsed(Key::ServerMetricsEnabled, "true or false", true, |text| {
            text.to_ascii_lowercase().parse().ok()
        })?,
        server_issuer_networks: sources.parsed(
            Key::ServerIssuerNetworks,
            "networks with commas between them, such as 10.0.0.0/8, or nothing",
            Vec::new(),
            |text| {
                let named = text.split(',').map(str::trim).filter(|one| !one.is_empty());
                named.map(|one| Network::parse(one).ok()).collect()
            },
        )?,
        config,
    })
}

const SERVER_LISTEN: SocketAddr = on_loopback(8000);
const METRICS_LISTEN: SocketAddr = on_loopback(9090);

const fn on_loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

struct Sources<'s> {
    flags: &'s Flags,
    environment: &'s Environment,
    cwd: &'s Path,
    config: Option<&'s Path>,
    /// Whether somebody named the file, by a flag or a variable; else it is the one that was found.
    is_named: bool,
    said: Said,
}

impl Sources<'_> {
    /// What is said about `key`, the flag first.
    fn said(&self, key: Key, flag: Option<&str>) -> Result<Option<Setting<String>>, CliError> {
        if let Some(flag) = flag {
            return Ok(Some(Setting { value: flag.to_owned(), source: Source::Flag }));
        }
        for &name in key.variables() {
            if let Some(value) = self.environment.get(name) {
                let Some(value) = value.to_str() else {
                    return Err(wrong(key, &Source::Environment(name), "UTF-8 text"));
                };
                return Ok(Some(Setting { value: value.to_owned(), source: Source::Environment(name) }));
            }
        }
        Ok(self.said.get(&key).map(|(value, line)| Setting {
            value: value.clone(),
            source: Source::File {
                path: self.config.unwrap_or(Path::new(file::FILE_NAME)).to_owned(),
                line: *line,
            },
        }))
    }

    fn parsed<T>(
        &self,
        key: Key,
        wanted: &str,
        default: T,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Setting<T>, CliError> {
        match self.said(key, None)? {
            None => Ok(Setting { value: default, source: Source::Default }),
            Some(said) => match parse(&said.value) {
                Some(value) => Ok(Setting { value, source: said.source }),
                None => Err(wrong(key, &said.source, wanted)),
            },
        }
    }

    fn text(&self, key: Key, flag: Option<&str>, default: &str) -> Result<Setting<String>, CliError> {
        let said = self.said(key, flag)?;
        match said {
            None => Ok(Setting { value: default.to_owned(), source: Source::Default }),
            Some(said) if said.value.is_empty() => Err(wrong(key, &said.source, "a name")),
            Some(said) => Ok(said),
        }
    }

    /// The app; an empty one is none, so that `--app ''` leaves the folder that `coffer.toml` names.
    fn app(&self) -> Result<Setting<Option<String>>, CliError> {
        let said = self.said(Key::App, self.flags.app.as_deref())?;
        Ok(match said {
            None => Setting { value: None, source: Source::Default },
            Some(said) => {
                Setting { value: Some(said.value).filter(|app| !app.is_empty()), source: said.source }
            }
        })
    }

    /// A text that says where secrets go, or nothing; an empty one is none.
    fn context(&self, key: Key, flag: Option<&str>) -> Result<Setting<Option<String>>, CliError> {
        Ok(match self.said(key, flag)? {
            None => Setting { value: None, source: Source::Default },
            // It comes with a clone: whoever wrote it must not decide where a token is sent.
            Some(Setting { source: source @ Source::File { .. }, .. }) if !self.is_named => {
                return Err(not_for_projects(key, &source, "which server is asked, or how it is known"));
            }
            Some(said) => {
                Setting { value: Some(said.value).filter(|text| !text.is_empty()), source: said.source }
            }
        })
    }

    fn home(&self) -> Result<Setting<PathBuf>, CliError> {
        if let Some(home) = &self.flags.home {
            return Ok(Setting { value: self.cwd.join(home), source: Source::Flag });
        }
        if let Some(said) = self.path(Key::Home)? {
            return Ok(said);
        }
        // The XDG specification: a relative path there is invalid and is ignored.
        let data = self.environment.get("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || self.environment.get("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        match data.or_else(|| home().map(|home| home.join(".local/share"))) {
            Some(data) => Ok(Setting { value: data.join("coffer"), source: Source::Default }),
            None => Err(CliError::new(
                Exit::Usage,
                "settings.no_home",
                "neither HOME nor XDG_DATA_HOME says where the store could lie",
                "name a folder with --home or COFFER_HOME",
            )),
        }
    }

    fn keys_dir(&self, home: &Path) -> Result<Setting<PathBuf>, CliError> {
        let said = self.path(Key::KeysDir)?;
        Ok(said.unwrap_or_else(|| Setting { value: home.join("keys"), source: Source::Default }))
    }

    /// A database's URL, or nothing. It is no secret: one with a password in it is refused here.
    fn storage(&self) -> Result<Setting<Option<String>>, CliError> {
        let Some(said) = self.said(Key::Storage, None)? else {
            return Ok(Setting { value: None, source: Source::Default });
        };
        if matches!(said.source, Source::File { .. }) && !self.is_named {
            return Err(not_for_projects(Key::Storage, &said.source, "where the store or its log lies"));
        }
        if said.value.is_empty() {
            return Ok(Setting { value: None, source: said.source });
        }
        match coffer_postgres::Settings::parse(&said.value) {
            Ok(_) => Ok(Setting { value: Some(said.value), source: said.source }),
            Err(error) => {
                let cause = format!("{}: {error}", said.source);
                Err(CliError::new(Exit::Usage, "settings.invalid", cause, error.fix))
            }
        }
    }

    /// A path: relative to the file that names it, or to the working directory.
    fn path(&self, key: Key) -> Result<Option<Setting<PathBuf>>, CliError> {
        let Some(said) = self.said(key, None)? else { return Ok(None) };
        if said.value.is_empty() {
            return Err(wrong(key, &said.source, "a path"));
        }
        let base = match &said.source {
            // It comes with a clone: whoever wrote it must not decide which store, opened by whose key, takes the secrets.
            Source::File { .. } if !self.is_named => {
                return Err(not_for_projects(key, &said.source, "where the store or its log lies"));
            }
            Source::File { path, .. } => path.parent().unwrap_or(self.cwd),
            _ => self.cwd,
        };
        Ok(Some(Setting { value: base.join(&said.value), source: said.source }))
    }

    /// A path, or nothing.
    fn maybe_path(&self, key: Key) -> Result<Setting<Option<PathBuf>>, CliError> {
        Ok(match self.path(key)? {
            Some(said) => Setting { value: Some(said.value), source: said.source },
            None => Setting { value: None, source: Source::Default },
        })
    }

    /// AES-256-GCM is the only algorithm; another one asked for is refused, not replaced.
    fn check_algorithm(&self) -> Result<(), CliError> {
        self.parsed(Key::EncryptionAlgorithm, "`AES-256-GCM`, the only algorithm there is", (), |text| {
            text.eq_ignore_ascii_case("AES-256-GCM").then_some(())
        })
        .map(drop)
    }

    fn log_level(&self) -> Result<Setting<LogLevel>, CliError> {
        let parsed =
            self.parsed(Key::LogLevel, "`error`, `warn`, `info` or `debug`", LogLevel::Warn, log_level);
        match (parsed, self.said(Key::LogLevel, None)?) {
            (Err(_), Some(said)) if said.source == Source::Environment("LOG_LEVEL") => {
                Ok(Setting { value: LogLevel::Warn, source: Source::Default })
            }
            (parsed, _) => parsed,
        }
    }
}

fn not_for_projects(key: Key, source: &Source, what: &str) -> CliError {
    CliError::new(
        Exit::Refused,
        "settings.not_for_projects",
        format!("{source} sets `{}`: a project's coffer.toml does not say {what}", key.in_file()),
        "set it with a flag or in the environment, or name the file with --config",
    )
}

fn durability(text: &str) -> Option<ReadDurability> {
    [ReadDurability::Written, ReadDurability::Synced].into_iter().find(|known| known.as_str() == text)
}

fn violation_action(text: &str) -> Option<ViolationAction> {
    match text.to_ascii_lowercase().as_str() {
        "observe" => Some(ViolationAction::Observe),
        "suspend" => Some(ViolationAction::Suspend),
        _ => None,
    }
}

fn log_level(text: &str) -> Option<LogLevel> {
    match text.to_ascii_lowercase().as_str() {
        "error" | "critical" => Some(LogLevel::Error),
        "warn" | "warning" => Some(LogLevel::Warn),
        "info" => Some(LogLevel::Info),
        "debug" => Some(LogLevel::Debug),
        _ => None,
    }
}

/// Says where and what would be right, and not what was there: it may be a secret in the wrong place.
fn wrong(key: Key, source: &Source, wanted: &str) -> CliError {
    let (place, fix) = match source {
        Source::Flag => (format!("--{}", key.in_file()), "correct the flag".to_owned()),
        Source::Environment(name) => ((*name).to_owned(), format!("set {name} to {wanted}, or unset it")),
        source => (format!("{source}: `{}`", key.in_file()), "correct the line".to_owned()),
    };
    CliError::new(Exit::Usage, "settings.invalid", format!("{place} must be {wanted}"), fix)
}
