//! `coffer rm`: into the trash.

use serde_json::json;

use super::references::warn_of_broken;
use crate::app::App;
use crate::args::Rm;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn remove(app: &mut App, args: &Rm) -> Result<(), CliError> {
    let message = args.why.message()?;
    let session = Session::open(app, Missing::Refuse)?.because(message);
    let path = session.path(&args.name)?;
    let removed = session.client().secret_remove(path.as_str())?;
    warn_of_broken(app, path.as_str(), &removed.referred_by);
    if app.output.is_json() {
        return app
            .output
            .json(&json!({ "path": path.as_str(), "removed": true, "referred_by": removed.referred_by }));
    }
    app.output.say(&format!("removed {path}; `coffer undo /{path}` brings it back, for 30 days"));
    Ok(())
}
