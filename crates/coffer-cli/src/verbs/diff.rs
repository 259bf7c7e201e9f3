//! `coffer diff`: what differs between two versions, or two secrets.
//!
//! # Invariants
//!
//! * Both are read, and each read is logged, as by `coffer get`: whoever may read one of them alone learns nothing.
//! * What was written with references is compared as it was written.
//! * Without `--reveal` no value is printed. Values that are the same never are.

use std::collections::BTreeSet;

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_wire::Value;
use coffer_wire::secret::Secret;

use super::show;
use crate::app::App;
use crate::args::Diff;
use crate::error::CliError;
use crate::output::escaped;
use crate::session::Session;
use crate::store::Missing;
use crate::wiped::WipedBuffer;

mod document;
mod file;

use file::Side;

/// The exit code of what differs, as `diff(1)` has it.
const DIFFERENT: u8 = 1;
/// What a value looks like that is not shown.
const MASK: &str = "********";
/// What stands for the name of a single value, which has none. Should a field be called so too, it is another line.
const SINGLE: &str = "(value)";

/// One value in one of them or in both.
struct Line<'v> {
    /// The field's name; `None`: a single value.
    name: Option<&'v str>,
    from: Option<&'v [u8]>,
    to: Option<&'v [u8]>,
}

pub(super) fn diff(app: &mut App, args: &Diff) -> Result<u8, CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let [which_from, which_to] = args.versions();
    let from_path = session.path(&args.name)?;
    let to_path = args.other.as_deref().map_or_else(|| Ok(from_path.clone()), |other| session.path(other))?;
    let other = match &args.other_tenant {
        None => session.client().clone(),
        Some(name) => session.client_in(app, TenantName::parse(name).map_err(Error::from)?)?,
    };
    let from = file::side(app, session.client(), from_path.as_str(), &which_from)?;
    let to = file::side(app, &other, to_path.as_str(), &which_to)?;
    match (from, to) {
        (Side::Value(from), Side::Value(to)) => values(app, args, &from, &to),
        (from, to) => file::diff(app, &from, (&to, args.other_tenant.as_deref())),
    }
}

fn values(app: &mut App, args: &Diff, from: &Secret, to: &Secret) -> Result<u8, CliError> {
    let lines = compare(&from.value, &to.value);
    let is_alike = from.references == to.references;
    let is_same = is_alike && lines.iter().all(|line| line.from == line.to);
    if !is_alike {
        app.output.say("one of them was written with references, the other without");
    }
    if app.output.is_json() {
        let document = document::Document { from, to, lines: &lines, same: is_same, reveal: args.reveal };
        app.output.value(show::wiped_json(&document)?.expose())?;
    } else {
        let where_to = args.other_tenant.as_deref();
        app.output.value(text(from, (to, where_to), &lines, args.reveal).expose())?;
        if is_same {
            app.output.say("they are the same");
        }
    }
    Ok(if is_same { 0 } else { DIFFERENT })
}

/// The values of both by their names, in order; a single value first.
fn compare<'v>(from: &'v Value, to: &'v Value) -> Vec<Line<'v>> {
    let names: BTreeSet<Option<&str>> = names(from).into_iter().chain(names(to)).collect();
    let line = |name| Line { name, from: of(from, name), to: of(to, name) };
    names.into_iter().map(line).collect()
}

fn names(value: &Value) -> Vec<Option<&str>> {
    match value {
        Value::Bytes(_) => vec![None],
        Value::Fields(fields) => fields.keys().map(|name| Some(name.as_str())).collect(),
    }
}

fn of<'v>(value: &'v Value, name: Option<&str>) -> Option<&'v [u8]> {
    match (value, name) {
        (Value::Bytes(bytes), None) => Some(bytes),
        (Value::Fields(fields), Some(name)) => fields.get(name).map(|field| field.as_slice()),
        _ => None,
    }
}

/// What is said of the tenant that one of the two is in, if it is another one.
fn of_tenant(tenant: Option<&str>) -> String {
    tenant.map_or_else(String::new, |tenant| format!(", tenant {tenant}"))
}

/// As a unified diff has it: `-` what is only in the first, `+` what is only in the second, and what is the same by its name.
fn text(
    from: &Secret,
    (to, tenant): (&Secret, Option<&str>),
    lines: &[Line<'_>],
    reveal: bool,
) -> WipedBuffer {
    let mut out = WipedBuffer::default();
    out.push_str(&format!("--- {}, version {}\n", escaped(&from.path), from.version));
    out.push_str(&format!("+++ {}, version {}{}\n", escaped(&to.path), to.version, of_tenant(tenant)));
    let named = |line: &Line<'_>| escaped(line.name.unwrap_or(SINGLE)).into_owned();
    let width = lines.iter().map(|line| named(line).chars().count()).max().unwrap_or_default();
    for line in lines {
        let name = named(line);
        if line.from == line.to {
            out.push_str(&format!("  {name:<width$}  the same\n"));
            continue;
        }
        for (sign, value) in [('-', line.from), ('+', line.to)] {
            if let Some(value) = value {
                out.push_str(&format!("{sign} {name:<width$}  "));
                push_value(&mut out, value, reveal);
                out.push(b"\n");
            }
        }
    }
    out
}

/// A value on one line: itself when it is text and may be shown. It goes through no memory that is not wiped, but for letters that are
/// escaped.
fn push_value(out: &mut WipedBuffer, value: &[u8], reveal: bool) {
    match std::str::from_utf8(value) {
        Err(_) if value.len() == 1 => out.push_str("no text, 1 byte"),
        Err(_) => out.push_str(&format!("no text, {} bytes", value.len())),
        Ok("") => out.push_str("empty"),
        Ok(_) if !reveal => out.push_str(MASK),
        Ok(text) => {
            for letter in text.chars() {
                out.push_str(&escaped(letter.encode_utf8(&mut [0; 4])));
            }
        }
    }
}

#[cfg(test)]
mod tests;
