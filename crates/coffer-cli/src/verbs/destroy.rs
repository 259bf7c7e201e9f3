//! `coffer destroy`: for good.

use coffer_wire::secret;
use serde_json::json;

use super::get::version;
use super::references::warn_of_broken;
use super::show;
use crate::app::App;
use crate::args::Destroy;
use crate::error::CliError;
use crate::prompt::confirm;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn destroy(app: &mut App, args: &Destroy) -> Result<(), CliError> {
    let message = args.why.message()?;
    let only = args.version.map(version).transpose()?;
    let session = Session::open(app, Missing::Refuse)?.because(message);
    let path = session.path(&args.name)?;
    let question = match only {
        Some(version) => format!("Destroy version {version} of {path}? Nothing brings it back."),
        None => format!("Destroy {path} with all its versions? Nothing brings it back."),
    };
    confirm(&question, args.yes, &mut app.person)?;
    let wanted = secret::Destroy { version: only };
    let gone = session.client().secret_destroy(path.as_str(), &wanted)?;
    warn_of_broken(app, path.as_str(), &gone.referred_by);
    if !gone.erased {
        app.output.warn(
            "the keys are gone, so nothing opens the values any more; their sealed bytes could not be overwritten yet",
        );
    }
    let versions = gone.versions;
    if app.output.is_json() {
        let document = json!({
            "path": path.as_str(),
            "versions_destroyed": versions,
            "erased": gone.erased,
            "referred_by": gone.referred_by,
        });
        return app.output.json(&document);
    }
    app.output.say(&format!("destroyed {path}: {}", show::counted(versions, "version")));
    Ok(())
}
