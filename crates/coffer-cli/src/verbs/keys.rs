//! `coffer keys`: what opens the store.

use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_engine::unlock::{KeyFile, Passphrase, UnlockError, Unlocker};
use coffer_engine::vault::UnlockerInfo;
use serde_json::json;

use super::show;
use crate::app::App;
use crate::args::{Keys, UnlockerSort};
use crate::error::{CliError, Exit};
use crate::prompt::{Source, Treatment, confirm, value};
use crate::session::{KEY_FILE, Missing, Session, hex};
use crate::settings::passphrase;

pub(super) fn keys(app: &mut App, args: Keys) -> Result<(), CliError> {
    match args {
        Keys::Status => status(app),
        Keys::Add { sort } => add(app, sort),
        Keys::Remove { id, yes } => remove(app, &id, yes),
    }
}

fn status(app: &mut App) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let unlockers = session.ask(async |vault, op| vault.unlockers(op).await)?;
    if app.output.is_json() {
        let list = unlockers.iter().map(|unlocker| {
            json!({
                "id": hex(&unlocker.id),
                "kind": unlocker.kind.name(),
                "created": show::moment(unlocker.created),
            })
        });
        return app.output.json(&json!({ "unlockers": list.collect::<Vec<_>>() }));
    }
    let rows: Vec<[String; 3]> = unlockers
        .iter()
        .map(|unlocker| [hex(&unlocker.id), unlocker.kind.name().to_owned(), show::moment(unlocker.created)])
        .collect();
    app.output.table(["ID", "KIND", "CREATED"], &rows)?;
    if unlockers.len() == 1 {
        app.output.say(
            "there is one unlocker: whoever loses it loses the store. `coffer keys add` sets up another",
        );
    }
    Ok(())
}

/// A passphrase comes from `MASTER_SECRET_KEY` or its file when one is set (the store is opened with its key file
/// then), and from a prompt otherwise.
fn add(app: &mut App, sort: UnlockerSort) -> Result<(), CliError> {
    let settings = app.settings()?;
    let key_path = settings.keys_dir.value.join(KEY_FILE);
    let tenant = TenantName::parse(&settings.tenant.value).map_err(Error::from)?;
    let words = passphrase(&mut app.environment)?;
    let to_open = words.as_ref().map(|words| SecretBytes::copy_from(words.expose()));
    let session = Session::open_with(app, settings, tenant, to_open, Missing::Refuse)?;
    let unlocker: Box<dyn Unlocker> = match (sort, words) {
        (UnlockerSort::Passphrase, Some(words)) => {
            Box::new(Passphrase::new(words, PassphraseIterations::DEFAULT))
        }
        (UnlockerSort::Passphrase, None) => {
            let question = "the new passphrase";
            let given = value(
                &Source::Prompt,
                question,
                Treatment::default(),
                &mut app.person,
                &mut std::io::empty(),
            )?;
            Box::new(Passphrase::new(given.value, PassphraseIterations::DEFAULT))
        }
        (UnlockerSort::KeyFile, _) => {
            let key = match KeyFile::create(&key_path) {
                Err(UnlockError::KeyFileExists(_)) => KeyFile::read(&key_path),
                made => made,
            };
            Box::new(key.map_err(Error::from)?)
        }
    };
    let id = session.ask(async |vault, op| vault.unlocker_add(op, unlocker.as_ref()).await)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "id": hex(&id), "kind": unlocker.kind().name() }));
    }
    app.output.say(&format!("added {} {}: it opens the store by itself", unlocker.kind().name(), hex(&id)));
    Ok(())
}

fn remove(app: &mut App, id: &str, yes: bool) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let unlockers = session.ask(async |vault, op| vault.unlockers(op).await)?;
    let mut fitting = unlockers.iter().filter(|unlocker| !id.is_empty() && hex(&unlocker.id).starts_with(id));
    let (Some(unlocker), None) = (fitting.next(), fitting.next()) else {
        return Err(no_unlocker(&unlockers, id));
    };
    let question = format!(
        "Remove the {} {}? It will not open the store any more.",
        unlocker.kind.name(),
        hex(&unlocker.id)
    );
    confirm(&question, yes, &mut app.person)?;
    let erased = session.ask(async |vault, op| vault.unlocker_remove(op, unlocker.id).await)?;
    if !erased {
        app.output.warn("the store could not overwrite the removed wrap in its own files just now");
    }
    if app.output.is_json() {
        return app.output.json(&json!({ "id": hex(&unlocker.id), "removed": true }));
    }
    app.output.say(&format!("removed the {} {}", unlocker.kind.name(), hex(&unlocker.id)));
    Ok(())
}

fn no_unlocker(unlockers: &[UnlockerInfo], id: &str) -> CliError {
    let fitting = unlockers.iter().filter(|unlocker| hex(&unlocker.id).starts_with(id)).count();
    let cause = match fitting {
        0 => "no unlocker has an id that begins so".to_owned(),
        _ => format!("{fitting} unlockers have an id that begins so"),
    };
    CliError::new(Exit::NotFound, "unlocker.not_found", cause, "`coffer keys status` lists them")
}
