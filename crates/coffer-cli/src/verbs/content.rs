//! Files that secrets hold, for `coffer set` and `coffer get`: from a file or a pipe, to a file or a pipe, and never whole in memory.
//!
//! # Invariants
//!
//! * A file is written beside its place, for its owner alone, and takes its place when all of it has come. What breaks off leaves nothing.
//! * No file is written to a terminal: it may be anything.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Write as _};
use std::path::Path;

use coffer_engine::limits::{FILE_MAX_BYTES, VALUE_MAX_BYTES};
use coffer_wire::Moment;
use coffer_wire::client::{ClientError, FileContent, SentFile, Which};
use serde_json::json;
use zeroize::Zeroizing;

use super::get::{field_of, warn_if_expired};
use crate::app::App;
use crate::args::{Get, Set};
use crate::draft::Draft;
use crate::error::{CliError, Exit};
use crate::prompt::Source;
use crate::session::Session;

/// What a file is when nobody says.
const BYTES: &str = "application/octet-stream";
/// What is read first of a file that is sent, to see that there is something: in bytes.
const FIRST_BYTES: u64 = 64 * 1024;

/// The file that is to be sent: where somebody says what it is, or it is larger than a value may be.
pub(super) fn to_send(args: &Set) -> Result<Option<SentFile>, CliError> {
    let media_type = || args.media_type.clone().unwrap_or_else(|| BYTES.to_owned());
    match args.from.source() {
        Some(Source::File(path)) => {
            let name = path.display().to_string();
            let failed = |error: io::Error| CliError::io(&name, &error);
            let file = File::open(&path).map_err(failed)?;
            let about = file.metadata().map_err(failed)?;
            // Of a pipe it is not known how much will come.
            let is_large = about.is_file() && about.len() > VALUE_MAX_BYTES as u64;
            let is_value = args.from.trim || !args.field.is_empty();
            if args.media_type.is_none() && (!is_large || is_value) {
                return Ok(None);
            }
            if about.is_file() && about.len() > FILE_MAX_BYTES {
                return Err(too_large(&name));
            }
            begun(args, &name, file, media_type()).map(Some)
        }
        Some(Source::Stdin) if args.media_type.is_some() => {
            begun(args, "stdin", io::stdin(), media_type()).map(Some)
        }
        _ => Ok(None),
    }
}

/// A file whose beginning was read. An empty one is mostly a pipe that failed.
fn begun(
    args: &Set,
    name: &str,
    mut from: impl Read + Send + 'static,
    media_type: String,
) -> Result<SentFile, CliError> {
    let mut first = Zeroizing::new(Vec::with_capacity(usize::try_from(FIRST_BYTES).unwrap_or_default()));
    from.by_ref().take(FIRST_BYTES).read_to_end(&mut first).map_err(|error| CliError::io(name, &error))?;
    if first.is_empty() && !args.from.allow_empty {
        return Err(CliError::new(
            Exit::Usage,
            "value.empty",
            format!("{name} is empty; nothing was stored"),
            "if that is meant, say --allow-empty",
        ));
    }
    Ok(SentFile { content: Box::new(Cursor::new(first).chain(from)), media_type })
}

/// To stdout, where that is no terminal.
pub(super) fn print(app: &mut App, session: &Session, path: &str, which: &Which) -> Result<(), CliError> {
    let refused = |code: &'static str, cause: &str, fix: &'static str| {
        Err(CliError::new(Exit::Usage, code, format!("{path} holds a file, {cause}"), fix))
    };
    if app.output.is_json() {
        return refused("file.json", "which is no JSON", "leave out --json, or write it with --out PATH");
    }
    if app.terminals.stdout {
        let fix = "write it to a file with --out PATH, or into a pipe";
        return refused("file.terminal", "which may be anything but text for a terminal", fix);
    }
    let mut content = session.client().secret_get_file(path, which)?;
    warn_if_expired(app, path, content.expires);
    while let Some(piece) = content.next_piece()? {
        app.output.value(piece)?;
    }
    Ok(())
}

/// To a file: what a secret holds, be it a file, a value, or one of its fields.
pub(super) fn save(
    app: &mut App,
    session: &Session,
    (path, which): (&str, &Which),
    (args, out): (&Get, &Path),
) -> Result<(), CliError> {
    let (folder, name) = place(out)?;
    let mut draft = Draft::in_folder(folder)?;
    let failed = |error: &io::Error| CliError::io(&out.display().to_string(), error);
    let saved = match file(session, path, which, args)? {
        Some(mut content) => {
            while let Some(piece) = content.next_piece()? {
                draft.write_all(piece).map_err(|error| failed(&error))?;
            }
            Saved {
                version: content.version,
                bytes: content.bytes,
                expires: content.expires,
                media_type: Some(content.media_type),
            }
        }
        None => {
            let secret = session.client().secret_get(path, which)?;
            let value = field_of(path, &secret.value, args.field.as_deref())?;
            draft.write_all(value).map_err(|error| failed(&error))?;
            let bytes = u64::try_from(value.len()).unwrap_or(u64::MAX);
            Saved { version: secret.version, bytes, expires: secret.expires, media_type: None }
        }
    };
    draft.keep_as(name).map_err(|error| failed(&error))?;
    warn_if_expired(app, path, saved.expires);
    if app.output.is_json() {
        return app.output.json(&json!({
            "path": path,
            "version": saved.version,
            "bytes": saved.bytes,
            "media_type": saved.media_type,
            "out": out.display().to_string(),
        }));
    }
    app.output.say(&format!("wrote {path}, version {}, to {}", saved.version, out.display()));
    Ok(())
}

/// What was written.
struct Saved {
    version: u64,
    bytes: u64,
    expires: Option<Moment>,
    /// Of a file.
    media_type: Option<String>,
}

/// The file, if it holds one. Whoever wants a field wants none.
fn file(session: &Session, path: &str, which: &Which, args: &Get) -> Result<Option<FileContent>, CliError> {
    if args.field.is_some() {
        return Ok(None);
    }
    match session.client().secret_get_file(path, which) {
        Ok(content) => Ok(Some(content)),
        Err(error) if is(&error, "secret.holds_value") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether it is a problem with this code.
pub(super) fn is(error: &ClientError, code: &str) -> bool {
    matches!(error, ClientError::Problem(problem) if problem.code == code)
}

/// The folder and the name of what is to be written. What is there and is no file stays: a device, a pipe, a link to one.
pub(super) fn place(out: &Path) -> Result<(&Path, &OsStr), CliError> {
    let is_other = fs::symlink_metadata(out).is_ok_and(|about| !about.is_file());
    let folder =
        out.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    match (folder, out.file_name()) {
        (Some(folder), Some(name)) if !is_other => Ok((folder, name)),
        _ => Err(CliError::new(
            Exit::Usage,
            "out.no_file",
            format!("{} is no file, and no place for one", out.display()),
            "name a file; into a pipe it goes without --out",
        )),
    }
}

fn too_large(name: &str) -> CliError {
    let cause = format!("{name} is larger than 16 MiB; nothing was sent");
    CliError::new(Exit::Usage, "file.too_large", cause, "store a smaller file, or several")
}
