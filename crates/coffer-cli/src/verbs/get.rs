//! `coffer get`: the value to stdout, byte for byte.

use coffer_wire::Value;
use coffer_wire::client::{Stage, Which};

use super::show;
use crate::app::App;
use crate::args::{Get, StageName};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn get(app: &mut App, args: &Get) -> Result<(), CliError> {
    let which = which(args)?;
    let session = Session::open(app, Missing::Refuse)?;
    let path = session.path(&args.name)?;
    let secret = session.client().secret_get(path.as_str(), &which)?;
    let version = secret.version;
    if secret.expires.is_some_and(|at| at.millis() < edge::now().millis()) {
        app.output.warn(&format!("{path} has expired"));
    }
    if secret.own {
        app.output.say(&show::own(path.as_str()));
    }
    match (&secret.value, &args.field) {
        (Value::Fields(fields), Some(name)) => match fields.get(name) {
            Some(field) if !app.output.is_json() => app.output.value(field),
            Some(field) => {
                let field = Value::Bytes(field.clone());
                app.output.value(show::value_json(path.as_str(), version, &field)?.expose())
            }
            None => Err(no_field(path.as_str(), name, fields.keys())),
        },
        (Value::Bytes(_), Some(name)) => Err(no_field(path.as_str(), name, std::iter::empty())),
        (value, None) if app.output.is_json() => {
            app.output.value(show::value_json(path.as_str(), version, value)?.expose())
        }
        (Value::Bytes(bytes), None) => app.output.value(bytes),
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
    let said = (args.label.clone().map(Which::Label)).or(args.consumer.clone().map(Which::Consumer));
    match (args.version, args.stage) {
        (Some(number), _) => version(number).map(Which::Version),
        (None, Some(name)) => Ok(Which::Stage(stage(name))),
        (None, None) => Ok(said.unwrap_or(Which::Own)),
    }
}

/// A version's number.
pub(super) fn version(number: u64) -> Result<u64, CliError> {
    if number > 0 {
        return Ok(number);
    }
    Err(CliError::new(
        Exit::Usage,
        "version.invalid",
        "versions are counted from 1",
        "`coffer history NAME` lists them",
    ))
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
