//! `coffer history`: versions, stages, metadata; never values.

use coffer_wire::secret::{LastRead, Version};
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::History;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn history(app: &mut App, args: &History) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let path = session.path(&args.name)?;
    let history = session.client().secret_history(path.as_str())?;
    if app.output.is_json() {
        let versions = history.versions.iter().map(|version| {
            json!({
                "version": version.version,
                "created": show::moment(version.created),
                "by": version.by,
                "stages": version.stages,
                "labels": version.labels,
                "consumers": version.consumers,
                "destroyed": version.destroyed.map(show::moment),
                "file": show::file(version.file.as_ref()),
                "message": version.message,
            })
        });
        return app.output.json(&json!({
            "path": path.as_str(),
            "versions": versions.collect::<Vec<_>>(),
            "metadata": show::metadata(&history.metadata),
            "trashed": history.trashed.map(show::moment),
            "undo_steps": history.undo_steps,
            "last_read": history.last_read.as_ref().map(|read| {
                json!({
                    "at": show::moment(read.at),
                    "by": read.by,
                    "version": read.version,
                    "entry": read.entry,
                })
            }),
            "overridden": history.overridden.map(show::moment),
        }));
    }
    if let Some(since) = history.overridden {
        app.output.say(&format!("you have a value of your own, since {}", show::moment(since)));
    }
    let rows: Vec<[String; 6]> = history.versions.iter().map(row).collect();
    app.output.table(["VERSION", "CREATED", "STAGE", "BY", "NOTE", "MESSAGE"], &rows)?;
    app.output.say(&last_read(history.last_read.as_ref()));
    let about = show::about(&history.metadata);
    if !about.is_empty() {
        app.output.say(&about);
    }
    if let Some(at) = history.trashed {
        app.output.say(&format!("in the trash since {}; `coffer undo` brings it back", show::moment(at)));
    }
    Ok(())
}

fn last_read(read: Option<&LastRead>) -> String {
    let Some(LastRead { at, by, version, entry }) = read else {
        return "not read, as far as the log tells".to_owned();
    };
    let which = version.map_or_else(String::new, |version| format!(", version {version}"));
    let by = who(by);
    format!("last read {} by {by}{which}; `coffer audit show {entry}` tells from where", show::moment(*at))
}

/// A member's id; whoever opens the store without being one is told by a word: its id is nothing but zeros.
fn who(id: &str) -> &str {
    if id.bytes().all(|digit| digit == b'0') { "local" } else { id }
}

fn row(version: &Version) -> [String; 6] {
    let destroyed = version.destroyed.map(|at| format!("destroyed {}", show::moment(at)));
    let file = version.file.as_ref().map(show::file_text);
    let used = (!version.consumers.is_empty()).then(|| format!("used by {}", version.consumers.join(", ")));
    let note = [destroyed, file, used].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let names: Vec<&str> = version.stages.iter().chain(&version.labels).map(String::as_str).collect();
    let message = version.message.clone().unwrap_or_default();
    let (number, created) = (version.version.to_string(), show::moment(version.created));
    [number, created, names.join(", "), who(&version.by).to_owned(), note, message]
}
