//! `coffer set`: a value, some fields, or what is known about a secret.

use std::collections::BTreeMap;
use std::io;

use coffer_encryption::SecretBytes;
use coffer_engine::secret::Value;
use coffer_engine::vault::{Expect, NewValue, Write};
use coffer_engine::version::VersionNumber;

use super::show;
use crate::app::App;
use crate::args::{Set, refuse_value_in_arguments};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::prompt::{Source, value};
use crate::session::{Missing, Session};

pub(super) fn set(app: &mut App, args: &Set) -> Result<(), CliError> {
    refuse_value_in_arguments(&args.from)?;
    let metadata = args.metadata.patch(edge::now())?;
    let session = Session::open(app, Missing::Create)?;
    let path = session.path(&args.name)?;
    let about_only = !metadata.is_empty()
        && args.from.source().is_none()
        && args.field.is_empty()
        && args.remove_field.is_empty();
    let new_value = if about_only { None } else { Some(new_value(app, args, path.as_str())?) };
    let expect = match args.if_version {
        None => Expect::Anything,
        Some(number) => VersionNumber::new(number).map_or(Expect::Nothing, Expect::Version),
    };
    let write = Write { path: path.clone(), value: new_value, expect, metadata };
    let written = session.ask(async |vault, op| vault.set(op, write).await)?;
    if app.output.is_json() {
        return app.output.json(&show::written(path.as_str(), written));
    }
    let what = if about_only { "noted what is known about" } else { "stored" };
    app.output.say(&format!("{what} {path}, version {}", written.version));
    Ok(())
}

fn new_value(app: &mut App, args: &Set, path: &str) -> Result<NewValue, CliError> {
    if args.field.is_empty() && args.remove_field.is_empty() {
        let value = Value::Bytes(take(app, args, path)?);
        return Ok(if args.replace { NewValue::Replace(value) } else { NewValue::Set(value) });
    }
    let piped = matches!(args.from.source(), Some(Source::Stdin | Source::File(_)));
    if piped && args.field.len() > 1 {
        return Err(CliError::new(
            Exit::Usage,
            "value.one_source",
            "stdin or a file holds one value, and several fields want one each",
            "set one field at a time, or leave the source out to be asked for each",
        ));
    }
    let mut fields = BTreeMap::new();
    for field in &args.field {
        fields.insert(field.clone(), Some(take(app, args, &format!("{path}, field {field}"))?));
    }
    if args.replace {
        let whole = fields.into_iter().filter_map(|(name, field)| Some((name, field?))).collect();
        return Ok(NewValue::Replace(Value::Fields(whole)));
    }
    fields.extend(args.remove_field.iter().map(|field| (field.clone(), None)));
    Ok(NewValue::Merge(fields))
}

fn take(app: &mut App, args: &Set, what: &str) -> Result<SecretBytes, CliError> {
    let source = args.from.source().unwrap_or(Source::Prompt);
    let given = value(&source, what, args.from.treatment(), &mut app.person, &mut io::stdin().lock())?;
    if given.ends_with_newline {
        app.output.warn("the value ends with a newline, which was kept; --trim takes it off");
    }
    Ok(given.value)
}
