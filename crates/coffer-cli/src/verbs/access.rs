//! `coffer access`: whether somebody may, and why; what somebody sees.

use coffer_wire::access::Explained;
use coffer_wire::client::Where;
use serde_json::json;

use crate::app::App;
use crate::args::{Access, Question};
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn access(app: &mut App, args: Access) -> Result<(), CliError> {
    match args {
        Access::Explain(question) => explain(app, &question),
        Access::Check(question) => check(app, &question),
        Access::Preview { who, folder, recursive } => preview(app, &who, &folder, recursive),
    }
}

fn explain(app: &mut App, question: &Question) -> Result<(), CliError> {
    let explained = ask(app, question)?;
    if app.output.is_json() {
        return app.output.json(&json!(explained));
    }
    app.output.say(&in_a_word(&explained, question));
    let rows: Vec<[String; 2]> = explained
        .reasons
        .into_iter()
        .map(|reason| [effect(&reason.effect).to_owned(), reason.what])
        .collect();
    app.output.table(["HERE IT", "WHAT"], &rows)
}

fn check(app: &mut App, question: &Question) -> Result<(), CliError> {
    let explained = ask(app, question)?;
    if app.output.is_json() {
        app.output.json(&json!({ "allowed": explained.allowed }))?;
    } else {
        app.output.value(if explained.allowed { b"yes\n".as_slice() } else { b"no\n" })?;
    }
    if explained.allowed {
        return Ok(());
    }
    let fix =
        format!("`coffer access explain {} {} {}` says why", question.who, question.right, question.path);
    Err(CliError::new(Exit::Refused, "access.no", in_a_word(&explained, question), fix))
}

fn preview(app: &mut App, who: &str, folder: &str, recursive: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let folder = folder.trim_matches('/');
    let seen = session.client().access_preview(who, folder, recursive)?;
    if app.output.is_json() {
        return app.output.json(&json!(seen));
    }
    if seen.folders.is_empty() && seen.secrets.is_empty() {
        app.output.say(&format!("{who} sees nothing there"));
    }
    let folders = seen.folders.into_iter().map(|folder| [format!("{folder}/")]);
    let rows: Vec<[String; 1]> = folders.chain(seen.secrets.into_iter().map(|path| [path])).collect();
    app.output.table(["SEES"], &rows)
}

fn ask(app: &mut App, question: &Question) -> Result<Explained, CliError> {
    let member = Some(question.who.as_str()).filter(|who| *who != "me");
    let path = question.path.strip_prefix('/').unwrap_or(&question.path);
    let place = match path.strip_suffix('/') {
        Some(folder) => Where::Folder(folder),
        None if question.path == "/" => Where::Folder(""),
        None if path.is_empty() => Where::Whole,
        None => Where::Secret(path),
    };
    let session = Session::open(app, Missing::Refuse)?;
    Ok(session.client().access_explain(member, &question.right, place, question.of.instance)?)
}

fn in_a_word(explained: &Explained, question: &Question) -> String {
    let place = if question.path.is_empty() { "in the tenant" } else { &question.path };
    let may = if explained.allowed { "may" } else { "may not" };
    let why = explained.powerless.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{} {may} `{}` {place}{why}", explained.member, question.right)
}

/// For people.
fn effect(name: &str) -> &str {
    match name {
        "conditions_not_met" => "does not hold now",
        "less_specific" => "gives way to a more specific rule",
        "gives_other_rights" => "gives other rights",
        "elsewhere" => "is about other paths",
        name => name,
    }
}
