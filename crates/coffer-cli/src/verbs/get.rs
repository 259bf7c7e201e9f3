//! `coffer get`: the value to stdout, byte for byte.

use coffer_wire::client::{Stage, Which};
use coffer_wire::{Moment, Value};
use zeroize::Zeroizing;

use super::{content, show};
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
    if let Some(out) = &args.out {
        return content::save(app, &session, (path.as_str(), &which), (args, out));
    }
    let client = session.client();
    let read = match args.raw {
        true => client.secret_get_raw(path.as_str(), &which),
        false => client.secret_get(path.as_str(), &which),
    };
    let secret = match read {
        Err(error) if content::is(&error, "secret.holds_file") && args.field.is_none() => {
            return content::print(app, &session, path.as_str(), &which);
        }
        read => read?,
    };
    warn_if_expired(app, path.as_str(), secret.expires);
    if secret.own {
        app.output.say(&show::own(path.as_str()));
    }
    let version = secret.version;
    match (&secret.value, &args.field) {
        (value, None) if app.output.is_json() => {
            app.output.value(show::value_json(path.as_str(), version, value)?.expose())
        }
        (value, field) => {
            let field = field_of(path.as_str(), value, field.as_deref())?;
            if !app.output.is_json() {
                return app.output.value(field);
            }
            let field = Value::Bytes(field.clone());
            app.output.value(show::value_json(path.as_str(), version, &field)?.expose())
        }
    }
}

/// Says so where a secret has expired.
pub(super) fn warn_if_expired(app: &mut App, path: &str, expires: Option<Moment>) {
    if expires.is_some_and(|at| at.millis() < edge::now().millis()) {
        app.output.warn(&format!("{path} has expired"));
    }
}

/// The field of a value that is asked for.
pub(super) fn field_of<'v>(
    path: &str,
    value: &'v Value,
    wanted: Option<&str>,
) -> Result<&'v Zeroizing<Vec<u8>>, CliError> {
    match (value, wanted) {
        (Value::Fields(fields), Some(name)) => {
            fields.get(name).ok_or_else(|| no_field(path, name, fields.keys()))
        }
        (Value::Bytes(_), Some(name)) => Err(no_field(path, name, std::iter::empty())),
        (Value::Fields(fields), None) => Err(CliError::new(
            Exit::Usage,
            "field.wanted",
            format!("{path} holds the fields {}", names(fields.keys())),
            "say which with --field, or --json for all",
        )),
        (Value::Bytes(bytes), None) => Ok(bytes),
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
