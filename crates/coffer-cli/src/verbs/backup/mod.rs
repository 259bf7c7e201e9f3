//! `coffer backup`: all that the store holds, in one file, and back.

use std::fs::File;
use std::path::Path;

use coffer_engine::vault::BackupError;

use crate::app::App;
use crate::args::Backup;
use crate::error::{CliError, Exit};

mod create;
mod known;
mod restore;
mod scratch;
mod verify;

pub(super) fn backup(app: &mut App, args: Backup) -> Result<(), CliError> {
    match args {
        Backup::Create(args) => create::create(app, &args),
        Backup::Verify(args) => verify::verify(app, &args),
        Backup::Restore(args) => restore::restore(app, &args),
        Backup::Ls => known::list(app),
        Backup::Forget(args) => known::forget(app, &args),
    }
}

/// The file of a backup, to be read from its beginning.
fn opened(path: &Path) -> Result<File, CliError> {
    File::open(path).map_err(|error| CliError::io(&path.display().to_string(), &error))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        let exit = match error {
            BackupError::Vault(error) => return error.into(),
            BackupError::Foreign | BackupError::TooNew(_) => Exit::Usage,
            BackupError::OtherInstance(_) => Exit::Unavailable,
            _ => Exit::Failure,
        };
        Self::new(exit, error.code(), error.to_string(), error.fix())
    }
}
