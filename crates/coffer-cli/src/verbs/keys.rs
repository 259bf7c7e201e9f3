//! `coffer keys`: what opens the store.

use std::fs;

use coffer_encryption::SecretBytes;
use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_engine::unlock::{KeyFile, UnlockError};
use coffer_wire::Plain;
use coffer_wire::unlocker::{NewUnlocker, Unlocker};
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::{Keys, UnlockerSort};
use crate::error::{CliError, Exit};
use crate::prompt::{Source, Treatment, confirm, value};
use crate::session::Session;
use crate::settings::{Settings, passphrase};
use crate::store::{KEY_FILE, Missing, Store};

pub(super) fn keys(app: &mut App, args: Keys) -> Result<(), CliError> {
    match args {
        Keys::Status => status(app),
        Keys::Add { sort } => add(app, sort),
        Keys::Remove { id, yes } => remove(app, &id, yes),
    }
}

fn status(app: &mut App) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let unlockers = session.client().unlocker_list()?.unlockers;
    if app.output.is_json() {
        let list = unlockers.iter().map(|unlocker| {
            json!({ "id": unlocker.id, "kind": unlocker.kind, "created": show::moment(unlocker.created) })
        });
        return app.output.json(&json!({ "unlockers": list.collect::<Vec<_>>() }));
    }
    let rows: Vec<[String; 3]> = unlockers
        .iter()
        .map(|unlocker| [unlocker.id.clone(), unlocker.kind.clone(), show::moment(unlocker.created)])
        .collect();
    app.output.table(["ID", "KIND", "CREATED"], &rows)?;
    if unlockers.len() == 1 {
        app.output.say(
            "there is one unlocker: whoever loses it loses the store. `coffer keys add` sets up another",
        );
    }
    Ok(())
}

/// A passphrase comes from `MASTER_SECRET_KEY` or its file when one is set (a store in this process is opened with its key file then), and
/// from a prompt otherwise.
fn add(app: &mut App, sort: UnlockerSort) -> Result<(), CliError> {
    let settings = app.settings()?;
    let words = passphrase(&mut app.environment)?;
    let to_open = words.as_ref().map(|words| SecretBytes::copy_from(words.expose()));
    let session = session(app, settings.clone(), to_open)?;
    let wanted = match (sort, words) {
        (UnlockerSort::Passphrase, Some(words)) => NewUnlocker::Passphrase(plain(&words)?),
        (UnlockerSort::Passphrase, None) => {
            let (from, how) = (Source::Prompt, Treatment::default());
            let given = value(&from, "the new passphrase", how, &mut app.person, &mut std::io::empty())?;
            NewUnlocker::Passphrase(plain(&given.value)?)
        }
        (UnlockerSort::KeyFile, _) => NewUnlocker::KeyFile(key_file(&settings)?),
    };
    let made = session.client().unlocker_add(&wanted)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "id": made.id, "kind": made.kind }));
    }
    app.output.say(&format!("added {} {}: it opens the store by itself", made.kind, made.id));
    Ok(())
}

/// Whom to ask; a store in this process is opened with the passphrase that was taken already.
fn session(app: &mut App, settings: Settings, words: Option<SecretBytes>) -> Result<Session, CliError> {
    if settings.server().is_some() {
        return Session::open(app, Missing::Refuse);
    }
    let tenant = TenantName::parse(&settings.tenant.value).map_err(Error::from)?;
    Session::of(Store::open_with(app, settings, tenant, words, Missing::Refuse)?)
}

fn plain(words: &SecretBytes) -> Result<Plain, CliError> {
    let text = std::str::from_utf8(words.expose()).map_err(|_| {
        CliError::new(
            Exit::Usage,
            "passphrase.not_text",
            "the passphrase is no text",
            "a passphrase is typed by people: let it be UTF-8",
        )
    })?;
    Ok(Plain::new(text.to_owned()))
}

/// What stands in the key file of this machine, which is made if there is none: it is there before anything is to be opened with it.
fn key_file(settings: &Settings) -> Result<Plain, CliError> {
    let path = settings.keys_dir.value.join(KEY_FILE);
    match KeyFile::create(&path) {
        Err(UnlockError::KeyFileExists(_)) => KeyFile::read(&path),
        made => made,
    }
    .map_err(Error::from)?;
    let text =
        fs::read_to_string(&path).map_err(|error| CliError::io(&path.display().to_string(), &error))?;
    Ok(Plain::new(text))
}

fn remove(app: &mut App, id: &str, yes: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let unlockers = session.client().unlocker_list()?.unlockers;
    let mut fitting = unlockers.iter().filter(|unlocker| !id.is_empty() && unlocker.id.starts_with(id));
    let (Some(unlocker), None) = (fitting.next(), fitting.next()) else {
        return Err(no_unlocker(&unlockers, id));
    };
    let Unlocker { id, kind, .. } = unlocker;
    let question = format!("Remove the {kind} {id}? It will not open the store any more.");
    confirm(&question, yes, &mut app.person)?;
    let removed = session.client().unlocker_remove(id)?;
    if !removed.erased {
        app.output.warn("the store could not overwrite the removed wrap in its own files just now");
    }
    if app.output.is_json() {
        return app.output.json(&json!({ "id": id, "removed": true }));
    }
    app.output.say(&format!("removed the {kind} {id}"));
    Ok(())
}

fn no_unlocker(unlockers: &[Unlocker], id: &str) -> CliError {
    let fitting = unlockers.iter().filter(|unlocker| unlocker.id.starts_with(id)).count();
    let cause = match fitting {
        0 => "no unlocker has an id that begins so".to_owned(),
        _ => format!("{fitting} unlockers have an id that begins so"),
    };
    CliError::new(Exit::NotFound, "unlocker.not_found", cause, "`coffer keys status` lists them")
}
