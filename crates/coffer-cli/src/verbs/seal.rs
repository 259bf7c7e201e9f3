//! `coffer seal`: a server forgets its keys.

use serde_json::json;

use crate::app::App;
use crate::args::Seal;
use crate::error::CliError;
use crate::prompt::confirm;
use crate::remote::Remote;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn seal(app: &mut App, args: &Seal) -> Result<(), CliError> {
    let remote = Remote::needed(app, "seal")?;
    let session = Session::open(app, Missing::Refuse)?;
    let question = format!("Seal {}? It answers nothing until somebody unseals it.", remote.address);
    confirm(&question, args.yes, &mut app.person)?;
    let sealed = session.client().store_seal()?;
    if app.output.is_json() {
        return app.output.json(&json!({ "sealed": true, "keys_forgotten": sealed.keys_forgotten }));
    }
    app.output.say(if sealed.keys_forgotten {
        "sealed: its keys are forgotten; `coffer unseal` gives them back"
    } else {
        "sealed: requests that were under way still hold its keys, and let go as they end; `coffer unseal` gives them back"
    });
    Ok(())
}
