//! `coffer factor`: a second factor for oneself, made, confirmed and removed at a server; and removed for who has lost it.
//!
//! # Invariants
//! - Neither password nor code is taken from the command line. The secret is printed once, for its owner.

use std::io;

use coffer_engine::Error;
use coffer_engine::identity::MemberName;
use coffer_wire::Plain;
use coffer_wire::factor::{NewFactor, ShownFactor};
use serde::Serialize;
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::{Factor, FactorEnrol, FactorRm, SecretFrom};
use crate::error::{CliError, Exit};
use crate::prompt::{Source, known};
use crate::remote::Remote;
use crate::session::Session;
use crate::store::Missing;

/// What the code is called where it is asked for.
pub(super) const CODE: &str = "the code of the second factor";

pub(super) fn factor(app: &mut App, args: Factor) -> Result<(), CliError> {
    match args {
        Factor::Enrol(args) => enrol(app, &args),
        Factor::Confirm { from, of } => {
            let shown = shown(app, &from, "factor confirm")?;
            Session::open(app, Missing::Refuse)?.client().factor_confirm(&shown, of.instance)?;
            told(app, "confirmed", "signing in with your password takes a code too, from now on")
        }
        Factor::Rm(args) => remove(app, &args),
    }
}

/// For programs. Not through `json!`, which would leave a copy of the secret in memory.
#[derive(Serialize)]
struct Made<'a> {
    secret: &'a str,
    uri: &'a str,
}

fn enrol(app: &mut App, args: &FactorEnrol) -> Result<(), CliError> {
    let source = args.from.source()?.unwrap_or(Source::Prompt);
    Remote::needed(app, "factor enrol")?;
    let password = match args.without_password {
        true => None,
        false => Some(super::password::known_password(app, &source, "your password")?),
    };
    let session = Session::open(app, Missing::Refuse)?;
    let made = session.client().factor_enrol(&NewFactor { password }, args.of.instance)?;
    let (secret, uri) = (made.secret.expose(), made.uri.expose());
    if app.output.is_json() {
        return app.output.value(show::wiped_json(&Made { secret, uri })?.expose());
    }
    app.output.say("for an authenticator, this once; it counts once `coffer factor confirm` was given a code of it; typed, it is what follows `secret=`");
    app.output.value(uri.as_bytes())
}

fn remove(app: &mut App, args: &FactorRm) -> Result<(), CliError> {
    let Some(member) = &args.member else {
        let shown = shown(app, &args.from, "factor rm")?;
        Session::open(app, Missing::Refuse)?.client().factor_remove_own(&shown, args.of.instance)?;
        return told(app, "removed", "removed: your password alone signs you in, from now on");
    };
    // What stands behind it may be a code.
    args.from.source()?;
    let name = MemberName::parse(member).map_err(Error::from)?;
    let session = Session::open(app, Missing::Refuse)?;
    let removed = session.client().factor_remove(name.as_str(), args.of.instance)?.removed;
    if app.output.is_json() {
        return app.output.json(&json!({ "removed": removed }));
    }
    let name = name.as_str();
    app.output.say(&match removed {
        true => format!("removed: the password of {name} alone signs in, from now on"),
        false => format!("{name} has no second factor"),
    });
    Ok(())
}

fn told(app: &mut App, done: &str, text: &str) -> Result<(), CliError> {
    if app.output.is_json() {
        return app.output.json(&json!({ done: true }));
    }
    app.output.say(text);
    Ok(())
}

fn shown(app: &mut App, from: &SecretFrom, verb: &str) -> Result<ShownFactor, CliError> {
    let source = from.source()?.unwrap_or(Source::Prompt);
    Remote::needed(app, verb)?;
    let given = known(&source, CODE, &mut app.person, &mut io::stdin().lock())?;
    Ok(ShownFactor { totp: code(given.expose())? })
}

/// A code, without the spaces that authenticators show in it. What has not the shape of one is likely another secret: it is sent nowhere.
pub(super) fn code(given: &[u8]) -> Result<Plain, CliError> {
    let digits: Vec<u8> = given.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let text = String::from_utf8(digits).ok();
    let text = text.filter(|text| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()));
    let code = text.ok_or_else(|| {
        let fix = "it is what the authenticator shows now";
        CliError::new(Exit::Usage, "factor.mistyped", "this is no code of six digits; it was not sent", fix)
    })?;
    Ok(Plain::new(code))
}
