//! `coffer status`: the context in force, and where each part of it comes from.

use coffer_engine::network::Network;
use coffer_wire::Moment;
use coffer_wire::client::Address;
use serde_json::json;

use super::{login, show};
use crate::app::App;
use crate::edge;
use crate::error::CliError;
use crate::kept::{Folder, Kept, Whose};
use crate::place::Place;
use crate::remote::Remote;
use crate::settings::{Settings, Source};
use crate::store::KEY_FILE;
use coffer_engine::vault::ViolationAction;

pub(super) fn status(app: &mut App) -> Result<(), CliError> {
    let settings = app.settings()?;
    let rows = rows(&settings);
    let server = settings.server().map(|(addr, _)| shown(addr));
    let place = Place::of(&settings, &app.environment)?;
    let has_store = place.may_have_one();
    let has_key_file = settings.keys_dir.value.join(KEY_FILE).exists();
    let has_passphrase = app.environment.take_master_key().is_some()
        || app.environment.get("MASTER_SECRET_KEY_FILE").is_some();
    let has_own_token =
        app.environment.take_token().is_some() || app.environment.get("COFFER_TOKEN_FILE").is_some();
    let signed = signed_in(app, &settings);
    let has_token = has_own_token || !signed.is_empty();
    if app.output.is_json() {
        let settings: serde_json::Map<_, _> = rows
            .iter()
            .map(|[name, value, source]| (name.clone(), json!({ "value": value, "source": source })))
            .collect();
        return app.output.json(&json!({
            "settings": settings,
            "server": server,
            "store": has_store,
            "key_file": has_key_file,
            "passphrase": has_passphrase,
            "token": has_token,
            "signed_in": signed.iter().map(|(whose, kept)| login::shown(whose, kept)).collect::<Vec<_>>(),
            "version": env!("CARGO_PKG_VERSION"),
        }));
    }
    app.output.table(["SETTING", "VALUE", "FROM"], &rows)?;
    if let Some(server) = server {
        app.output.say(&format!("{server} is asked, and no store here"));
        if has_own_token {
            app.output.say("a token is named in the environment, and is shown to it");
        }
        let now = Moment::from_millis(edge::now().millis());
        for (whose, kept) in &signed {
            let (whose, name, until) = (whose.shown(), &kept.name, show::moment(kept.expires));
            app.output.say(&match kept.expires < now {
                false => format!("signed in to {whose}, as {name}, until {until}"),
                true => format!(
                    "signed in to {whose}, as {name}, and that ended {until}: `coffer login` does it again"
                ),
            });
        }
        if !has_token {
            app.output.say(
                "there is no token to show to it: `coffer login` signs in, or COFFER_TOKEN_FILE names one",
            );
        }
        return Ok(());
    }
    app.output.say(match (has_store, has_key_file || has_passphrase) {
        (false, _) => "there is no store yet: `coffer import .env` or `coffer set NAME` makes one",
        (true, false) => "there is a store, and neither a key file nor a passphrase to open it with",
        (true, true) => "there is a store; `coffer doctor` checks it",
    });
    Ok(())
}

/// Who is signed in there, as far as it is known here: the server is not asked. What can't be read is said, and stops nothing.
fn signed_in(app: &mut App, settings: &Settings) -> Vec<(Whose, Kept)> {
    let Ok(Some(remote)) = Remote::named(settings) else { return Vec::new() };
    let Some(folder) = Folder::of(&app.environment) else { return Vec::new() };
    let mut signed = Vec::new();
    for whose in [Whose::tenant(&remote), Whose::instance(&remote)] {
        match folder.find(&whose) {
            Ok(kept) => signed.extend(kept.map(|kept| (whose, kept))),
            Err(error) => app.output.warn(&format!("{}; {}", error.cause, error.fix)),
        }
    }
    signed
}

/// Where an address leads. One that is none is not repeated: there may be a password in it.
fn shown(addr: &str) -> String {
    Address::parse(addr).map_or_else(|error| error.to_string(), |address| address.to_string())
}

/// Each setting: its name, its value, its source. None of them is a secret.
fn rows(settings: &Settings) -> Vec<[String; 3]> {
    let row = |name: &str, value: String, source: &Source| [name.to_owned(), value, source.to_string()];
    let folder = match &settings.app.value {
        Some(app) => format!("{}/{app}", settings.env.value),
        None => settings.env.value.clone(),
    };
    let path = |path: &Option<std::path::PathBuf>| {
        path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
    };
    let iterations = settings.key_derivation_iterations.value.get().to_string();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        row("tenant", settings.tenant.value.clone(), &settings.tenant.source),
        row("env", settings.env.value.clone(), &settings.env.source),
        row("app", settings.app.value.clone().unwrap_or_default(), &settings.app.source),
        row("folder", folder, &settings.app.source),
        row("home", settings.home.value.display().to_string(), &settings.home.source),
        row("keys_dir", settings.keys_dir.value.display().to_string(), &settings.keys_dir.source),
        row("storage", text(&settings.storage.value), &settings.storage.source),
        row(
            "storage_password_file",
            path(&settings.storage_password_file.value),
            &settings.storage_password_file.source,
        ),
        row(
            "addr",
            settings.server().map(|(addr, _)| shown(addr)).unwrap_or_default(),
            &settings.addr.source,
        ),
        row("server_ca", path(&settings.server_ca.value), &settings.server_ca.source),
        row(
            "server_fingerprint",
            text(&settings.server_fingerprint.value),
            &settings.server_fingerprint.source,
        ),
        row(
            "client_certificate",
            path(&settings.client_certificate.value),
            &settings.client_certificate.source,
        ),
        row("client_key", path(&settings.client_key.value), &settings.client_key.source),
        row(
            "audit.read_durability",
            settings.read_durability.value.as_str().to_owned(),
            &settings.read_durability.source,
        ),
        row(
            "audit.retention_days",
            settings.audit_retention_days.value.to_string(),
            &settings.audit_retention_days.source,
        ),
        row("audit.log_path", path(&settings.audit_log_path.value), &settings.audit_log_path.source),
        row("audit.export_dir", path(&settings.audit_export_dir.value), &settings.audit_export_dir.source),
        row(
            "max_access_attempts",
            settings.max_access_attempts.value.to_string(),
            &settings.max_access_attempts.source,
        ),
        row(
            "violation_threshold",
            settings.violation_threshold.value.to_string(),
            &settings.violation_threshold.source,
        ),
        row(
            "violation_action",
            match settings.violation_action.value {
                ViolationAction::Observe => "observe".to_owned(),
                ViolationAction::Suspend => "suspend".to_owned(),
            },
            &settings.violation_action.source,
        ),
        row("key_derivation_iterations", iterations, &settings.key_derivation_iterations.source),
        row("encryption_algorithm", "AES-256-GCM".to_owned(), &Source::Default),
        row("server.listen", settings.server_listen.value.to_string(), &settings.server_listen.source),
        row(
            "server.tls_certificate",
            path(&settings.server_tls_certificate.value),
            &settings.server_tls_certificate.source,
        ),
        row("server.tls_key", path(&settings.server_tls_key.value), &settings.server_tls_key.source),
        row(
            "server.metrics_listen",
            settings.server_metrics_listen.value.to_string(),
            &settings.server_metrics_listen.source,
        ),
        row(
            "server.metrics_enabled",
            settings.server_metrics_enabled.value.to_string(),
            &settings.server_metrics_enabled.source,
        ),
        row(
            "server.issuer_networks",
            shown_networks(&settings.server_issuer_networks.value),
            &settings.server_issuer_networks.source,
        ),
        row("log_level", settings.log_level.value.as_str().to_owned(), &settings.log_level.source),
    ]
}

fn shown_networks(networks: &[Network]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
