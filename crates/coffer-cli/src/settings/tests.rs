use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::{
    Environment, Flags, Key, LogLevel, PASSPHRASE_MAX_BYTES, ReadDurability, Settings, Source, file, find,
    is_passed_on, passphrase, resolve, token,
};
use crate::error::{CliError, Exit};

fn environment(pairs: &[(&str, &str)]) -> Environment {
    let home = [("HOME", "/home/maya")];
    Environment::from_pairs(
        home.iter().chain(pairs).map(|(name, value)| (OsString::from(name), OsString::from(value))),
    )
}

fn in_folder(
    toml: Option<&str>,
    pairs: &[(&str, &str)],
    flags: &Flags,
) -> (TempDir, Result<Settings, CliError>) {
    let folder = tempfile::tempdir().unwrap();
    if let Some(toml) = toml {
        let path = folder.path().join("coffer.toml");
        fs::write(&path, toml).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    let settings = resolve(flags, &environment(pairs), &below);
    (folder, settings)
}

fn refused(toml: Option<&str>, pairs: &[(&str, &str)]) -> CliError {
    in_folder(toml, pairs, &Flags::default()).1.unwrap_err()
}

#[test]
fn defaults() {
    let (_folder, settings) = in_folder(None, &[], &Flags::default());
    let settings = settings.unwrap();
    assert_eq!(settings.tenant.value, "default");
    assert_eq!(settings.env.value, "dev");
    assert_eq!(settings.app.value, None);
    assert_eq!(settings.home.value, Path::new("/home/maya/.local/share/coffer"));
    assert_eq!(settings.store_dir(), Path::new("/home/maya/.local/share/coffer/store"));
    assert_eq!(settings.keys_dir.value, Path::new("/home/maya/.local/share/coffer/keys"));
    assert_eq!(settings.read_durability.value, ReadDurability::Written);
    assert_eq!(settings.key_derivation_iterations.value.get(), 100_000);
    assert_eq!(settings.tenant.source, Source::Default);
    let (_folder, settings) = in_folder(None, &[("XDG_DATA_HOME", "/data")], &Flags::default());
    assert_eq!(settings.unwrap().home.value, Path::new("/data/coffer"));
    let (_folder, settings) = in_folder(None, &[("XDG_DATA_HOME", "relative")], &Flags::default());
    assert_eq!(settings.unwrap().home.value, Path::new("/home/maya/.local/share/coffer"));
}

#[test]
fn a_flag_beats_the_environment_beats_the_file() {
    let toml = "# context\ntenant = \"file\"\nenv = \"file\"\napp = \"file\"\n[audit]\nread_durability = \"synced\"\n";
    let flags = Flags { tenant: Some("flag".into()), ..Flags::default() };
    let (folder, settings) =
        in_folder(Some(toml), &[("COFFER_TENANT", "var"), ("COFFER_ENV", "var")], &flags);
    let settings = settings.unwrap();
    assert_eq!((settings.tenant.value.as_str(), settings.tenant.source), ("flag", Source::Flag));
    assert_eq!(
        (settings.env.value.as_str(), settings.env.source),
        ("var", Source::Environment("COFFER_ENV"))
    );
    let path = folder.path().join("coffer.toml");
    assert_eq!(settings.app.value.as_deref(), Some("file"));
    assert_eq!(settings.app.source, Source::File { path: path.clone(), line: 4 });
    assert_eq!(settings.read_durability.value, ReadDurability::Synced);
    assert_eq!(settings.read_durability.source.to_string(), format!("{}:6", path.display()));
    assert_eq!(settings.config, Some(path));
}

#[test]
fn an_empty_app_is_none() {
    let flags = Flags { app: Some(String::new()), ..Flags::default() };
    let (_folder, settings) = in_folder(Some("app = \"shop\""), &[], &flags);
    let app = settings.unwrap().app;
    assert_eq!((app.value, app.source), (None, Source::Flag));
}

#[test]
fn a_folder_in_the_file_is_relative_to_the_file() {
    let named = Flags { config: Some("../../coffer.toml".into()), ..Flags::default() };
    let (folder, settings) = in_folder(Some("home = \"data\"\nkeys_dir = \"/k\""), &[], &named);
    let settings = settings.unwrap();
    assert_eq!(settings.home.value, folder.path().join("a/b/../..").join("data"));
    assert_eq!(settings.keys_dir.value, Path::new("/k"));
    let (folder, settings) = in_folder(None, &[("COFFER_HOME", "data")], &Flags::default());
    assert_eq!(settings.unwrap().keys_dir.value, folder.path().join("a/b/data/keys"));
}

#[test]
fn a_file_that_comes_with_a_clone_does_not_move_the_store() {
    for key in ["home", "keys_dir", "server_ca", "client_certificate", "client_key"] {
        let error = refused(Some(&format!("{key} = \"/evil\"\n")), &[]);
        assert_eq!(error.code, "settings.not_for_projects", "{key}");
    }
}

/// Whoever writes a project's file must not decide where a token is sent, nor whom to take for the server.
#[test]
fn a_file_that_comes_with_a_clone_names_no_server() {
    for line in ["addr = \"https://evil.example\"", "addr = ''", "server_fingerprint = \"00\""] {
        assert_eq!(refused(Some(line), &[]).code, "settings.not_for_projects", "{line}");
    }
    let named = Flags { config: Some("../../coffer.toml".into()), ..Flags::default() };
    let settings =
        in_folder(Some("addr = \"https://vault.example\"\nserver_ca = \"ca.pem\""), &[], &named).1.unwrap();
    assert_eq!(settings.server().unwrap().0, "https://vault.example");
    assert!(settings.server_ca.value.unwrap().ends_with("ca.pem"));
}

#[test]
fn a_server_is_named_in_one_place_and_not_beside_a_store() {
    let variables = [("COFFER_ADDR", "https://a.example")];
    let flag = |addr: &str| Flags { addr: Some(addr.to_owned()), ..Flags::default() };
    let settings = |flags: &Flags| in_folder(None, &variables, flags).1.unwrap();
    assert_eq!(
        settings(&Flags::default()).server(),
        Some(("https://a.example", &Source::Environment("COFFER_ADDR")))
    );
    assert_eq!(settings(&flag("https://b.example")).server(), Some(("https://b.example", &Source::Flag)));
    assert_eq!(settings(&flag("")).server(), None, "an empty one is none");
    let both = Flags { home: Some("store".into()), ..Flags::default() };
    assert_eq!(in_folder(None, &variables, &both).1.unwrap_err().code, "settings.two_places");
    let here = Flags { home: Some("store".into()), ..flag("") };
    assert!(in_folder(None, &variables, &here).1.is_ok());
}

#[test]
fn the_token_comes_from_one_place_and_once() {
    let mut variable = environment(&[("COFFER_TOKEN", "canary")]);
    assert!(variable.get("COFFER_TOKEN").is_none());
    assert!(variable.iter().all(|(name, _)| name != "COFFER_TOKEN") && variable.check_names().is_ok());
    assert_eq!(token(&mut variable).unwrap_err().code, "token.malformed");
    assert!(token(&mut variable).unwrap().is_none());
    let mut both = environment(&[("COFFER_TOKEN", "canary"), ("COFFER_TOKEN_FILE", "/x")]);
    assert_eq!(token(&mut both).unwrap_err().code, "token.twice");
    for (text, code) in
        [("", "token.empty"), ("canary", "token.malformed"), ("coffer_canary", "token.malformed")]
    {
        let error = token(&mut environment(&[("COFFER_TOKEN", text)])).unwrap_err();
        assert_eq!(error.code, code, "{text}");
        assert!(!error.to_string().contains("canary"));
    }
}

#[test]
fn unknown_names_are_errors_with_a_suggestion() {
    let error = refused(Some("\ntennant = \"acme\"\n"), &[]);
    assert_eq!(error.code, "settings.unknown");
    assert!(
        error.cause.ends_with("coffer.toml:2: there is no setting `tennant` (did you mean `tenant`?)"),
        "{error}"
    );
    let error = refused(Some("[audit]\nread_durabilty = \"synced\"\n"), &[]);
    assert!(error.cause.contains("(did you mean `audit.read_durability`?)"), "{error}");
    assert!(refused(Some("[zzz]\nx = 1\n"), &[]).cause.ends_with("coffer.toml:1: there is no setting `zzz`"));
    assert!(refused(Some("tenant = [\"x\"]\n"), &[]).cause.contains("wants a text"));
    assert!(refused(Some("[audit.read_durability]\nx = 1\n"), &[]).cause.contains("wants a text"));
    let error = refused(None, &[("COFFER_TENNANT", "canary")]);
    assert!(error.cause.contains("(did you mean `COFFER_TENANT`?)"), "{error}");
    assert!(!error.to_string().contains("canary"));
}

#[test]
fn secrets_do_not_belong_in_the_file() {
    for name in ["master_secret_key", "MASTER_SECRET_KEY", "db-password", "audit_token", "api_key"] {
        let error = refused(Some(&format!("{name} = \"canary\"\n")), &[]);
        assert_eq!(error.code, "settings.secret", "{name}");
        assert!(!error.to_string().contains("canary"));
    }
}

#[test]
fn what_is_no_toml_is_refused_without_its_text() {
    let error = refused(Some("tenant = \"acme\"\npassword = canary\n"), &[]);
    assert_eq!(error.code, "settings.invalid");
    assert!(error.cause.contains("coffer.toml:2:"), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[test]
fn what_is_wrong_is_refused_and_never_clamped() {
    let wrong: [&[(&str, &str)]; 10] = [
        &[("KEY_DERIVATION_ITERATIONS", "99999")],
        &[("KEY_DERIVATION_ITERATIONS", "10000001")],
        &[("KEY_DERIVATION_ITERATIONS", "many")],
        &[("KEY_DERIVATION_ITERATIONS", "")],
        &[("COFFER_KEY_DERIVATION_ITERATIONS", "-1"), ("KEY_DERIVATION_ITERATIONS", "100000")],
        &[("ENCRYPTION_ALGORITHM", "AES-128-CBC")],
        &[("COFFER_AUDIT_READ_DURABILITY", "never")],
        &[("COFFER_TENANT", "")],
        &[("COFFER_HOME", "")],
        &[("COFFER_LOG_LEVEL", "loud")],
    ];
    for pairs in wrong {
        assert_eq!(refused(None, pairs).code, "settings.invalid", "{pairs:?}");
    }
    assert_eq!(refused(Some("key_derivation_iterations = 1000"), &[]).code, "settings.invalid");
    assert_eq!(refused(Some("encryption_algorithm = \"none\""), &[]).code, "settings.invalid");
    let good = [
        ("KEY_DERIVATION_ITERATIONS", "250000"),
        ("ENCRYPTION_ALGORITHM", "AES-256-GCM"),
        ("LOG_LEVEL", "INFO"),
    ];
    let settings = in_folder(None, &good, &Flags::default()).1.unwrap();
    assert_eq!(settings.key_derivation_iterations.value.get(), 250_000);
    assert_eq!(settings.log_level.value, LogLevel::Info);
    let settings = in_folder(None, &[("LOG_LEVEL", "verbose")], &Flags::default()).1.unwrap();
    assert_eq!(settings.log_level.value, LogLevel::Warn, "the name is the application's too");
}

#[test]
fn a_file_that_others_can_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coffer.toml");
    fs::write(&path, "tenant = \"acme\"").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(file::read(&path).unwrap_err().code, "settings.untrusted");
}

#[test]
fn a_named_file_must_be_there() {
    let flags = Flags { config: Some("nowhere.toml".into()), ..Flags::default() };
    assert_eq!(in_folder(None, &[], &flags).1.unwrap_err().exit, Exit::NotFound);
    assert_eq!(refused(None, &[("COFFER_CONFIG", "nowhere.toml")]).exit, Exit::NotFound);
    assert_eq!(find(Path::new("/")), None);
}

/// Files of the log are named by who starts the process, never by a file that came with a clone.
#[test]
fn t_l6_a_found_file_names_no_file_of_the_log() {
    for line in [
        "[audit]\nlog_path = \"x\"",
        "[audit]\nexport_dir = \"x\"",
        "home = \"x\"",
        "keys_dir = \"x\"",
        "storage = \"x\"",
        "storage_password_file = \"x\"",
    ] {
        assert_eq!(refused(Some(line), &[]).code, "settings.not_for_projects", "{line}");
    }
    let named = [("AUDIT_LOG_PATH", "/var/log/a.jsonl"), ("COFFER_AUDIT_EXPORT_DIR", "bundles")];
    let settings = in_folder(None, &named, &Flags::default()).1.unwrap();
    assert_eq!(settings.audit_log_path.value.as_deref(), Some(Path::new("/var/log/a.jsonl")));
    assert!(settings.audit_export_dir.value.unwrap().is_absolute());
}

#[test]
fn a_retention_that_is_none_is_refused_and_never_clamped() {
    for days in ["0", "-1", "36501", "a year", ""] {
        assert_eq!(refused(None, &[("AUDIT_RETENTION_DAYS", days)]).code, "settings.invalid", "{days}");
    }
    let settings = in_folder(None, &[("AUDIT_RETENTION_DAYS", "30")], &Flags::default()).1.unwrap();
    assert_eq!(settings.audit_retention_days.value, 30);
    let settings = in_folder(None, &[], &Flags::default()).1.unwrap();
    assert_eq!(settings.audit_retention_days.value, 365);
}

#[test]
fn every_key_reads_from_the_file() {
    let example = "tenant = \"a\"\nenv = \"b\"\napp = \"c\"\nhome = \"/d\"\nkeys_dir = \"/e\"\nlog_level = \"info\"\n\
        key_derivation_iterations = 100_000\nencryption_algorithm = \"AES-256-GCM\"\nmax_access_attempts = 3\n\
        violation_threshold = 4\nviolation_action = \"observe\"\n[audit]\nread_durability = \"written\"\n\
        retention_days = 30\nlog_path = \"/var/log/a.jsonl\"\nexport_dir = \"/srv/a\"\n[server]\nlisten = \"127.0.0.1:0\"\ntls_certificate = \"c\"\n\
        tls_key = \"k\"\nmetrics_listen = 9091\nmetrics_enabled = false\nissuer_networks = \"10.0.0.0/8, ::1\"\n";
    let example = &format!("storage = \"\"\nstorage_password_file = \"p\"\n{example}");
    let example = &format!(
        "addr = \"\"\nserver_ca = \"ca.pem\"\nserver_fingerprint = \"\"\nclient_certificate = \"c.pem\"\n\
        client_key = \"c.key\"\n{example}"
    );
    assert_eq!(file::parse(Path::new("x"), example).unwrap().len(), Key::ALL.len());
    let named = Flags { config: Some("../../coffer.toml".into()), ..Flags::default() };
    let (_folder, settings) = in_folder(Some(example), &[], &named);
    let settings = settings.unwrap();
    assert_eq!(settings.server_metrics_listen.value, "127.0.0.1:9091".parse().unwrap());
    assert!(!settings.server_metrics_enabled.value);
    assert_eq!(settings.max_access_attempts.value, 3);
    assert_eq!(settings.violation_threshold.value, 4);
    assert_eq!(settings.violation_action.value, coffer_engine::vault::ViolationAction::Observe);
    for wrong in
        [("VIOLATION_THRESHOLD", "0"), ("VIOLATION_THRESHOLD", "101"), ("VIOLATION_ACTION", "revoke")]
    {
        assert_eq!(refused(None, &[wrong]).code, "settings.invalid", "{wrong:?}");
    }
    let networks: Vec<String> =
        settings.server_issuer_networks.value.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
    assert_eq!(refused(None, &[("COFFER_SERVER_ISSUER_NETWORKS", "10.0.0.1/8")]).code, "settings.invalid");
    assert!(matches!(settings.key_derivation_iterations.source, Source::File { line: 14, .. }));
}

#[test]
fn so_many_wrong_passwords_as_somebody_says_lock() {
    let most = |said: &str| {
        let (_folder, settings) = in_folder(None, &[("MAX_ACCESS_ATTEMPTS", said)], &Flags::default());
        settings.map(|settings| settings.max_access_attempts.value).map_err(|error| error.code)
    };
    assert_eq!((most("1"), most("5"), most("100")), (Ok(1), Ok(5), Ok(100)));
    for wrong in ["0", "101", "-1", "many"] {
        assert_eq!(most(wrong).err().as_deref(), Some("settings.invalid"), "{wrong}");
    }
}

#[test]
fn the_passphrase_comes_from_one_place_and_once() {
    let mut variable = environment(&[("MASTER_SECRET_KEY", "correct horse")]);
    assert!(variable.get("MASTER_SECRET_KEY").is_none());
    assert!(variable.iter().all(|(name, _)| name != "MASTER_SECRET_KEY"));
    assert!(passphrase(&mut variable).unwrap().unwrap().same_as(b"correct horse"));
    assert!(passphrase(&mut variable).unwrap().is_none());
    let mut both = environment(&[("MASTER_SECRET_KEY", "canary"), ("MASTER_SECRET_KEY_FILE", "/x")]);
    let error = passphrase(&mut both).unwrap_err();
    assert_eq!(error.code, "passphrase.twice");
    assert!(!error.to_string().contains("canary"));
    assert_eq!(
        passphrase(&mut environment(&[("MASTER_SECRET_KEY", "")])).unwrap_err().code,
        "passphrase.empty"
    );
}

#[test]
fn the_passphrase_file_is_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let from_file = |text: &[u8], mode: u32| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        passphrase(&mut environment(&[("MASTER_SECRET_KEY_FILE", path.to_str().unwrap())]))
    };
    assert!(from_file(b"correct horse\r\n", 0o600).unwrap().unwrap().same_as(b"correct horse"));
    assert!(from_file(b"two\n\n", 0o600).unwrap().unwrap().same_as(b"two\n"));
    assert_eq!(from_file(b"\n", 0o600).unwrap_err().code, "passphrase.empty");
    assert!(from_file(&vec![b'x'; PASSPHRASE_MAX_BYTES], 0o600).is_ok());
    assert_eq!(
        from_file(&vec![b'x'; PASSPHRASE_MAX_BYTES + 1], 0o600).unwrap_err().code,
        "passphrase.too_long"
    );
    for mode in [0o644, 0o640, 0o602] {
        let error = from_file(b"canary", mode).unwrap_err();
        assert_eq!(error.code, "passphrase.file_open", "{mode:o}");
        assert!(error.fix.starts_with("chmod 600 "));
    }
    let missing = passphrase(&mut environment(&[("MASTER_SECRET_KEY_FILE", "/nowhere/key")]));
    assert_eq!(missing.unwrap_err().exit, Exit::NotFound);
}

#[test]
fn a_command_is_given_context_and_no_passphrase() {
    assert!(is_passed_on("PATH") && is_passed_on("COFFER_TENANT") && is_passed_on("COFFER_CONFIG"));
    assert!(!is_passed_on("MASTER_SECRET_KEY") && !is_passed_on("MASTER_SECRET_KEY_FILE"));
    assert!(!is_passed_on("COFFER_TOKEN") && !is_passed_on("COFFER_TOKEN_FILE"));
    assert!(!is_passed_on("COFFER_STORAGE_PASSWORD") && !is_passed_on("COFFER_STORAGE_PASSWORD_FILE"));
}

/// `docs/running.md` has one line for each setting: its name, its variables, and what it costs.
#[test]
fn every_setting_has_its_line_in_the_documentation() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/running.md");
    let page = fs::read_to_string(page).unwrap();
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    for key in Key::ALL {
        let line = lines.iter().filter(|line| line.starts_with(&format!("| `{}` |", key.in_file())));
        let [line] = line.collect::<Vec<_>>()[..] else {
            panic!("`{}` has not one line in the table of docs/running.md", key.in_file());
        };
        for variable in key.variables() {
            assert!(line.contains(&format!("`{variable}`")), "{variable} is not in the line: {line}");
        }
    }
}
