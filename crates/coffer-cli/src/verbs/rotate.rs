//! `coffer rotate`: a new value; the old one stays as `previous`.

use std::io;

use coffer_wire::Value;
use coffer_wire::secret;
use zeroize::Zeroizing;

use super::show;
use crate::app::App;
use crate::args::{Rotate, refuse_value_in_arguments};
use crate::error::CliError;
use crate::prompt::value;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn rotate(app: &mut App, args: &Rotate) -> Result<(), CliError> {
    refuse_value_in_arguments(&args.from)?;
    let message = args.why.message()?;
    let session = Session::open(app, Missing::Refuse)?.because(message);
    let path = session.path(&args.name)?;
    let given = value(
        &args.source(),
        path.as_str(),
        args.from.treatment(),
        &mut app.person,
        &mut io::stdin().lock(),
    )?;
    if given.ends_with_newline {
        app.output.warn("the value ends with a newline, which was kept; --trim takes it off");
    }
    let value = Some(Value::Bytes(Zeroizing::new(given.value.expose().to_vec())));
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
