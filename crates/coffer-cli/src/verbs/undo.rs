//! `coffer undo`: takes back the last change.

use serde_json::json;

use crate::app::App;
use crate::args::Undo;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn undo(app: &mut App, args: &Undo) -> Result<(), CliError> {
    let message = args.why.message()?;
    let session = Session::open(app, Missing::Refuse)?.because(message);
    let path = session.path(&args.name)?;
    let current = session.client().secret_undo(path.as_str())?.version;
    if app.output.is_json() {
        return app.output.json(&json!({ "path": path.as_str(), "version": current }));
    }
    app.output.say(&match current {
        Some(version) => format!("{path} is at version {version} again"),
        None => format!("{path} is gone again, as it was before"),
    });
    Ok(())
}
