//! `coffer override`: a value of one's own, in place of the one that all read.

use coffer_wire::Value;
use coffer_wire::secret::Given;
use serde_json::json;

use super::value::take;
use crate::app::App;
use crate::args::{Override, refuse_value_in_arguments};
use crate::error::CliError;
use crate::prompt::Source;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn override_own(app: &mut App, args: &Override) -> Result<(), CliError> {
    refuse_value_in_arguments(&args.from)?;
    let message = args.why.message()?;
    let session = Session::open(app, Missing::Refuse)?.because(message);
    let path = session.path(&args.name)?;
    let done = if args.remove {
        session.client().secret_override_remove(path.as_str())?
    } else {
        let source = args.from.source().unwrap_or(Source::Prompt);
        let value = take(app, &source, path.as_str(), args.from.treatment())?;
        let value = Some(Value::Bytes(value));
        session.client().secret_override(path.as_str(), &Given { value, generate: None })?
    };
    if app.output.is_json() {
        return app.output.json(&json!({ "path": done.path, "version": done.version, "own": done.own }));
    }
    app.output.say(&if done.own {
        format!("{path} is your own value from now on; all others read the current version")
    } else {
        format!("{path} is what all others read, again")
    });
    Ok(())
}
