//! The settings by name: the one table that the file, the environment and the suggestions are checked against.

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `addr`
    Addr,
    /// `server_ca`
    ServerCa,
    /// `server_fingerprint`
    ServerFingerprint,
    /// `client_certificate`
    ClientCertificate,
    /// `client_key`
    ClientKey,
    /// `tenant`
    Tenant,
    /// `env`
    Env,
    /// `app`
    App,
    /// `home`
    Home,
    /// `keys_dir`
    KeysDir,
    /// `storage`
    Storage,
    /// `storage_password_file`
    StoragePasswordFile,
    /// `audit.read_durability`
    AuditReadDurability,
    /// `audit.retention_days`
    AuditRetentionDays,
    /// `audit.log_path`
    AuditLogPath,
    /// `audit.export_dir`
    AuditExportDir,
    /// `key_derivation_iterations`
    KeyDerivationIterations,
    /// `max_access_attempts`
    MaxAccessAttempts,
    /// `violation_threshold`
    ViolationThreshold,
    /// `violation_action`
    ViolationAction,
    /// `encryption_algorithm`
    EncryptionAlgorithm,
    /// `log_level`
    LogLevel,
    /// `server.listen`
    ServerListen,
    /// `server.tls_certificate`
    ServerTlsCertificate,
    /// `server.tls_key`
    ServerTlsKey,
    /// `server.metrics_listen`
    ServerMetricsListen,
    /// `server.metrics_enabled`
    ServerMetricsEnabled,
    /// `server.issuer_networks`
    ServerIssuerNetworks,
}

/// The variable that names the `coffer.toml` to use; in the file itself it would be a riddle.
pub(super) const CONFIG_VARIABLE: &str = "COFFER_CONFIG";
/// The variables that hold a token or the storage's password, or name the file that does: nobody else's to see.
pub(super) const SECRET_VARIABLES: [&str; 4] =
    ["COFFER_TOKEN", "COFFER_TOKEN_FILE", "COFFER_STORAGE_PASSWORD", "COFFER_STORAGE_PASSWORD_FILE"];

impl Key {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::Addr,
        Self::ServerCa,
        Self::ServerFingerprint,
        Self::ClientCertificate,
        Self::ClientKey,
        Self::Tenant,
        Self::Env,
        Self::App,
        Self::Home,
        Self::KeysDir,
        Self::Storage,
        Self::StoragePasswordFile,
        Self::AuditReadDurability,
        Self::AuditRetentionDays,
        Self::AuditLogPath,
        Self::AuditExportDir,
        Self::KeyDerivationIterations,
        Self::MaxAccessAttempts,
        Self::ViolationThreshold,
        Self::ViolationAction,
        Self::EncryptionAlgorithm,
        Self::LogLevel,
        Self::ServerListen,
        Self::ServerTlsCertificate,
        Self::ServerTlsKey,
        Self::ServerMetricsListen,
        Self::ServerMetricsEnabled,
        Self::ServerIssuerNetworks,
    ];

    /// Its name in `coffer.toml`; a dot stands between a table and its key.
    #[must_use]
    pub const fn in_file(self) -> &'static str {
        match self {
            Self::Addr => "addr",
            Self::ServerCa => "server_ca",
            Self::ServerFingerprint => "server_fingerprint",
            Self::ClientCertificate => "client_certificate",
            Self::ClientKey => "client_key",
            Self::Tenant => "tenant",
            Self::Env => "env",
            Self::App => "app",
            Self::Home => "home",
            Self::KeysDir => "keys_dir",
            Self::Storage => "storage",
            Self::StoragePasswordFile => "storage_password_file",
            Self::AuditReadDurability => "audit.read_durability",
            Self::AuditRetentionDays => "audit.retention_days",
            Self::AuditLogPath => "audit.log_path",
            Self::AuditExportDir => "audit.export_dir",
            Self::KeyDerivationIterations => "key_derivation_iterations",
            Self::MaxAccessAttempts => "max_access_attempts",
            Self::ViolationThreshold => "violation_threshold",
            Self::ViolationAction => "violation_action",
            Self::EncryptionAlgorithm => "encryption_algorithm",
            Self::LogLevel => "log_level",
            Self::ServerListen => "server.listen",
            Self::ServerTlsCertificate => "server.tls_certificate",
            Self::ServerTlsKey => "server.tls_key",
            Self::ServerMetricsListen => "server.metrics_listen",
            Self::ServerMetricsEnabled => "server.metrics_enabled",
            Self::ServerIssuerNetworks => "server.issuer_networks",
        }
    }

    /// Its variables, the one that wins first.
    #[must_use]
    pub const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Addr => &["COFFER_ADDR"],
            Self::ServerCa => &["COFFER_CACERT"],
            Self::ServerFingerprint => &["COFFER_FINGERPRINT"],
            Self::ClientCertificate => &["COFFER_CLIENT_CERTIFICATE"],
            Self::ClientKey => &["COFFER_CLIENT_KEY"],
            Self::Tenant => &["COFFER_TENANT"],
            Self::Env => &["COFFER_ENV"],
            Self::App => &["COFFER_APP"],
            Self::Home => &["COFFER_HOME"],
            Self::KeysDir => &["COFFER_KEYS_DIR"],
            Self::Storage => &["COFFER_STORAGE"],
            Self::StoragePasswordFile => &["COFFER_STORAGE_PASSWORD_FILE"],
            Self::AuditReadDurability => &["COFFER_AUDIT_READ_DURABILITY"],
            Self::AuditRetentionDays => &["COFFER_AUDIT_RETENTION_DAYS", "AUDIT_RETENTION_DAYS"],
            Self::AuditLogPath => &["COFFER_AUDIT_LOG_PATH", "AUDIT_LOG_PATH"],
            Self::AuditExportDir => &["COFFER_AUDIT_EXPORT_DIR"],
            Self::KeyDerivationIterations => {
                &["COFFER_KEY_DERIVATION_ITERATIONS", "KEY_DERIVATION_ITERATIONS"]
            }
            Self::MaxAccessAttempts => &["COFFER_MAX_ACCESS_ATTEMPTS", "MAX_ACCESS_ATTEMPTS"],
            Self::ViolationThreshold => &["COFFER_VIOLATION_THRESHOLD", "VIOLATION_THRESHOLD"],
            Self::ViolationAction => &["COFFER_VIOLATION_ACTION", "VIOLATION_ACTION"],
            Self::EncryptionAlgorithm => &["COFFER_ENCRYPTION_ALGORITHM", "ENCRYPTION_ALGORITHM"],
            Self::LogLevel => &["COFFER_LOG_LEVEL", "LOG_LEVEL"],
            Self::ServerListen => &["COFFER_SERVER_LISTEN"],
            Self::ServerTlsCertificate => &["COFFER_SERVER_TLS_CERTIFICATE"],
            Self::ServerTlsKey => &["COFFER_SERVER_TLS_KEY"],
            Self::ServerMetricsListen => &["COFFER_SERVER_METRICS_LISTEN", "PROMETHEUS_PORT"],
            Self::ServerMetricsEnabled => &["COFFER_SERVER_METRICS_ENABLED", "METRICS_ENABLED"],
            Self::ServerIssuerNetworks => &["COFFER_SERVER_ISSUER_NETWORKS"],
        }
    }
}

/// Every variable of Coffer's that begins with `COFFER_`.
pub(super) fn coffer_variables() -> impl Iterator<Item = &'static str> {
    let keys = Key::ALL.iter().flat_map(|key| key.variables());
    keys.copied().filter(|name| name.starts_with("COFFER_")).chain([CONFIG_VARIABLE]).chain(SECRET_VARIABLES)
}

/// Whether a command started by `coffer run` is given the variable `name` of Coffer's own environment. Not the
/// passphrase, no token, no password, and of `COFFER_*` only what is known to hold no secret, so that a `coffer` within finds its context.
#[must_use]
pub fn is_passed_on(name: &str) -> bool {
    match name {
        "MASTER_SECRET_KEY" | "MASTER_SECRET_KEY_FILE" => false,
        _ if SECRET_VARIABLES.contains(&name) => false,
        _ if name.starts_with("COFFER_") => coffer_variables().any(|known| known == name),
        _ => true,
    }
}

/// ` (did you mean ..?)` for the known name nearest to `unknown`, or nothing when none is near.
pub(super) fn suggestion<'k>(unknown: &str, known: impl Iterator<Item = &'k str>) -> String {
    const NEAR: f64 = 0.75;
    known
        .map(|name| (strsim::jaro_winkler(&unknown.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, name)| format!(" (did you mean `{name}`?)"))
}
