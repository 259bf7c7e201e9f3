//! `coffer set`: a value, some fields, or what is known about a secret.

use std::collections::BTreeMap;

use coffer_engine::reference::looks_like_template;
use coffer_wire::Value;
use coffer_wire::client::Expect;
use coffer_wire::secret::{SecretWrite, Written};
use zeroize::Zeroizing;

use super::{content, references, show, value};
use crate::app::App;
use crate::args::{Set, refuse_value_in_arguments};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::prompt::Source;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn set(app: &mut App, args: &Set) -> Result<(), CliError> {
    refuse_value_in_arguments(&args.from)?;
    let message = args.why.message()?;
    if args.preview {
        return references::preview(app, &args.name);
    }
    let metadata = args.metadata.patch(edge::now())?;
    let session = Session::open(app, Missing::Create)?.because(message);
    let path = session.path(&args.name)?;
    let about_only = !metadata.is_empty()
        && args.from.source().is_none()
        && args.field.is_empty()
        && args.remove_field.is_empty();
    let expect = match args.if_version {
        None => Expect::Anything,
        Some(0) => Expect::Nothing,
        Some(number) => Expect::Version(number),
    };
    if let Some(file) = content::to_send(args)? {
        let about = (&metadata, args.replace);
        let written = session.client().secret_set_file(path.as_str(), file, about, expect)?;
        return say(app, path.as_str(), &written, "stored a file at");
    }
    let write = if about_only { SecretWrite::default() } else { new_value(app, args, path.as_str())? };
    let write = SecretWrite { metadata, ..write };
    let written = session.client().secret_set(path.as_str(), &write, expect)?;
    let what = if about_only { "noted what is known about" } else { "stored" };
    say(app, path.as_str(), &written, what)
}

fn say(app: &mut App, path: &str, written: &Written, what: &str) -> Result<(), CliError> {
    if app.output.is_json() {
        return app.output.json(&show::written(written));
    }
    app.output.say(&format!("{what} {path}, version {}", written.version));
    Ok(())
}

fn new_value(app: &mut App, args: &Set, path: &str) -> Result<SecretWrite, CliError> {
    if args.field.is_empty() && args.remove_field.is_empty() {
        let value = Some(Value::Bytes(take(app, args, path)?));
        let (references, replace) = (args.references, args.replace);
        return Ok(SecretWrite { value, references, replace, ..SecretWrite::default() });
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
        fields.insert(field.clone(), take(app, args, &format!("{path}, field {field}"))?);
    }
    if args.replace {
        let value = Some(Value::Fields(fields));
        let references = args.references;
        return Ok(SecretWrite { value, references, replace: true, ..SecretWrite::default() });
    }
    // What is to be taken out is not put in before.
    fields.retain(|field, _| !args.remove_field.contains(field));
    let value = Some(Value::Fields(fields)).filter(|_| !args.field.is_empty());
    let remove_fields = args.remove_field.iter().cloned().collect();
    let references = args.references && value.is_some();
    Ok(SecretWrite { value, references, remove_fields, ..SecretWrite::default() })
}

fn take(app: &mut App, args: &Set, what: &str) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let source = args.from.source().unwrap_or(Source::Prompt);
    let value = value::take(app, &source, what, args.from.treatment())?;
    if !args.references && looks_like_template(&value) {
        app.output.warn(&format!(
            "{what} is kept as it is, though `${{..}}` with a path stands in it; --references has it filled in"
        ));
    }
    Ok(value)
}
