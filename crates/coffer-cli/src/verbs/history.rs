//! `coffer history`: versions, stages, metadata; never values.

use coffer_wire::secret::Version;
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
                "destroyed": version.destroyed.map(show::moment),
                "message": version.message,
            })
        });
        return app.output.json(&json!({
            "path": path.as_str(),
            "versions": versions.collect::<Vec<_>>(),
            "metadata": show::metadata(&history.metadata),
            "trashed": history.trashed.map(show::moment),
            "undo_steps": history.undo_steps,
        }));
    }
    let rows: Vec<[String; 6]> = history.versions.iter().map(row).collect();
    app.output.table(["VERSION", "CREATED", "STAGE", "BY", "NOTE", "MESSAGE"], &rows)?;
    let about = show::about(&history.metadata);
    if !about.is_empty() {
        app.output.say(&about);
    }
    if let Some(at) = history.trashed {
        app.output.say(&format!("in the trash since {}; `coffer undo` brings it back", show::moment(at)));
    }
    Ok(())
}

fn row(version: &Version) -> [String; 6] {
    let note = version.destroyed.map_or_else(String::new, |at| format!("destroyed {}", show::moment(at)));
    let message = version.message.clone().unwrap_or_default();
    let (number, created) = (version.version.to_string(), show::moment(version.created));
    [number, created, version.stages.join(", "), version.by.clone(), note, message]
}
