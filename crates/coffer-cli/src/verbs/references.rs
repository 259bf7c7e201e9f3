//! `coffer references`: what a secret is filled in with, and what is filled in with it.

use coffer_wire::reference::Referred;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::args::References;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn references(app: &mut App, args: &References) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let path = session.path(&args.name)?;
    let told = session.client().secret_references(path.as_str())?;
    if told.more {
        app.output.warn("there are more than these");
    }
    if app.output.is_json() {
        let side = |side: &[Referred]| side.iter().map(document).collect::<Vec<_>>();
        return app.output.json(&json!({
            "path": told.path,
            "references": told.references,
            "refers_to": side(&told.refers_to),
            "referred_by": side(&told.referred_by),
            "more": told.more,
        }));
    }
    let row = |what: &str, one: &Referred| [what.to_owned(), one.path.clone(), how(one).to_owned()];
    let to = told.refers_to.iter().map(|one| row("refers to", one));
    let by = told.referred_by.iter().map(|one| row("referred by", one));
    let rows: Vec<_> = to.chain(by).collect();
    if rows.is_empty() {
        app.output.say(&format!("{path} refers to nothing, and nothing to it"));
        return Ok(());
    }
    app.output.table(["WHAT", "PATH", "HOW"], &rows)
}

/// What would change with a secret. Nothing is asked for, and nothing written.
pub(super) fn preview(app: &mut App, name: &str) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let path = session.path(name)?;
    let told = match session.client().secret_references(path.as_str()).map_err(CliError::from) {
        Ok(told) => told,
        // It is not there yet, and nothing can refer to it.
        Err(error) if error.code == "secret.not_found" => coffer_wire::reference::References::default(),
        Err(error) => return Err(error),
    };
    if told.more {
        app.output.warn("more than these would change");
    }
    if app.output.is_json() {
        let changes: Vec<Json> = told.referred_by.iter().map(document).collect();
        return app
            .output
            .json(&json!({ "path": path.as_str(), "would_change": changes, "more": told.more }));
    }
    if told.referred_by.is_empty() {
        app.output.say(&format!("no other secret would change with {path}"));
        return Ok(());
    }
    app.output.say(&format!("with {path} would change:"));
    let rows: Vec<_> = told.referred_by.iter().map(|one| [one.path.clone(), how(one).to_owned()]).collect();
    app.output.table(["PATH", "HOW"], &rows)
}

/// Says which secrets can't be read any more, now that one is gone.
pub(super) fn warn_of_broken(app: &mut App, gone: &str, referred_by: &[String]) {
    if !referred_by.is_empty() {
        app.output.warn(&format!(
            "what is filled in with {gone} can't be read any more: {}",
            referred_by.join(", ")
        ));
    }
}

fn how(one: &Referred) -> &'static str {
    match (one.there, one.direct) {
        (false, _) => "not there",
        (true, true) => "directly",
        (true, false) => "through others",
    }
}

fn document(one: &Referred) -> Json {
    json!({ "path": one.path, "direct": one.direct, "there": one.there })
}
