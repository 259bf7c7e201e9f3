//! `coffer backup ls` and `forget`: what the instance knows of backups that were made of it.

use coffer_engine::vault::KnownBackup;
use serde_json::json;

use super::hex;
use crate::app::App;
use crate::args::BackupForget;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::prompt::confirm;
use crate::store::{Missing, Store};
use crate::verbs::show::timestamp;

pub(super) fn list(app: &mut App) -> Result<(), CliError> {
    let store = Store::here(app, "backup ls", Missing::Refuse)?;
    let known = store.ask(async |vault, op| vault.backup_list(op).await)?;
    let now = edge::now();
    if app.output.is_json() {
        let list = known.iter().map(|known| {
            json!({
                "id": hex(&known.id),
                "made": timestamp(known.made),
                "expires": timestamp(known.expires),
                "expired": known.expires <= now,
                "sealed_bytes": known.bytes,
            })
        });
        return app.output.json(&json!({ "backups": list.collect::<Vec<_>>() }));
    }
    let bytes = |known: &KnownBackup| match known.bytes {
        Some(bytes) => bytes.to_string(),
        None => "not finished".to_owned(),
    };
    let expires = |known: &KnownBackup| {
        format!("{}{}", timestamp(known.expires), if known.expires <= now { " (expired)" } else { "" })
    };
    let rows: Vec<[String; 4]> = known
        .iter()
        .map(|known| [hex(&known.id), timestamp(known.made), expires(known), bytes(known)])
        .collect();
    app.output.table(["ID", "MADE", "EXPIRES", "BYTES"], &rows)
}

pub(super) fn forget(app: &mut App, args: &BackupForget) -> Result<(), CliError> {
    let store = Store::here(app, "backup forget", Missing::Refuse)?;
    let known = store.ask(async |vault, op| vault.backup_list(op).await)?;
    let mut fitting =
        known.iter().filter(|known| !args.id.is_empty() && hex(&known.id).starts_with(&args.id));
    let (Some(backup), None) = (fitting.next(), fitting.next()) else {
        return Err(CliError::new(
            Exit::NotFound,
            "backup.not_found",
            "not one backup has an id that begins so",
            "`coffer backup ls` lists them",
        ));
    };
    let id = hex(&backup.id);
    let question = format!("Was the backup {id} destroyed, in every place where it was?");
    confirm(&question, args.yes, &mut app.person)?;
    store.ask(async |vault, op| vault.backup_forget(op, backup.id).await)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "id": id, "forgotten": true }));
    }
    app.output.say(&format!("forgot the backup {id}: the log says that you said that it was destroyed"));
    Ok(())
}
