//! `coffer logout`: the token is ended at the server, and forgotten here, whether the server can be asked or not.

use serde_json::json;

use super::login::end;
use super::show;
use crate::app::App;
use crate::args::Logout;
use crate::error::CliError;
use crate::kept::{Folder, Whose};
use crate::remote::Remote;

pub(super) fn logout(app: &mut App, args: &Logout) -> Result<(), CliError> {
    let remote = Remote::needed(app, "logout")?;
    let folder = Folder::needed(&app.environment)?;
    let tenant = (!args.instance).then(|| Whose::tenant(&remote));
    let mut done = Vec::new();
    for whose in tenant.into_iter().chain([Whose::instance(&remote)]) {
        if let Some(is_ended) = forget(app, &remote, &folder, &whose)? {
            done.push((whose, is_ended));
        }
    }
    let server = remote.address.to_string();
    if app.output.is_json() {
        let done = done.iter().map(|(whose, is_ended)| {
            json!({ "tenant": whose.tenant_name(), "instance": whose.is_instance(), "revoked": is_ended })
        });
        return app.output.json(&json!({ "server": server, "signed_out": done.collect::<Vec<_>>() }));
    }
    if done.is_empty() {
        app.output.say(&format!("nobody was signed in to {server}"));
    }
    for (whose, is_ended) in done {
        let token =
            if is_ended { "the token is good for nothing as of now" } else { "the token is forgotten here" };
        app.output.say(&format!("signed out of {server}, {}: {token}", whose.shown()));
    }
    Ok(())
}

/// Whether the token has ended, if there was one.
fn forget(app: &mut App, remote: &Remote, folder: &Folder, whose: &Whose) -> Result<Option<bool>, CliError> {
    let kept = match folder.find_to_end(whose) {
        Err(error) if error.code == "sign_in.damaged" => {
            app.output.warn(&format!("{}, so no token could be ended; it is taken away", error.cause));
            return folder.remove(whose).map(|is_gone| is_gone.then_some(false));
        }
        found => found?,
    };
    let Some(kept) = kept else { return Ok(None) };
    let is_ended = match end(remote, whose, &kept.token) {
        Ok(()) => true,
        // It had ended before.
        Err(error) if error.code == "token.invalid" => true,
        Err(error) => {
            app.output.warn(&format!(
                "the token could not be ended, and is good until {}: {}; an owner ends it with `coffer token revoke`",
                show::moment(kept.expires),
                error.cause
            ));
            false
        }
    };
    folder.remove(whose)?;
    Ok(Some(is_ended))
}
