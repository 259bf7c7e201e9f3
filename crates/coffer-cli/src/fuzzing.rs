//! Doors to what the command line reads, for fuzzing: behind the feature `fuzzing`, which no release has.

use std::path::Path;

use crate::error::CliError;
use crate::settings::{Key, parse_file};

/// What the text of a `coffer.toml` says: each setting, its text, and its line.
///
/// # Errors
/// What is no TOML, what is no setting.
pub fn settings(text: &str) -> Result<Vec<(Key, String, usize)>, CliError> {
    let said = parse_file(Path::new("coffer.toml"), text)?;
    Ok(said.into_iter().map(|(key, (value, line))| (key, value, line)).collect())
}
