//! `coffer backup verify`: restored, opened, and thrown away.

use std::io::BufReader;

use coffer_engine::block_on;
use coffer_engine::tenant::TenantName;
use coffer_engine::vault::{BackupFile, LoadedBackup, SignedBackup, VerifiedBackup};
use serde_json::json;

use super::scratch::passing;
use super::{hex, opened};
use crate::app::App;
use crate::args::BackupVerify;
use crate::error::{CliError, Exit};
use crate::progress::counting;
use crate::store::{Store, Unlockers};
use crate::verbs::audit::verifier_key;
use crate::verbs::show::{self, timestamp};

pub(super) fn verify(app: &mut App, args: &BackupVerify) -> Result<(), CliError> {
    if args.signature_only {
        return signature(app, args);
    }
    let settings = app.settings()?;
    let unlockers = Unlockers::given(app, &settings)?;
    let file = opened(&args.file)?;
    let bytes = file.metadata().map_or(0, |about| about.len());
    // Dropped last: what is left of the copy goes when nobody has it open any more.
    let (storage, _scratch) = passing(&args.file, bytes)?;
    let bar = counting(app, "records");
    let mut from = BufReader::new(file);
    let loaded = block_on(async {
        let told = |records| bar.set_position(records);
        BackupFile::begin(&mut from)?.load(&unlockers.all(), storage.clone(), &told).await
    })?;
    bar.finish_and_clear();
    let store = Store::copy(&settings, storage, &unlockers)?;
    let bar = counting(app, "tenants");
    let told = |tenants| bar.set_position(tenants);
    let found = store.ask(async |vault, op| vault.backup_verify(op, &loaded, &told).await)?;
    bar.finish_and_clear();
    if let Some(first) = found.problems.first() {
        let error = CliError::new(
            Exit::Failure,
            "backup.unsound",
            first.clone(),
            "the store was not whole when this was made, or the backup was changed by who has its keys: `coffer doctor`, and another \
             backup",
        );
        return Err(error.with_details(found.problems.iter().skip(1).cloned()));
    }
    tell(app, args, &loaded, &found)
}

fn tell(
    app: &mut App,
    args: &BackupVerify,
    loaded: &LoadedBackup,
    found: &VerifiedBackup,
) -> Result<(), CliError> {
    let (info, signed) = (&loaded.info, &loaded.signed);
    if app.output.is_json() {
        let tenants = found.tenants.iter().map(|tenant| {
            json!({
                "tenant": tenant.name.as_str(),
                "secrets": tenant.secrets,
                "versions": tenant.versions,
                "entries": tenant.entries,
                "decrypted": tenant.canary,
            })
        });
        return app.output.json(&json!({
            "id": hex(&info.id),
            "made": timestamp(info.made),
            "expires": timestamp(info.expires),
            "records": signed.records,
            "pending": signed.pending,
            "tenants": tenants.collect::<Vec<_>>(),
            "locked": found.locked.iter().map(TenantName::as_str).collect::<Vec<_>>(),
            "sound": true,
        }));
    }
    app.output.say(&format!(
        "{}: sound; {} of {}, made {}, kept until {}",
        args.file.display(),
        show::counted(signed.records, "record"),
        show::counted(found.tenants.len().saturating_add(found.locked.len()), "tenant"),
        timestamp(info.made),
        timestamp(info.expires)
    ));
    for tenant in &found.tenants {
        let canary = if tenant.canary { "a value decrypted" } else { "no value to decrypt" };
        app.output.say(&format!(
            "  {}: {} secrets, {} versions, {} entries; {canary}",
            tenant.name.as_str(),
            tenant.secrets,
            tenant.versions,
            tenant.entries
        ));
    }
    for tenant in &found.locked {
        app.output.say(&format!("  {}: locked by its members, so nothing of it was opened", tenant.as_str()));
    }
    Ok(())
}

/// Neither store nor key is touched.
fn signature(app: &mut App, args: &BackupVerify) -> Result<(), CliError> {
    let key = args.key.as_deref().map(verifier_key).transpose()?;
    let mut from = BufReader::new(opened(&args.file)?);
    let SignedBackup { info, signed, genesis } = BackupFile::begin(&mut from)?.check_signature()?;
    if key.as_ref().is_some_and(|key| *key != genesis) {
        return Err(CliError::new(
            Exit::Failure,
            "backup.other_log",
            format!("{}: it is signed in the name of another log than was said", args.file.display()),
            "it is of another instance, or somebody made it who is not: do not restore it",
        ));
    }
    if app.output.is_json() {
        return app.output.json(&json!({
            "id": hex(&info.id),
            "instance": hex(&info.instance),
            "made": timestamp(info.made),
            "expires": timestamp(info.expires),
            "records": signed.records,
            "tenants": signed.tenants,
            "key": genesis.to_string(),
            "key_was_given": key.is_some(),
        }));
    }
    app.output.say(&format!("{}: whole, and rightly signed by {genesis}", args.file.display()));
    if key.is_none() {
        app.output.say("  whether that is your log nobody has said: --key KEY does");
    }
    Ok(())
}
