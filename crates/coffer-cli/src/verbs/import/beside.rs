//! What lies beside an imported file: `FILE.bak`, sealed; `FILE.example`, names only. And the end of the file itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use coffer_engine::Error;
use coffer_engine::path::FolderPath;
use coffer_wire::Value;
use coffer_wire::file::{OpenFile, SealFile};

use coffer_encryption::same;

use crate::app::App;
use crate::dotenv::{DotEnv, Left, example, without_imported};
use crate::error::{CliError, Exit};
use crate::session::Session;

/// Most sealed copies of one file.
const COPIES_MAX: u32 = 1000;

/// What became of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deleted {
    Kept,
    All,
    AllButOwn,
}

/// Writes the sealed copy and the example; the paths written. Neither replaces a file that is there: an older copy may
/// be the only one of what it holds, and an example may have been written by hand.
pub(super) fn write_beside(
    app: &mut App,
    session: &Session,
    folder: &FolderPath,
    path: &Path,
    original: &[u8],
    file: &DotEnv,
) -> Result<Vec<PathBuf>, CliError> {
    let mut written = Vec::new();
    let name = path.file_name().map_or_else(|| ".env".into(), |name| name.to_string_lossy().into_owned());
    let place = folder.secret(&name).map_err(Error::from)?;
    if is_sealed(session, &beside(path, "bak"), original) {
        app.output.say(&format!("a sealed copy is there already: {}", file_name(&beside(path, "bak"))));
    } else {
        let content = Value::Bytes(original.to_vec().into());
        let sealed = session.client().file_seal(place.as_str(), &SealFile { content })?;
        let copy = new_file(path, &sealed.file_base64)?;
        app.output.say(&format!("sealed a copy as {}; `coffer open` shows it", file_name(&copy)));
        written.push(copy);
    }
    // An example is its own list of names.
    if name.ends_with(".example") {
        return Ok(written);
    }
    let names = beside(path, "example");
    match create(&names, example(file).as_bytes(), 0o644) {
        Ok(()) => {
            app.output.say(&format!("wrote its names to {}, which may be committed", file_name(&names)));
            written.push(names);
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            app.output.say(&format!("left {} as it is", file_name(&names)));
        }
        Err(error) => return Err(CliError::io(&names.display().to_string(), &error)),
    }
    Ok(written)
}

/// Deletes what was imported from the file, if it is still what was read.
pub(super) fn delete(path: &Path, original: &[u8], file: &DotEnv) -> Result<Deleted, CliError> {
    let shown = path.display().to_string();
    let failed = |error| CliError::io(&shown, &error);
    let now = zeroize::Zeroizing::new(fs::read(path).map_err(failed)?);
    if now.as_slice() != original {
        return Err(CliError::new(
            Exit::Conflict,
            "dotenv.changed",
            format!("{shown} was changed while it was imported; it was not deleted"),
            "import it again",
        ));
    }
    match without_imported(original, file) {
        Left::Nothing => {
            fs::remove_file(path).map_err(failed)?;
            sync_folder(path);
            Ok(Deleted::All)
        }
        Left::Entangled => Err(CliError::new(
            Exit::Conflict,
            "dotenv.entangled",
            format!(
                "{shown} was imported and not deleted: settings of Coffer's own in it are made of variables that were imported"
            ),
            "write these settings out in full, and import it again",
        )),
        Left::Settings(rest) => {
            // Beside it and then in its place: at no moment is there half a file.
            let draft = beside(path, "coffer-new");
            create(&draft, rest.expose(), 0o600).map_err(failed)?;
            fs::rename(&draft, path).map_err(failed)?;
            sync_folder(path);
            Ok(Deleted::AllButOwn)
        }
    }
}

/// Whether `copy` is a sealed copy of `original`, which an earlier import of the same file made.
fn is_sealed(session: &Session, copy: &Path, original: &[u8]) -> bool {
    let Ok(sealed) = fs::read(copy) else { return false };
    let opened = session.client().file_open(&OpenFile { file_base64: sealed });
    opened.is_ok_and(|secret| matches!(&secret.value, Value::Bytes(bytes) if same(bytes, original)))
}

fn new_file(path: &Path, bytes: &[u8]) -> Result<PathBuf, CliError> {
    for number in 1..=COPIES_MAX {
        let copy = if number == 1 { beside(path, "bak") } else { beside(path, &format!("bak.{number}")) };
        match create(&copy, bytes, 0o600) {
            Ok(()) => return Ok(copy),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(CliError::io(&copy.display().to_string(), &error)),
        }
    }
    Err(CliError::new(
        Exit::Failure,
        "backup.too_many",
        format!("there are {COPIES_MAX} sealed copies of {} already", path.display()),
        "delete some, or import with --no-files",
    ))
}

/// Makes a file that is not there yet, durably; nothing is left when it fails.
pub(super) fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written?;
    sync_folder(path);
    Ok(())
}

/// So that the name survives the loss of power too. Some file systems refuse; then nothing better can be done.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
