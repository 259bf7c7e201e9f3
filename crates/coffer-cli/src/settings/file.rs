//! `coffer.toml`: found, trusted, read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::key::{Key, suggestion};
use crate::error::{CliError, Exit};

/// The file's name.
pub const FILE_NAME: &str = "coffer.toml";
/// Longest file that is read, in bytes.
const FILE_MAX_BYTES: u64 = 64 * 1024;

/// What a file says: the text of each setting, and its line.
pub(crate) type Said = BTreeMap<Key, (String, usize)>;

/// The nearest `coffer.toml` in `from` or the folders above it.
#[must_use]
pub fn find(from: &Path) -> Option<PathBuf> {
    from.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

/// Reads a `coffer.toml`.
///
/// One that somebody else could have written is refused: `home` says where secrets are stored, so a file that lies in
/// `/tmp` must not say it for everyone who works below.
pub(super) fn read(path: &Path) -> Result<Said, CliError> {
    let failed = |error| CliError::io(&path.display().to_string(), &error);
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    let owner = about.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() || about.mode() & 0o022 != 0 {
        return Err(CliError::new(
            Exit::Refused,
            "settings.untrusted",
            format!("{} can be written by others, and says where secrets are stored", path.display()),
            format!("own it and `chmod go-w {}`, or name another file with --config", path.display()),
        ));
    }
    let mut text = String::new();
    file.take(FILE_MAX_BYTES.saturating_add(1)).read_to_string(&mut text).map_err(failed)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > FILE_MAX_BYTES {
        return Err(CliError::new(
            Exit::Usage,
            "settings.too_long",
            format!("{} is longer than 64 KiB", path.display()),
            "it holds settings only",
        ));
    }
    parse(path, &text)
}

/// Reads the text of the file `path`.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Said, CliError> {
    let table = DeTable::parse(text).map_err(|error| {
        // The error's own Display shows the line, and somebody may have put a secret there.
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        CliError::new(
            Exit::Usage,
            "settings.invalid",
            format!("{}:{line}: {}", path.display(), error.message()),
            "see https://toml.io for how TOML is written",
        )
    })?;
    let mut said = Said::new();
    Reader { path, text, said: &mut said }.table("", table.get_ref())?;
    Ok(said)
}

struct Reader<'r> {
    path: &'r Path,
    text: &'r str,
    said: &'r mut Said,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<(), CliError> {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let line = line_of(self.text, key.span().start);
            let known = Key::ALL.into_iter().find(|known| known.in_file() == name);
            let text = match (known, value.get_ref()) {
                (Some(_), DeValue::String(text)) => text.clone().into_owned(),
                (Some(_), DeValue::Integer(number)) => number.to_string(),
                (Some(_), DeValue::Boolean(is)) => is.to_string(),
                (None, DeValue::Table(below)) if prefix.is_empty() && is_table(&name) => {
                    self.table(&format!("{name}."), below)?;
                    continue;
                }
                (Some(_), _) => {
                    return Err(self.error(line, format!("`{name}` wants a text, a number, true or false")));
                }
                (None, _) => return Err(self.unknown(line, &name)),
            };
            if let Some(known) = known {
                self.said.insert(known, (text, line));
            }
        }
        Ok(())
    }

    fn unknown(&self, line: usize, name: &str) -> CliError {
        if looks_secret(name) {
            return CliError::new(
                Exit::Usage,
                "settings.secret",
                format!(
                    "{}:{line}: `{name}` looks like a secret, and this file is made to be committed",
                    self.path.display()
                ),
                "take it out, and change it if it was committed; MASTER_SECRET_KEY_FILE names the passphrase's file, and \
                 `coffer set NAME` stores any other secret",
            );
        }
        let near = suggestion(name, Key::ALL.iter().map(|key| key.in_file()));
        self.error(line, format!("there is no setting `{name}`{near}"))
    }

    fn error(&self, line: usize, cause: String) -> CliError {
        let known: Vec<&str> = Key::ALL.iter().map(|key| key.in_file()).collect();
        CliError::new(
            Exit::Usage,
            "settings.unknown",
            format!("{}:{line}: {cause}", self.path.display()),
            format!("the settings are {}", known.join(", ")),
        )
    }
}

fn is_table(name: &str) -> bool {
    Key::ALL.iter().any(|key| key.in_file().split_once('.').is_some_and(|(table, _)| table == name))
}

fn looks_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    [
        "secret",
        "password",
        "passwd",
        "passphrase",
        "token",
        "credential",
        "master",
        "private",
        "api_key",
        "apikey",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count().saturating_add(1)
}
