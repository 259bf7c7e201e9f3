//! The name of a project that has none yet: written into a `coffer.toml`, which says which folder of the store is its own.

use std::io;
use std::path::{Path, PathBuf};

use coffer_engine::path::FolderPath;

use super::beside::create;
use crate::app::App;
use crate::error::CliError;
use crate::settings::{FILE_NAME, Source};

/// The name for the project in the working directory: the directory's, where nothing has named it before; `None` where
/// something has, or the directory's name can't be a folder's.
pub(super) fn name(app: &App, no_files: bool) -> Result<Option<String>, CliError> {
    let settings = app.settings()?;
    if no_files || settings.config.is_some() || settings.app.source != Source::Default {
        return Ok(None);
    }
    // A file in the home would speak for every project below it.
    if app.environment.get("HOME").is_some_and(|home| app.cwd == Path::new(home)) {
        return Ok(None);
    }
    let name = app.cwd.file_name().and_then(|name| name.to_str());
    Ok(name.filter(|name| FolderPath::parse(name).is_ok()).map(str::to_owned))
}

/// Writes the `coffer.toml`; its path.
pub(super) fn write(app: &mut App, name: &str, folder: &FolderPath) -> Result<PathBuf, CliError> {
    let path = app.cwd.join(FILE_NAME);
    let text = format!(
        "# Which secrets belong to this project: those in the folder ENVIRONMENT/{name} of the store.\n\
         # No secret is in here; commit it.\n\
         app = {}\n",
        serde_json::Value::from(name)
    );
    match create(&path, text.as_bytes(), 0o644) {
        Ok(()) => {
            app.output.say(&format!("wrote {FILE_NAME}: this project's secrets lie in {folder}; commit it"))
        }
        // Another import in the same directory was faster, and gave it the same name.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(CliError::io(FILE_NAME, &error)),
    }
    Ok(path)
}
