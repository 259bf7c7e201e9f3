//! `coffer dev`: the local store, served on this machine, with a token for this session only.

use coffer_engine::vault::NewToken;
use coffer_server::Addresses;
use serde::Serialize;

use super::serve::{log_to_stderr, serve};
use super::show;
use crate::app::App;
use crate::args::Dev;
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session};

/// When the token ends, should the server not live to end it.
const DAY_SECONDS: u64 = 24 * 60 * 60;

pub(super) fn dev(app: &mut App, args: &Dev) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Create)?;
    let listen = args.listen.unwrap_or(session.settings.server_listen.value);
    if !listen.ip().to_canonical().is_loopback() {
        return Err(CliError::new(
            Exit::Refused,
            "server.in_clear",
            format!("{listen} is not an address of this machine alone"),
            "`coffer dev` is for this machine; `coffer server`, with a certificate, is for others",
        ));
    }
    log_to_stderr(&session.settings);
    let new = NewToken {
        member: None,
        ttl_seconds: DAY_SECONDS,
        max_seconds: DAY_SECONDS,
        uses: None,
        label: "coffer dev".to_owned(),
    };
    let (token, about) = session.ask(async |vault, op| vault.token_create(op, &new, false).await)?;
    let served = serve(&session, listen, |addresses| {
        announce(app, addresses, token.expose(), &show::moment(about.expires))
    });
    // Whether it was served or not: nobody is to have it.
    let ended = session.ask(async |vault, op| vault.token_revoke(op, about.id, false).await);
    served.and(ended)
}

/// For programs. Not through `json!`, which would leave a copy of the token in memory.
#[derive(Serialize)]
struct Announced<'a> {
    url: &'a str,
    metrics: Option<String>,
    token: &'a str,
    expires: &'a str,
}

fn announce(app: &mut App, addresses: &Addresses, token: &str, until: &str) -> Result<(), CliError> {
    let metrics = addresses.metrics.map(|address| format!("http://{address}/metrics"));
    let url = &addresses.url;
    if app.output.is_json() {
        let document = show::wiped_json(&Announced { url, metrics, token, expires: until })?;
        return app.output.value(document.expose());
    }
    app.output.say(&format!("serving this store at   {url}"));
    app.output.say(&format!("  API, described        {url}/api/v1/openapi.json"));
    app.output.say(&format!("  health                {url}/health/ready"));
    if let Some(metrics) = metrics {
        app.output.say(&format!("  metrics               {metrics}"));
    }
    app.output.say(&format!("an owner's token, until this server ends (or {until}):"));
    // A line of its own: whoever reads it from a pipe reads on.
    app.output.value(zeroize::Zeroizing::new(format!("{token}\n")).as_bytes())?;
    app.output.say("try, in another terminal, with TOKEN set to it:");
    app.output.say(&format!("  curl -H \"Authorization: Bearer $TOKEN\" {url}/api/v1/folders"));
    app.output.say("  coffer set GREETING --generate    the same store, without the server");
    app.output.say("Ctrl-C ends it.");
    Ok(())
}
