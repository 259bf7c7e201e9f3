//! `coffer override`: a value of one's own, in place of the one that all read.

use std::io;

use coffer_wire::Value;
use coffer_wire::secret::Given;
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::App;
use crate::args::{Override, refuse_value_in_arguments};
use crate::error::CliError;
use crate::prompt::{Source, value};
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
        let treatment = args.from.treatment();
        let given = value(&source, path.as_str(), treatment, &mut app.person, &mut io::stdin().lock())?;
        if given.ends_with_newline {
            app.output.warn("the value ends with a newline, which was kept; --trim takes it off");
        }
        let value = Some(Value::Bytes(Zeroizing::new(given.value.expose().to_vec())));
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
