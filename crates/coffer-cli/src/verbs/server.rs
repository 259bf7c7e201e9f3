//! `coffer server`: the store, served to a network.

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use serde_json::json;

use super::serve::{log_to_stderr, sealed_service, serve, service, tls};
use crate::app::App;
use crate::args::Server;
use crate::error::CliError;
use crate::session::here_only;
use crate::settings::{ReadDurability, Source, passphrase};
use crate::store::{Context, Missing, Store};

pub(super) fn server(app: &mut App, args: &Server) -> Result<(), CliError> {
    let mut settings = app.settings()?;
    here_only(&settings, "server")?;
    // What others are answered outlives a power cut, unless somebody has said otherwise.
    if settings.read_durability.source == Source::Default {
        settings.read_durability.value = ReadDurability::Synced;
    }
    let tenant = TenantName::parse(&settings.tenant.value).map_err(Error::from)?;
    let words = passphrase(&mut app.environment)?;
    log_to_stderr(&settings);
    let listen = args.listen.unwrap_or(settings.server_listen.value);
    let tls = tls(&settings)?;
    let (context, service) = match Store::awaiting_passphrase(app, &settings, words.as_ref())? {
        Some(store) => {
            let context = Context::new(settings, tenant)?;
            app.output.say(
                "the store is sealed: its passphrase was not given; `coffer unseal --addr URL` gives it",
            );
            {
                let service = sealed_service(store, &context.settings);
                (context, service)
            }
        }
        None => {
            let store = Store::open_with(app, settings, tenant, words, Missing::Refuse)?;
            app.store = None;
            let (context, vault) = store.into_parts();
            {
                let service = service(vault, &context.settings);
                (context, service)
            }
        }
    };
    let served = serve(context.clone(), &service, (listen, tls), |addresses| {
        let metrics = addresses.metrics.map(|address| address.to_string());
        if app.output.is_json() {
            let (url, fingerprint) = (&addresses.url, &addresses.fingerprint);
            return app
                .output
                .json(&json!({ "url": url, "metrics": metrics, "certificate_sha256": fingerprint }));
        }
        app.output.line(&addresses.url)?;
        app.output.say("serving until SIGINT or SIGTERM");
        if let Some(fingerprint) = &addresses.fingerprint {
            app.output.say(&format!("  certificate  SHA-256 {fingerprint}"));
        }
        if let Some(metrics) = metrics {
            app.output.say(&format!("  metrics      {metrics}"));
        }
        Ok(())
    });
    // What the log needs once more is done as after any verb.
    app.store = service.vault().map(|vault| context.with(vault));
    served
}
