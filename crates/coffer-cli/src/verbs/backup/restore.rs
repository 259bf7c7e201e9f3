//! `coffer backup restore`: made fit to be used before anybody can use it, and only then a store.
//!
//! In a folder it is made beside its place and put there. In a database it lies in its place from the beginning, and says so: nobody opens
//! it, and who restores into it again begins anew.

use std::fs;
use std::io::BufReader;
use std::path::Path;

use coffer_engine::vault::{BackupFile, LoadedBackup, Restored};
use coffer_engine::{Error, block_on};
use serde_json::json;

use super::scratch::Scratch;
use super::{hex, opened};
use crate::app::App;
use crate::args::BackupRestore;
use crate::error::{CliError, Exit};
use crate::place::Place;
use crate::progress::counting;
use crate::session::here_only;
use crate::store::{Store, Unlockers};
use crate::verbs::show::{self, timestamp};

pub(super) fn restore(app: &mut App, args: &BackupRestore) -> Result<(), CliError> {
    let settings = app.settings()?;
    here_only(&settings, "backup restore")?;
    let place = match &args.to {
        Some(to) => Place::named(("--to", to), &settings, &app.environment)?,
        None => Place::of(&settings, &app.environment)?,
    };
    if let Place::Folder(folder) = &place {
        is_empty(folder)?;
    }
    let unlockers = Unlockers::given(app, &settings)?;
    let mut from = BufReader::new(opened(&args.file)?);
    let file = BackupFile::begin(&mut from)?;
    let scratch = match &place {
        Place::Folder(folder) => Some((beside(folder)?, folder)),
        Place::Database(_) => None,
    };
    let storage = match &scratch {
        Some((scratch, _)) => scratch.storage()?,
        None => place.make().map_err(Error::from)?,
    };
    let bar = counting(app, "records");
    let told = |records| bar.set_position(records);
    let (loaded, unfinished) = block_on(file.load_unfinished(&unlockers.all(), storage, &told))?;
    bar.finish_and_clear();
    let store = Store::copy(&settings, unfinished.storage(), &unlockers)?;
    let restored = store.ask(async |vault, op| vault.backup_restored(op, &loaded, args.keep_tokens).await)?;
    // Of those who have it open, the last is who finishes it.
    drop(store);
    block_on(unfinished.finish()).map_err(Error::from)?;
    if let Some((scratch, folder)) = scratch {
        scratch.keep_as(folder)?;
    }
    tell(app, &place, args, &loaded, restored)
}

/// A folder beside where this one belongs.
fn beside(folder: &Path) -> Result<Scratch, CliError> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    Scratch::in_folder(parent.unwrap_or(Path::new(".")))
}

fn tell(
    app: &mut App,
    place: &Place,
    args: &BackupRestore,
    loaded: &LoadedBackup,
    restored: Restored,
) -> Result<(), CliError> {
    let LoadedBackup { info, signed, .. } = loaded;
    if app.output.is_json() {
        return app.output.json(&json!({
            "id": hex(&info.id),
            "store": place.to_string(),
            "made": timestamp(info.made),
            "tenants": restored.tenants,
            "records": signed.records,
            "ended": restored.ended,
            "locked": restored.locked,
            "tokens_kept": args.keep_tokens,
            "log_size": signed.size,
            "log_root": signed.root.to_base64(),
        }));
    }
    let made = timestamp(info.made);
    let (tenants, records) =
        (show::counted(restored.tenants, "tenant"), show::counted(signed.records, "record"));
    app.output.say(&format!("restored {tenants}, {records}, into {place}"));
    app.output.say(&format!("  as it was at {made}: what was set since then is not there"));
    app.output.say(&format!(
        "  what was revoked or destroyed since {made} is back: members, rights, passwords, client secrets, values"
    ));
    app.output.say(&match args.keep_tokens {
        true => "  tokens are kept, those that were revoked since then, too".to_owned(),
        false => {
            format!("  {} tokens and one-time codes were ended: everybody signs in anew", restored.ended)
        }
    });
    if restored.locked > 0 {
        app.output.say(&format!(
            "  {} locked by their own members: their tokens could not be ended, and are good again once one is unlocked",
            show::counted(restored.locked, "tenant")
        ));
    }
    app.output.say(&format!(
        "  the instance's log had {} entries when it was signed, root {}",
        signed.size,
        signed.root.to_base64()
    ));
    app.output.say(
        "  `coffer audit verify --known CHECKPOINT` with one that somebody kept tells how much is missing",
    );
    Ok(())
}

/// Where anything is, nothing is restored.
fn is_empty(place: &Path) -> Result<(), CliError> {
    match fs::read_dir(place) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(CliError::new(
                Exit::Usage,
                "restore.not_empty",
                format!("there is something in {} already", place.display()),
                "name an empty place with --to; or move the store that is there away, and keep it",
            )),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(CliError::io(&place.display().to_string(), &error)),
    }
}
