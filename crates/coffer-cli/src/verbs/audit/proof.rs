//! `coffer audit proof` and `verify-proof`: one entry, and that it is in the log.

use std::fs;
use std::path::{Path, PathBuf};

use coffer_log::{KeyHistory, Proof, SignedNote, VerifierKey};
use coffer_wire::audit::ProvedEntry;
use serde_json::json;

use super::{entry_ref, note, short, text, verifier_key};
use crate::app::App;
use crate::args::{AuditProof, AuditVerifyProof};
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;

pub(super) fn proof(app: &mut App, args: &AuditProof) -> Result<(), CliError> {
    let which = entry_ref(&args.entry)?;
    let session = Session::open(app, Missing::Refuse)?;
    let ProvedEntry { index, leaf, proof: text } =
        session.client().audit_proof(&which.to_string(), args.of.instance)?;
    if let Some(path) = &args.out {
        write(path, text.as_bytes())?;
        write(&beside(path), leaf.as_bytes())?;
        if app.output.is_json() {
            let (proof, entry) = (path.display().to_string(), beside(path).display().to_string());
            return app.output.json(&json!({ "index": index, "entry_file": entry, "proof_file": proof }));
        }
        app.output.say(&format!(
            "entry {index}: the proof is in {}, the entry itself in {}",
            path.display(),
            beside(path).display()
        ));
        return Ok(());
    }
    if app.output.is_json() {
        return app.output.json(&json!({ "index": index, "entry": leaf, "proof": text }));
    }
    app.output.value(text.as_bytes())
}

/// Neither store nor key file is touched.
pub(super) fn verify(app: &mut App, args: &AuditVerifyProof) -> Result<(), CliError> {
    let proof = Proof::parse(&text(&args.file)?).map_err(|error| wrong(&args.file, &error.to_string()))?;
    let path = args.entry.clone().unwrap_or_else(|| beside(&args.file));
    let leaf = short(&path)?;
    let key = verifier_key(&args.key)?;
    let size = match &args.keys {
        None => {
            let checkpoint = proof.verify(&leaf, std::slice::from_ref(&key)).map_err(|error| {
                wrong(&args.file, &error.to_string()).with_details([
                    "if the log has changed its key since, name the takeovers with --keys".to_owned(),
                ])
            })?;
            checkpoint.size
        }
        Some(dir) => {
            let history = history(dir, &key)?;
            let checked =
                proof.verify_in(&leaf, &history).map_err(|error| wrong(&args.file, &error.to_string()))?;
            checked.checkpoint().size
        }
    };
    if app.output.is_json() {
        return app
            .output
            .json(&json!({ "index": proof.index, "size": size, "origin": key.name().to_string() }));
    }
    app.output.say(&format!("entry {} is in the log {}, which had {size} entries", proof.index, key.name()));
    Ok(())
}

/// The keys of a log, from a folder of takeover notes, if they begin with the one that is known.
fn history(dir: &Path, key: &VerifierKey) -> Result<KeyHistory, CliError> {
    let mut notes: Vec<SignedNote> = Vec::new();
    while let path = dir.join(notes.len().to_string())
        && path.exists()
    {
        notes.push(note(&path)?);
    }
    let history = KeyHistory::from_notes(&notes).map_err(|error| wrong(dir, &error.to_string()))?;
    if history.genesis() == key {
        Ok(history)
    } else {
        Err(wrong(dir, "its first key is not the one that was given"))
    }
}

fn wrong(path: &Path, what: &str) -> CliError {
    CliError::new(
        Exit::Failure,
        "proof.invalid",
        format!("{}: {what}", path.display()),
        "the proof, the entry or the key is not the right one",
    )
}

/// Where the entry of a proof lies.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".entry");
    name.into()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    fs::write(path, bytes).map_err(|error| CliError::io(&path.display().to_string(), &error))
}
