//! `coffer audit`: the log, read, proved, verified and kept. Who reads it is in it.

mod certificate;
mod export;
mod follow;
mod keep;
mod proof;
mod publish;
mod read;
mod verify;

pub(super) use self::read::not_a_moment;

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use coffer_engine::vault::EntryRef;
use coffer_log::{SignedNote, VerifierKey};

use crate::app::App;
use crate::args::Audit;
use crate::error::{CliError, Exit};

/// Longest note, proof or entry that is read from a file, in bytes.
const FILE_MAX_BYTES: u64 = 128 * 1024;

pub(super) fn audit(app: &mut App, args: Audit) -> Result<(), CliError> {
    match args {
        Audit::Tail(args) if args.follow => follow::follow(app, &args),
        Audit::Tail(args) => read::tail(app, &args),
        Audit::Query(args) => read::query(app, &args),
        Audit::Show(args) => read::show(app, &args),
        Audit::Export(args) => export::export(app, &args),
        Audit::Verify(args) => verify::verify(app, &args),
        Audit::Proof(args) => proof::proof(app, &args),
        Audit::VerifyProof(args) => proof::verify(app, &args),
        Audit::VerifyCertificate(args) => certificate::verify(app, &args),
        Audit::Key(args) => publish::key(app, &args),
        Audit::Checkpoint(args) => publish::checkpoint(app, &args),
        Audit::Publish(args) => publish::publish(app, &args),
        Audit::Prune(args) => keep::prune(app, &args),
        Audit::Hold(args) => keep::hold(app, &args),
        Audit::Forget(args) => keep::forget(app, &args),
        Audit::Upkeep => keep::upkeep(app),
    }
}

/// The entry that is meant: an index, or a number.
fn entry_ref(text: &str) -> Result<EntryRef, CliError> {
    EntryRef::parse(text).ok_or_else(|| {
        CliError::new(
            Exit::Usage,
            "entry.invalid",
            "an entry is named by its index in the log, or by its number",
            "`coffer audit tail` shows both",
        )
    })
}

/// A verifier key as it was given.
pub(in crate::verbs) fn verifier_key(text: &str) -> Result<VerifierKey, CliError> {
    VerifierKey::parse(text.trim()).map_err(|error| {
        CliError::new(
            Exit::Usage,
            "key.invalid",
            format!("that is no verifier key: {error}"),
            "it looks like coffer.1f..+1234abcd+AS..; `coffer audit key` prints it",
        )
    })
}

/// The signed note in a file.
fn note(path: &Path) -> Result<SignedNote, CliError> {
    signed_note(&text(path)?, &path.display().to_string())
}

/// The signed note that this text is; `what` it is called in errors.
fn signed_note(text: &str, what: &str) -> Result<SignedNote, CliError> {
    SignedNote::parse(text).map_err(|error| {
        CliError::new(
            Exit::Failure,
            "note.invalid",
            format!("{what} is no signed note: {error}"),
            "`coffer audit checkpoint` prints one",
        )
    })
}

/// A short text file.
fn text(path: &Path) -> Result<String, CliError> {
    let no_text = || io::Error::new(io::ErrorKind::InvalidData, "it is no text");
    String::from_utf8(short(path)?).map_err(|_| CliError::io(&path.display().to_string(), &no_text()))
}

/// A short file. What is longer is cut, and then is none of what is read here.
fn short(path: &Path) -> Result<Vec<u8>, CliError> {
    up_to(path, FILE_MAX_BYTES)
}

/// The same, up to so many bytes.
fn up_to(path: &Path, most: u64) -> Result<Vec<u8>, CliError> {
    let failed = |error| CliError::io(&path.display().to_string(), &error);
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
