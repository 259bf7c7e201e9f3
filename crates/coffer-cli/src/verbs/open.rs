//! `coffer open`: what a sealed file holds, to stdout.

use std::fs;

use coffer_engine::secret::Value;

use crate::app::App;
use crate::args::Open;
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session};

pub(super) fn open(app: &mut App, args: &Open) -> Result<(), CliError> {
    let path = app.cwd.join(&args.file);
    let sealed = fs::read(&path).map_err(|error| CliError::io(&args.file.display().to_string(), &error))?;
    let session = Session::open(app, Missing::Refuse)?;
    let secret = session.ask(async |vault, op| vault.file_open(op, &sealed).await)?;
    match secret.value() {
        Value::Bytes(bytes) => app.output.value(bytes.expose()),
        Value::Fields(_) => Err(CliError::new(
            Exit::Failure,
            "file.no_bytes",
            "the sealed file holds no bytes",
            "name the `.bak` that `coffer import` wrote",
        )),
    }
}
