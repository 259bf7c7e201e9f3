//! `coffer compare`: folders side by side; never values.

use std::collections::BTreeSet;

use coffer_engine::Error;
use coffer_engine::path::FolderPath;
use coffer_wire::compare::{ComparedName, ComparedSecret};
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::Compare;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn compare(app: &mut App, args: &Compare) -> Result<(), CliError> {
    let folders = args.folders.iter().map(|raw| folder(raw)).collect::<Result<Vec<_>, _>>()?;
    let session = Session::open(app, Missing::Refuse)?;
    let mut compared = session.client().secret_compare(&folders)?;
    if args.only_missing || args.only_different {
        compared.names.retain(|name| {
            args.only_missing && is_missing(name) || args.only_different && is_different(name)
        });
    }
    if app.output.is_json() {
        let names = compared.names.iter().map(|name| {
            let found = name.found.iter().map(|found| found.as_ref().map(document));
            json!({ "name": name.name, "found": found.collect::<Vec<_>>() })
        });
        return app.output.json(&json!({ "folders": folders, "names": names.collect::<Vec<_>>() }));
    }
    if compared.names.is_empty() {
        app.output.say("nothing to show");
        return Ok(());
    }
    let shown = |folder: &String| if folder.is_empty() { "/".to_owned() } else { folder.clone() };
    let head = [vec!["NAME".to_owned()], folders.iter().map(shown).collect()].concat();
    let row = |name: &ComparedName| {
        let cells = name.found.iter().map(|found| found.as_ref().map_or_else(|| "-".to_owned(), cell));
        [vec![name.name.clone()], cells.collect()].concat()
    };
    app.output.columns(&head, &compared.names.iter().map(row).collect::<Vec<_>>())
}

/// A folder from the root on: those of other environments are meant, so none lies in the project's.
pub(super) fn folder(raw: &str) -> Result<String, CliError> {
    let path = raw.strip_prefix('/').unwrap_or(raw);
    let folder = FolderPath::parse(path.strip_suffix('/').unwrap_or(path)).map_err(Error::from)?;
    Ok(folder.as_str().to_owned())
}

fn is_missing(name: &ComparedName) -> bool {
    name.found.iter().any(Option::is_none)
}

/// Whether two of those that are there differ, or it is not known of one.
fn is_different(name: &ComparedName) -> bool {
    let there = || name.found.iter().flatten();
    let groups: BTreeSet<&Option<String>> = there().map(|found| &found.group).collect();
    there().count() > 1 && (groups.len() > 1 || groups.contains(&None))
}

fn cell(found: &ComparedSecret) -> String {
    let group = found.group.as_ref().map(|group| format!(" {group}")).unwrap_or_default();
    let kind = if found.is_file { " file" } else { "" };
    format!("v{}{kind}{group}", found.version)
}

fn document(found: &ComparedSecret) -> serde_json::Value {
    json!({ "version": found.version, "changed": show::moment(found.changed), "group": found.group, "is_file": found.is_file })
}
