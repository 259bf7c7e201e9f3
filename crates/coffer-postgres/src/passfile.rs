//! The password: a file, what was given, or the line of `~/.pgpass`. Read anew for each connection, so that it can be changed.
//!
//! # Invariants
//! - A file that others may read is not used, as `psql` does not.
//! - It is never in a message, nor in `Debug`.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coffer_encryption::SecretBytes;
use coffer_engine::storage::StorageError;
use tokio_postgres::config::Host;
use zeroize::Zeroizing;

use crate::settings::Settings;

/// Longer than any password, in bytes; a file of more is not one.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// Where a password comes from.
#[derive(Clone, Default)]
pub enum Password {
    /// None is needed: the server knows the process by its socket.
    #[default]
    None,
    /// It was given.
    Given(Arc<SecretBytes>),
    /// A file that holds it and nothing else; a newline at the end does not count.
    File(PathBuf),
    /// A file of lines `host:port:database:user:password`, as `~/.pgpass`. One that is not there has no line.
    Lines(PathBuf),
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Given(_) => f.write_str("Given(..)"),
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Lines(path) => write!(f, "Lines({})", path.display()),
        }
    }
}

/// The password for a connection.
pub(crate) fn read(settings: &Settings) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    match &settings.password {
        Password::None => Ok(None),
        Password::Given(password) => Ok(Some(Zeroizing::new(password.expose().to_vec()))),
        Password::File(path) => {
            let mut text = private(path)?;
            while text.last().is_some_and(|last| [b'\n', b'\r'].contains(last)) {
                text.pop();
            }
            Ok(Some(text))
        }
        Password::Lines(path) if !path.exists() => Ok(None),
        Password::Lines(path) => Ok(in_lines(&private(path)?, settings)),
    }
}

/// The content of a file that nobody else may read.
fn private(path: &Path) -> Result<Zeroizing<Vec<u8>>, StorageError> {
    let failed = |error: &io::Error| StorageError::Io(format!("{}: {error}", path.display()));
    let metadata = std::fs::metadata(path).map_err(|error| failed(&error))?;
    // Of root's files the group may read one: so are secrets handed to a container.
    let others = if metadata.uid() == 0 { 0o007 } else { 0o077 };
    let mode = metadata.mode() & 0o777;
    if mode & others != 0 {
        let problem = format!("mode {mode:04o}, wanted 0600");
        return Err(StorageError::Permissions { path: path.to_owned(), problem });
    }
    if metadata.len() > FILE_MAX_BYTES {
        return Err(StorageError::Io(format!("{} is too long for a password", path.display())));
    }
    std::fs::read(path).map(Zeroizing::new).map_err(|error| failed(&error))
}

/// The password of the first line that fits.
fn in_lines(text: &[u8], settings: &Settings) -> Option<Zeroizing<Vec<u8>>> {
    let config = &settings.config;
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let host = match config.get_hosts().first()? {
        Host::Tcp(name) => name.as_str(),
        // So `psql` names every socket in such a file.
        Host::Unix(_) => "localhost",
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let wanted = [host, &port, database, user];
    text.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#")).find_map(|line| {
        let fields = fields(line.strip_suffix(b"\r").unwrap_or(line));
        let (password, place) = fields.split_last()?;
        let fits = place.len() == wanted.len()
            && place
                .iter()
                .zip(wanted)
                .all(|(field, wanted)| **field == *b"*" || **field == *wanted.as_bytes());
        fits.then(|| password.clone())
    })
}

/// The fields of a line: colons between them, a backslash before a colon or backslash that belongs to one.
fn fields(line: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let empty = || Zeroizing::new(Vec::with_capacity(line.len()));
    let (mut fields, mut field, mut bytes) = (Vec::new(), empty(), line.iter());
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => field.extend(bytes.next()),
            b':' if fields.len() < 4 => fields.push(std::mem::replace(&mut field, empty())),
            byte => field.push(*byte),
        }
    }
    fields.push(field);
    fields
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn found(text: &str, url: &str) -> Option<String> {
        let found = in_lines(text.as_bytes(), &Settings::parse(url).unwrap());
        found.map(|password| String::from_utf8(password.to_vec()).unwrap())
    }

    #[test]
    fn the_first_line_that_fits() {
        let lines = "# a word\ndb:5432:other:coffer:one\ndb:5432:*:coffer:two:w\\:o\\\\\n*:*:*:*:three\n";
        let coffer = "postgres://coffer@db/coffer?sslmode=verify-full";
        assert_eq!(found(lines, coffer).as_deref(), Some("two:w:o\\"));
        assert_eq!(found(lines, "postgres://other@db:5433/coffer").as_deref(), Some("three"));
        assert_eq!(found("db:5432:coffer:somebody:x\n", coffer), None);
        assert_eq!(
            found("localhost:*:*:coffer:x", "postgres:///c?host=/run&user=coffer").as_deref(),
            Some("x")
        );
        assert_eq!(found("short:line\n\n", coffer), None);
    }

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        fs::write(&path, "hunter2\r\n").unwrap();
        let mut settings = Settings::parse("postgres://coffer@db/coffer").unwrap();
        settings.password = Password::File(path.clone());
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let refused = read(&settings).unwrap_err();
        assert!(matches!(refused, StorageError::Permissions { .. }));
        assert!(!refused.to_string().contains("hunter2"));
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&settings).unwrap().unwrap().as_slice(), b"hunter2");
        settings.password = Password::Lines(dir.path().join("none"));
        assert_eq!(read(&settings), Ok(None));
    }
}
