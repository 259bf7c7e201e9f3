//! `coffer password`: sets one's own, at a server.
//!
//! # Invariants
//! - Neither the new one nor the old one is taken from the command line, printed, or kept.

use std::io;

use coffer_encryption::SecretBytes;
use coffer_wire::Plain;
use coffer_wire::password::NewPassword;
use serde_json::json;

use crate::app::App;
use crate::args::Password;
use crate::error::{CliError, Exit};
use crate::prompt::{Source, Treatment, known, value};
use crate::remote::Remote;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn password(app: &mut App, args: &Password) -> Result<(), CliError> {
    let source = args.from.source()?.unwrap_or(Source::Prompt);
    Remote::needed(app, "password")?;
    let old = if args.without_old {
        None
    } else {
        let from = args.old_file.clone().map_or(Source::Prompt, Source::File);
        Some(known_password(app, &from, "the old password")?)
    };
    let taken = Treatment { trim: true, allow_empty: false };
    let new = value(&source, "the new password", taken, &mut app.person, &mut io::stdin().lock())?;
    let wanted = NewPassword { old, new: plain(&new.value)? };
    let session = Session::open(app, Missing::Refuse)?;
    session.client().password_set(&wanted, args.instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "set": true }));
    }
    app.output.say("the password is set; what was signed in for with the old one has ended");
    Ok(())
}

/// A password that somebody has.
pub(super) fn known_password(app: &mut App, source: &Source, what: &str) -> Result<Plain, CliError> {
    plain(&known(source, what, &mut app.person, &mut io::stdin().lock())?)
}

pub(super) fn plain(bytes: &SecretBytes) -> Result<Plain, CliError> {
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| {
        let fix = "a password is text: letters, digits, signs and spaces";
        CliError::new(Exit::Usage, "password.not_text", "this is no text in UTF-8; it was not sent", fix)
    })?;
    Ok(Plain::new(text.to_owned()))
}
