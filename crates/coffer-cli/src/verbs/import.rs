//! `coffer import`: a `.env` file becomes secrets.
//!
//! A directory without a `coffer.toml` gets one, so that two projects never share a folder of the store by accident.
//!
//! In this order, so that a failure at any point loses nothing: the secrets are committed; a sealed copy of the file and
//! a list of its names are written beside it; then the file is deleted, if that is wanted and it is still the one that
//! was read.

mod beside;
mod project;

use std::fs;
use std::path::{Path, PathBuf};

use coffer_engine::Error;
use coffer_engine::path::FolderPath;
use coffer_wire::Value;
use coffer_wire::secret::{BatchItem, BatchRead, BatchWrite};
use serde_json::json;
use zeroize::Zeroizing;

use super::{files, show};
use crate::app::App;
use crate::args::Import;
use crate::dotenv::{DotEnv, FILE_MAX_BYTES, ProblemKind, Refused, read};
use crate::error::{CliError, Exit};
use crate::prompt::{Asker, agrees};
use crate::session::Session;
use crate::store::Missing;

use beside::{Deleted, delete, write_beside};

/// What was done with the variables.
#[derive(Default)]
struct Stored {
    new: usize,
    changed: usize,
    same: usize,
}

pub(super) fn import(app: &mut App, args: &Import) -> Result<(), CliError> {
    let message = args.why.message()?;
    let shown = args.file.display().to_string();
    // The file itself, when a link leads to it: deleting the link would leave the values where they are.
    let path = fs::canonicalize(app.cwd.join(&args.file)).map_err(|error| CliError::io(&shown, &error))?;
    let original = read_file(&path, &shown)?;
    let file = read(&original).map_err(|refused| refused.into_error(&shown))?;
    for warning in &file.warnings {
        app.output.warn(&format!("{shown}, {warning}"));
    }
    if file.entries.is_empty() {
        return Err(CliError::new(
            Exit::Usage,
            "dotenv.empty",
            format!("{shown} sets no variable that could be imported"),
            "name the right file: `coffer import FILE`",
        ));
    }
    let project = project::name(app, args.no_files)?;
    if let Some(project) = &project {
        app.globals.app = Some(project.clone());
    }
    let session = Session::open(app, Missing::Create)?.because(message);
    let folder = session.folder(None)?;
    let stored = store(&session, &folder, &file)?;
    let own = own_names(&file);
    app.output.say(&format!(
        "{shown}: {} in {folder}: {} new, {} changed, {} as before",
        show::counted(file.entries.len(), "variable"),
        stored.new,
        stored.changed,
        stored.same,
    ));
    if !own.is_empty() {
        app.output.say(&format!(
            "not imported, because they set up Coffer itself and stay in the file: {}",
            own.join(", ")
        ));
    }
    let mut beside = if args.no_files {
        Vec::new()
    } else {
        write_beside(app, &session, &folder, &path, &original, &file)?
    };
    if let Some(project) = &project {
        beside.push(project::write(app, project, &folder)?);
    }
    let deleted =
        if wants_deletion(app, args, &shown)? { delete(&path, &original, &file)? } else { Deleted::Kept };
    say_the_end(app, &shown, deleted);
    if app.output.is_json() {
        let document = json!({
            "file": path.display().to_string(),
            "folder": folder.as_str(),
            "variables": file.entries.iter().map(|entry| &entry.name).collect::<Vec<_>>(),
            "new": stored.new,
            "changed": stored.changed,
            "same": stored.same,
            "not_imported": own,
            "written": beside.iter().map(|path: &PathBuf| path.display().to_string()).collect::<Vec<_>>(),
            "deleted": deleted != Deleted::Kept,
        });
        return app.output.json(&document);
    }
    Ok(())
}

fn read_file(path: &Path, shown: &str) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let failed = |error| CliError::io(shown, &error);
    let about = fs::metadata(path).map_err(failed)?;
    if about.len() > u64::try_from(FILE_MAX_BYTES).unwrap_or(u64::MAX) {
        let problem = crate::dotenv::Problem { line: 1, kind: ProblemKind::FileTooLong };
        return Err(Refused(vec![problem]).into_error(shown));
    }
    // One allocation of the file's length: nothing is left behind by growing.
    fs::read(path).map(Zeroizing::new).map_err(failed)
}

/// Stores what is new or differs, all of it or nothing. What is there already with the same value gets no version.
fn store(session: &Session, folder: &FolderPath, file: &DotEnv) -> Result<Stored, CliError> {
    let listing = session.client().secret_list(folder.as_str(), false)?;
    let is_imported = |path: &String| file.entries.iter().any(|entry| entry.name == files::name(path));
    let there: Vec<String> =
        listing.secrets.into_iter().map(|secret| secret.path).filter(is_imported).collect();
    let current = if there.is_empty() {
        Vec::new()
    } else {
        let wanted = BatchRead { paths: Some(there), shared: true, raw: true, ..BatchRead::default() };
        session.client().secret_get_together(&wanted)?.secrets
    };
    let mut stored = Stored::default();
    let mut writes = Vec::new();
    for entry in &file.entries {
        let path = folder.secret(&entry.name).map_err(Error::from)?;
        let known = current.iter().find(|secret| secret.path == path.as_str());
        match known.map(|secret| (&secret.value, secret.references)) {
            Some((Value::Bytes(value), false)) if entry.value.same_as(value) => {
                stored.same = stored.same.saturating_add(1);
                continue;
            }
            Some(_) => stored.changed = stored.changed.saturating_add(1),
            None => stored.new = stored.new.saturating_add(1),
        }
        let value = Value::Bytes(Zeroizing::new(entry.value.expose().to_vec()));
        // In place of what was compared, and of nothing that has come since.
        let if_version = Some(known.map_or(0, |secret| secret.version));
        writes.push(BatchItem { if_version, overwrite: false, ..BatchItem::new(path.as_str(), value) });
    }
    if !writes.is_empty() {
        session.client().secret_set_together(&BatchWrite { secrets: writes })?;
    }
    Ok(stored)
}

fn own_names(file: &DotEnv) -> Vec<&str> {
    let mut names: Vec<&str> = file.own.iter().map(|own| own.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn wants_deletion(app: &mut App, args: &Import, shown: &str) -> Result<bool, CliError> {
    if args.delete || args.keep || args.no_files || !app.person.is_there() {
        return Ok(args.delete);
    }
    agrees(
        &format!("Delete {shown}? Its variables are in the store, and a sealed copy of it lies beside it."),
        &mut app.person,
    )
}

fn say_the_end(app: &mut App, shown: &str, deleted: Deleted) {
    app.output.say(&match deleted {
        Deleted::Kept => {
            format!("{shown} is still there, in clear; `coffer import {shown} --delete` deletes it")
        }
        Deleted::All => format!("deleted {shown}; copies elsewhere (backups, version control) are not"),
        Deleted::AllButOwn => {
            format!("deleted everything from {shown} but Coffer's own settings; copies elsewhere are not")
        }
    });
    app.output.say("next: `coffer run -- COMMAND`");
}
