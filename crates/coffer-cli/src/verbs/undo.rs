//! `coffer undo`: takes back the last change.

use serde_json::json;

use crate::app::App;
use crate::args::Undo;
use crate::error::CliError;
use crate::session::{Missing, Session};

pub(super) fn undo(app: &mut App, args: &Undo) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let path = session.path(&args.name)?;
    let current = session.ask(async |vault, op| vault.undo(op, &path).await)?;
    if app.output.is_json() {
        let version = current.map(coffer_engine::version::VersionNumber::get);
        return app.output.json(&json!({ "path": path.as_str(), "version": version }));
    }
    app.output.say(&match current {
        Some(version) => format!("{path} is at version {version} again"),
        None => format!("{path} is gone again, as it was before"),
    });
    Ok(())
}
