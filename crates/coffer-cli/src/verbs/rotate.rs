//! `coffer rotate`: a new value; the old one stays as `previous`.

use coffer_wire::Value;
use coffer_wire::secret;

use super::show;
use super::value::take;
use crate::app::App;
use crate::args::{Rotate, refuse_value_in_arguments};
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn rotate(app: &mut App, args: &Rotate) -> Result<(), CliError> {
    refuse_value_in_arguments(&args.from)?;
    let message = args.why.message()?;
    let session = Session::open(app, Missing::Refuse)?.because(message);
    let path = session.path(&args.name)?;
    let value = take(app, &args.source(), path.as_str(), args.from.treatment())?;
    let value = Some(Value::Bytes(value));
    let written = session.client().secret_rotate(path.as_str(), &secret::Given { value, generate: None })?;
    if app.output.is_json() {
        return app.output.json(&show::written(&written));
    }
    app.output.say(&format!(
        "rotated {path}: version {} is current, the one before it is `previous`",
        written.version
    ));
    Ok(())
}
