//! `coffer audit export`: the log as a bundle. It comes as an archive, and what is missing in the folder is put there.

use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use coffer_log::bundle::{BundleError, BundleWriter, Name};
use coffer_log::{Checkpoint, SignedNote};
use serde_json::json;
use tar::Archive;

use super::signed_note;
use crate::app::App;
use crate::args::AuditExport;
use crate::error::{CliError, Exit};
use crate::progress::counting;
use crate::session::Session;
use crate::store::Missing;

/// More than the longest file of a bundle but the entries, in bytes: a tile is 8 KiB, and a note at most 64.
const FILE_MAX_BYTES: u64 = 1024 * 1024;
/// More than the longest line of the entries.
const LINE_MAX_BYTES: u64 = 256 * 1024;

pub(super) fn export(app: &mut App, args: &AuditExport) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let from = BundleWriter::wanted(&args.dir)?;
    let archive = session.client().audit_export(from, args.of.instance)?;
    let bar = counting(app, "entries");
    let taken = take(archive, &args.dir, from, &|added| bar.set_position(added));
    bar.finish_and_clear();
    let Taken { added, size } = taken?;
    if app.output.is_json() {
        return app.output.json(&json!({ "dir": args.dir, "added": added, "size": size }));
    }
    let dir = args.dir.display();
    app.output.say(&format!("{dir}: {size} entries, {added} of them new"));
    app.output.say(
        "`coffer audit key` prints the key that an auditor needs; anybody then checks it, with no other key:",
    );
    app.output.say(&format!("  coffer audit verify {dir} --key KEY"));
    Ok(())
}

/// What was taken into the bundle.
struct Taken {
    added: u64,
    /// Entries in the log.
    size: u64,
}

/// Puts what comes into the bundle in `dir`, which lacks the entries from `from` on. Nothing that comes is believed: the bundle's writer
/// checks all of it before the bundle is what it is then.
fn take(archive: impl Read, dir: &Path, from: u64, progress: &dyn Fn(u64)) -> Result<Taken, CliError> {
    let mut archive = Archive::new(archive);
    let mut files = archive.entries().map_err(|error| torn(&error))?;
    let first = files.next().ok_or_else(|| unfit("it is empty"))?.map_err(|error| torn(&error))?;
    if name(&first)? != Name::Newest {
        return Err(unfit("it does not begin with a checkpoint"));
    }
    let (newest, checkpoint) = newest(first)?;
    let mut writer = BundleWriter::open(dir, &checkpoint.origin)?;
    if writer.next_index() != from {
        // Somebody has written to it since it was looked at.
        return Err(BundleError::Busy.into());
    }
    let (mut added, mut is_whole) = (0_u64, false);
    for file in files {
        let file = file.map_err(|error| torn(&error))?;
        match name(&file)? {
            Name::Entries => {
                added = lines(file, &mut writer, progress)?;
                is_whole = true;
            }
            name => writer.file(name, &short(file)?)?,
        }
    }
    if !is_whole && from < checkpoint.size {
        return Err(unfit("it has no entries"));
    }
    writer.finish(&newest)?;
    Ok(Taken { added, size: checkpoint.size })
}

/// The newest checkpoint, which says of which log, and how large, all the rest is.
fn newest(file: impl Read) -> Result<(SignedNote, Checkpoint), CliError> {
    let text = String::from_utf8(short(file)?).map_err(|_| unfit("its checkpoint is no text"))?;
    let note = signed_note(&text, "the checkpoint of the archive")?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|error| unfit(&error.to_string()))?;
    Ok((note, checkpoint))
}

fn lines(file: impl Read, writer: &mut BundleWriter, progress: &dyn Fn(u64)) -> Result<u64, CliError> {
    let (mut file, mut line, mut added) = (BufReader::new(file), Vec::new(), 0_u64);
    loop {
        line.clear();
        let read = file.by_ref().take(LINE_MAX_BYTES).read_until(b'\n', &mut line);
        if read.map_err(|error| torn(&error))? == 0 {
            return Ok(added);
        }
        writer.line(&line)?;
        added = added.saturating_add(1);
        progress(added);
    }
}

/// What a file of the archive is.
fn name<R: Read>(file: &tar::Entry<'_, R>) -> Result<Name, CliError> {
    let path = file.path_bytes();
    let path = std::str::from_utf8(&path).ok();
    path.and_then(Name::parse).ok_or_else(|| unfit("it holds what is no part of a bundle"))
}

fn short(file: impl Read) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    file.take(FILE_MAX_BYTES).read_to_end(&mut bytes).map_err(|error| torn(&error))?;
    Ok(bytes)
}

fn torn(error: &io::Error) -> CliError {
    let cause = format!("the archive broke off: {error}");
    CliError::new(Exit::Unavailable, "bundle.torn", cause, "the folder is as it was; try again")
}

fn unfit(what: &str) -> CliError {
    let cause = format!("what came is no archive of a bundle: {what}");
    CliError::new(Exit::Failure, "bundle.unfit", cause, "check the address; the folder is as it was")
}

impl From<BundleError> for CliError {
    fn from(error: BundleError) -> Self {
        let (exit, code, fix) = match &error {
            BundleError::Forked { .. } | BundleError::Shrunk { .. } => (
                Exit::Failure,
                "bundle.forked",
                "the store is not the one that was exported, or an older one: look into it before anything else. The folder is as it was",
            ),
            BundleError::Busy => (Exit::Conflict, "bundle.busy", "wait for it"),
            BundleError::OtherLog(_) => (Exit::Usage, "bundle.other_log", "name another folder"),
            BundleError::Held(_) | BundleError::NotAFolder(_) => {
                (Exit::Usage, "bundle.unsound", "name another folder")
            }
            _ => (Exit::Failure, "bundle.failed", "the folder is as it was; try again"),
        };
        Self::new(exit, code, error.to_string(), fix)
    }
}
