//! `coffer audit verify`: a bundle, offline; or the log where it lies.

use std::path::Path;

use coffer_log::SignedNote;
use coffer_log::bundle::{Fault, VerifyOptions, VerifyReport, verify as verify_bundle};
use coffer_wire::audit::Verify;
use serde_json::json;

use super::{note, verifier_key};
use crate::app::App;
use crate::args::AuditVerify;
use crate::error::{CliError, Exit};
use crate::progress::waiting;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn verify(app: &mut App, args: &AuditVerify) -> Result<(), CliError> {
    let mut known: Vec<SignedNote> = args.known.iter().map(|path| note(path)).collect::<Result<_, _>>()?;
    if let Some(dir) = &args.dir {
        offline(app, args, dir, &known)?;
        known.push(note(&dir.join("checkpoint"))?);
    }
    if args.dir.is_none() || args.with_store {
        stored(app, args, &known)?;
    }
    Ok(())
}

/// Neither store nor key file is touched.
fn offline(app: &mut App, args: &AuditVerify, dir: &Path, known: &[SignedNote]) -> Result<(), CliError> {
    let key = args.key.as_deref().map(verifier_key).transpose()?;
    let options =
        VerifyOptions { key, known: known.to_vec(), witnesses: Vec::new(), system: args.system.clone() };
    let report = verify_bundle(dir, &options).map_err(|fault| invalid(dir, &fault))?;
    if app.output.is_json() {
        // One document: with the store it is the store's.
        return if args.with_store { Ok(()) } else { app.output.json(&document(&report)) };
    }
    let VerifyReport { origin, size, first, .. } = &report;
    app.output.say(&format!("{}: whole and rightly signed", dir.display()));
    app.output.say(&format!("  log        {origin}"));
    app.output.say(&format!("  entries    {size}, of which the first {first} were pruned"));
    app.output.say(&format!("  keys       {}", report.epochs));
    if let Some(system) = &report.system {
        app.output.say(&format!("  system     commits to it {} times", system.commitments));
    }
    if !report.anchored {
        app.output.warn(&format!(
            "its first key was found in the bundle itself, and anybody can make both: compare it with one from elsewhere: {}",
            report.genesis
        ));
    }
    Ok(())
}

fn document(report: &VerifyReport) -> serde_json::Value {
    json!({
        "origin": report.origin.as_str(),
        "size": report.size,
        "root": report.root.to_base64(),
        "time": report.time,
        "first": report.first,
        "entries": report.entries,
        "epochs": report.epochs,
        "key": report.genesis.to_string(),
        "key_was_given": report.anchored,
        "known": report.known,
        "system_commitments": report.system.as_ref().map(|system| system.commitments),
    })
}

fn invalid(dir: &Path, fault: &Fault) -> CliError {
    CliError::new(
        Exit::Failure,
        "log.invalid",
        format!("{}: {fault}", dir.display()),
        "this bundle is not what the log signed: ask for another one, and ask why",
    )
}

/// The log in the store, and every record against it.
fn stored(app: &mut App, args: &AuditVerify, known: &[SignedNote]) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let wanted = Verify { known: known.iter().map(ToString::to_string).collect() };
    let report = waiting(app, "checking the log and the store", || {
        session.client().audit_verify(&wanted, args.of.instance)
    })?;
    if let Some(first) = report.problems.first() {
        let details = report.problems.iter().skip(1).cloned();
        let error = CliError::new(
            Exit::Failure,
            "store.unverified",
            first.clone(),
            "the store or its log was changed from outside: keep it as it is, and compare it with backups",
        );
        return Err(error.with_details(details));
    }
    if app.output.is_json() {
        return app.output.json(&json!({
            "size": report.size,
            "entries": report.entries,
            "records": report.records,
        }));
    }
    app.output.say(&format!(
        "the log verifies: {} entries, and {} records are as it says",
        report.entries, report.records
    ));
    Ok(())
}
