//! `coffer backup create`: the file takes its place when it is whole, and nobody else may read it.

use std::io::{BufWriter, Write as _};

use coffer_engine::vault::MadeBackup;
use serde_json::json;

use super::hex;
use crate::app::App;
use crate::args::{BackupCreate, seconds};
use crate::draft::Draft;
use crate::error::{CliError, Exit};
use crate::progress::counting;
use crate::store::{Missing, Store};
use crate::verbs::content::place;
use crate::verbs::show::{self, timestamp};

const DAY_SECONDS: u64 = 24 * 60 * 60;
/// Written at once.
const BUFFER_BYTES: usize = 1024 * 1024;

pub(super) fn create(app: &mut App, args: &BackupCreate) -> Result<(), CliError> {
    let kept_days = u32::try_from(seconds("--expires", &args.expires)? / DAY_SECONDS).unwrap_or(u32::MAX);
    let (folder, name) = place(&args.file)?;
    let shown = args.file.display().to_string();
    let store = Store::here(app, "backup create", Missing::Refuse)?;
    if args.file.exists() {
        return Err(CliError::new(
            Exit::Usage,
            "backup.exists",
            format!("{shown} is there already"),
            "name another file: a backup never takes the place of another one",
        ));
    }
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, Draft::in_folder(folder)?);
    let bar = counting(app, "records");
    let made: MadeBackup = store.ask_for(async |vault, op| {
        vault.backup_create(op, kept_days, &mut out, &|records| bar.set_position(records)).await
    })?;
    bar.finish_and_clear();
    let failed = |error| CliError::io(&shown, &error);
    out.flush().map_err(failed)?;
    out.into_inner().map_err(|error| failed(error.into_error()))?.keep_as(name).map_err(failed)?;
    let MadeBackup { info, records, pending, tenants, bytes, hash } = made;
    if app.output.is_json() {
        return app.output.json(&json!({
            "id": hex(&info.id),
            "file": shown,
            "made": timestamp(info.made),
            "expires": timestamp(info.expires),
            "tenants": tenants,
            "records": records,
            "pending": pending,
            "sealed_bytes": bytes,
            "sealed_sha256": hex(&hash),
        }));
    }
    let (tenants, records) = (show::counted(tenants, "tenant"), show::counted(records, "record"));
    app.output.say(&format!("{shown}: {tenants}, {records}, {bytes} bytes"));
    app.output.say(&format!("  id {}, destroy it by {}", hex(&info.id), timestamp(info.expires)));
    app.output
        .say("  the key file is not in it; `coffer backup verify FILE` restores it elsewhere and looks");
    Ok(())
}
