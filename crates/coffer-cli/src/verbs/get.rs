//! `coffer get`: the value to stdout, byte for byte.

use coffer_engine::secret::Value;
use coffer_engine::version::{Stage, VersionNumber, Which};

use super::show;
use crate::app::App;
use crate::args::{Get, StageName};
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session};

pub(super) fn get(app: &mut App, args: &Get) -> Result<(), CliError> {
    let which = which(args)?;
    let session = Session::open(app, Missing::Refuse)?;
    let path = session.path(&args.name)?;
    let secret = session.ask(async |vault, op| vault.get(op, &path, which).await)?;
    let version = secret.version().get();
    match (secret.value(), &args.field) {
        (Value::Fields(fields), Some(name)) => match fields.get(name) {
            Some(field) if !app.output.is_json() => app.output.value(field.expose()),
            Some(field) => {
                let field = Value::Bytes(coffer_encryption::SecretBytes::copy_from(field.expose()));
                app.output.value(show::value_json(path.as_str(), version, &field)?.expose())
            }
            None => Err(no_field(path.as_str(), name, fields.keys())),
        },
        (Value::Bytes(_), Some(name)) => Err(no_field(path.as_str(), name, std::iter::empty())),
        (value, None) if app.output.is_json() => {
            app.output.value(show::value_json(path.as_str(), version, value)?.expose())
        }
        (Value::Bytes(bytes), None) => app.output.value(bytes.expose()),
        (Value::Fields(fields), None) => Err(CliError::new(
            Exit::Usage,
            "field.wanted",
            format!("{path} holds the fields {}", names(fields.keys())),
            "say which with --field, or --json for all",
        )),
    }
}

fn which(args: &Get) -> Result<Which, CliError> {
    let stage = |stage| match stage {
        StageName::Current => Stage::Current,
        StageName::Pending => Stage::Pending,
        StageName::Previous => Stage::Previous,
    };
    match (args.version, args.stage) {
        (Some(number), _) => version(number).map(Which::Number),
        (None, Some(name)) => Ok(Which::Stage(stage(name))),
        (None, None) => Ok(Which::CURRENT),
    }
}

/// A version by its number.
pub(super) fn version(number: u64) -> Result<VersionNumber, CliError> {
    VersionNumber::new(number).ok_or_else(|| {
        CliError::new(
            Exit::Usage,
            "version.invalid",
            "versions are counted from 1",
            "`coffer history NAME` lists them",
        )
    })
}

fn no_field<'n>(path: &str, name: &str, there: impl Iterator<Item = &'n String>) -> CliError {
    let there = names(there);
    let fix = if there.is_empty() {
        "it holds one value: leave out --field".to_owned()
    } else {
        format!("it has {there}")
    };
    CliError::new(Exit::NotFound, "field.not_found", format!("{path} has no field {name}"), fix)
}

fn names<'n>(fields: impl Iterator<Item = &'n String>) -> String {
    fields.map(String::as_str).collect::<Vec<_>>().join(", ")
}
