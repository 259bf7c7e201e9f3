//! `coffer dev`: the local store, served on this machine, with a token for this session only.

use std::fs;
use std::path::{Path, PathBuf};

use coffer_engine::vault::NewToken;
use coffer_server::{Addresses, ListenError, Tls};
use serde::Serialize;

use super::serve::{log_to_stderr, serve, service, tls};
use super::show;
use crate::app::App;
use crate::args::Dev;
use crate::error::{CliError, Exit};
use crate::store::{Missing, Store};

/// The certificate of a run, in the home of the store.
const CERTIFICATE_FILE: &str = "dev.pem";
/// When the token ends, should the server not live to end it.
const DAY_SECONDS: u64 = 24 * 60 * 60;

pub(super) fn dev(app: &mut App, args: &Dev) -> Result<(), CliError> {
    let store = Store::here(app, "dev", Missing::Create)?;
    let listen = args.listen.unwrap_or(store.settings.server_listen.value);
    if !listen.ip().to_canonical().is_loopback() {
        return Err(CliError::new(
            Exit::Refused,
            "server.in_clear",
            format!("{listen} is not an address of this machine alone"),
            "`coffer dev` is for this machine; `coffer server`, with a certificate, is for others",
        ));
    }
    log_to_stderr(&store.settings);
    let new = NewToken {
        member: None,
        ttl_seconds: DAY_SECONDS,
        max_seconds: DAY_SECONDS,
        uses: None,
        networks: Vec::new(),
        label: "coffer dev".to_owned(),
    };
    let (tls, made) = certificate(&store, args.tls)?;
    let (token, about) = store.ask(async |vault, op| vault.token_create(op, &new, false).await)?;
    app.store = None;
    let (context, vault) = store.into_parts();
    let (again, service) = (context.clone(), service(vault, &context.settings));
    let until = show::timestamp(about.expires);
    let served = serve(context, &service, (listen, tls), |addresses| {
        announce(app, addresses, made.as_deref(), token.expose(), &until)
    });
    if let Some(made) = made {
        // It was good for this run; what is left of it is good for nothing.
        let _ = fs::remove_file(made);
    }
    let Some(vault) = service.vault() else {
        app.output
            .warn(&format!("the store is sealed, so the token could not be ended: it is good until {until}"));
        return served;
    };
    // Whether it was served or not: nobody is to have it.
    let store = again.with(vault);
    let ended = store.ask(async |vault, op| vault.token_revoke(op, about.id, false).await);
    app.store = Some(store);
    served.and(ended)
}

/// What is shown: a certificate that is made for this run, and the file in which clients find it; or that of the settings, if any.
fn certificate(store: &Store, make: bool) -> Result<(Option<Tls>, Option<PathBuf>), CliError> {
    if !make {
        return Ok((tls(&store.settings)?, None));
    }
    let (tls, certificate) = Tls::for_this_machine().map_err(ListenError::from)?;
    let file = store.settings.home.value.join(CERTIFICATE_FILE);
    fs::write(&file, certificate).map_err(|error| CliError::io(&file.display().to_string(), &error))?;
    Ok((Some(tls), Some(file)))
}

/// For programs. Not through `json!`, which would leave a copy of the token in memory.
#[derive(Serialize)]
struct Announced<'a> {
    url: &'a str,
    certificate: Option<&'a Path>,
    certificate_sha256: Option<&'a str>,
    metrics: Option<String>,
    token: &'a str,
    expires: &'a str,
}

fn announce(
    app: &mut App,
    addresses: &Addresses,
    certificate: Option<&Path>,
    token: &str,
    until: &str,
) -> Result<(), CliError> {
    let metrics = addresses.metrics.map(|address| format!("http://{address}/metrics"));
    let (url, fingerprint) = (&addresses.url, addresses.fingerprint.as_deref());
    if app.output.is_json() {
        let document = show::wiped_json(&Announced {
            url,
            certificate,
            certificate_sha256: fingerprint,
            metrics,
            token,
            expires: until,
        })?;
        return app.output.value(document.expose());
    }
    app.output.say(&format!("serving this store at   {url}"));
    app.output.say(&format!("  API, described        {url}/api/v1/openapi.json"));
    app.output.say(&format!("  health                {url}/health/ready"));
    if let Some(metrics) = metrics {
        app.output.say(&format!("  metrics               {metrics}"));
    }
    if let Some(fingerprint) = fingerprint {
        app.output.say(&format!("  certificate, SHA-256  {fingerprint}"));
    }
    if let Some(certificate) = certificate {
        app.output.say(&format!("  certificate, in       {}", certificate.display()));
    }
    app.output.say(&format!("an owner's token, until this server ends (or {until}):"));
    // A line of its own: whoever reads it from a pipe reads on.
    app.output.value(zeroize::Zeroizing::new(format!("{token}\n")).as_bytes())?;
    app.output.say("try, in another terminal, with TOKEN set to it:");
    let known = certificate.map(|file| format!("--cacert '{}' ", file.display())).unwrap_or_default();
    app.output.say(&format!("  curl {known}-H \"Authorization: Bearer $TOKEN\" {url}/api/v1/folders"));
    app.output.say("  coffer set GREETING --generate    the same store, without the server");
    app.output.say("Ctrl-C ends it.");
    Ok(())
}
