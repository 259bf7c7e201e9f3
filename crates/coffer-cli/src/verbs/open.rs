//! `coffer open`: what a sealed file holds, to stdout.

use std::fs;

use coffer_wire::Value;
use coffer_wire::file::OpenFile;

use crate::app::App;
use crate::args::Open;
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn open(app: &mut App, args: &Open) -> Result<(), CliError> {
    let path = app.cwd.join(&args.file);
    let sealed = fs::read(&path).map_err(|error| CliError::io(&args.file.display().to_string(), &error))?;
    let session = Session::open(app, Missing::Refuse)?;
    let secret = session.client().file_open(&OpenFile { file_base64: sealed })?;
    match &secret.value {
        Value::Bytes(bytes) => app.output.value(bytes),
        Value::Fields(_) => Err(CliError::new(
            Exit::Failure,
            "file.no_bytes",
            "the sealed file holds no bytes",
            "name the `.bak` that `coffer import` wrote",
        )),
    }
}
