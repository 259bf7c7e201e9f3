//! What the names of variables and secrets may look like, and where a NAME on the command line lies.
//!
//! # Invariants
//!
//! * A name is checked, never mended.
//! * The last word on a path is the engine's: here NAME is only put in its place.

use coffer_engine::Error;
use coffer_engine::path::{FolderPath, SecretPath};

use crate::error::{CliError, Exit};
use crate::settings::Settings;

/// Whether a program can be given a variable of this name: a letter or `_`, then letters, digits, `_`, `.` and `-`.
///
/// Dots and dashes are no shell's, but programs that read `spring.datasource.url` from their environment exist.
#[must_use]
pub fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Whether a shell can assign a variable of this name: a letter or `_`, then letters, digits and `_`.
#[must_use]
pub fn is_shell_variable(name: &str) -> bool {
    is_variable(name) && !name.contains(['.', '-'])
}

/// The full path of NAME, without its leading slash.
///
/// `NAME` lies in the folder of the app (`env/app/NAME`), or in the environment when no app is set; `db/NAME` below
/// it; `/prod/db/NAME` is the whole path already.
///
/// # Errors
/// `name.invalid` when NAME is empty or holds a `=`: then it is likely `NAME=value`, and is not repeated.
pub fn resolve(name: &str, env: &str, app: Option<&str>) -> Result<String, CliError> {
    if name.contains('=') {
        return Err(CliError::new(
            Exit::Usage,
            "name.invalid",
            "a name has no `=` in it, and a value is never taken from the command line",
            "`coffer set NAME` asks for the value; `--stdin` and `--file` read it",
        ));
    }
    if let Some(path) = name.strip_prefix('/') {
        return not_empty(path).map(str::to_owned);
    }
    let name = not_empty(name)?;
    Ok(join(&folder(env, app), name))
}

/// The full path of the folder PREFIX, without its leading slash; the empty text is the tenant's root.
///
/// Nothing is the folder of the app; `db` lies below it; `/` is the root; `/prod` is the whole path already.
#[must_use]
pub fn resolve_folder(prefix: Option<&str>, env: &str, app: Option<&str>) -> String {
    match prefix {
        None | Some("") => folder(env, app),
        Some(prefix) => match prefix.strip_prefix('/') {
            Some(path) => path.trim_end_matches('/').to_owned(),
            None => join(&folder(env, app), prefix.trim_end_matches('/')),
        },
    }
}

impl Settings {
    /// The path that NAME means here.
    pub(crate) fn path(&self, name: &str) -> Result<SecretPath, CliError> {
        let path = resolve(name, &self.env.value, self.app.value.as_deref())?;
        Ok(SecretPath::parse(&path).map_err(Error::from)?)
    }

    /// The folder that PREFIX means here.
    pub(crate) fn folder(&self, prefix: Option<&str>) -> Result<FolderPath, CliError> {
        let path = resolve_folder(prefix, &self.env.value, self.app.value.as_deref());
        Ok(FolderPath::parse(&path).map_err(Error::from)?)
    }
}

fn folder(env: &str, app: Option<&str>) -> String {
    app.map_or_else(|| env.to_owned(), |app| join(env, app))
}

fn join(folder: &str, name: &str) -> String {
    format!("{folder}/{name}")
}

fn not_empty(name: &str) -> Result<&str, CliError> {
    if name.is_empty() {
        return Err(CliError::new(
            Exit::Usage,
            "name.invalid",
            "the name is empty",
            "write a NAME, or a full path such as `/prod/db/URL`",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests;
