//! A key file as unlocker: `keys/master.key`, 32 random bytes that only their owner may read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use coffer_encryption::{RootKey, UnlockerKey, hash, random, same};
use zeroize::Zeroizing;

use super::{Enrolment, UnlockError, Unlocker, UnlockerKind, UnlockerRow, unwrap_root, wrap_root};
use crate::private_dir;
use crate::storage::BoxFuture;

/// First word of the line that holds the key: format and version.
const TAG: &str = "coffer-key-1";
/// What a key file says about itself.
const HEAD: &str = "# A Coffer key file. Whoever has this file and the store can read every secret in it.\n\
                    # Keep a copy in a safe place, apart from the store and its backups.\n";
/// Largest file that is read at all, in bytes.
const FILE_MAX_BYTES: u64 = 4096;

/// An opened key file.
///
/// Trust: whoever has this file and the store has everything; with one of the two, nothing.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    id: [u8; 16],
    key: UnlockerKey,
}

impl KeyFile {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`UnlockError`] when it is not there, is open to others, or is no key file.
    pub fn read(path: &Path) -> Result<Self, UnlockError> {
        let mut file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => UnlockError::KeyFileMissing(path.to_owned()),
            _ => io(path, &error),
        })?;
        check_private(path, &file.metadata().map_err(|error| io(path, &error))?)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            check_private(folder, &folder.metadata().map_err(|error| io(folder, &error))?)?;
        }
        let mut text = Zeroizing::new(Vec::with_capacity(FILE_MAX_BYTES as usize));
        (&mut file).take(FILE_MAX_BYTES).read_to_end(&mut text).map_err(|error| io(path, &error))?;
        Self::of_text(&text, path)
    }

    /// The key file that has this text, wherever it lies: whoever has it sends it to have it set up. `name` is what errors call it.
    ///
    /// # Errors
    /// [`UnlockError::KeyFileDamaged`] when it is none.
    pub fn of_text(text: &[u8], name: &Path) -> Result<Self, UnlockError> {
        let (id, key) = parse(text).ok_or_else(|| UnlockError::KeyFileDamaged(name.to_owned()))?;
        Ok(Self { path: name.to_owned(), id, key })
    }

    /// The key file with this content, wherever it lies.
    ///
    /// # Errors
    /// [`UnlockError::KeyFileDamaged`] when it is none.
    pub fn from_text(text: &[u8]) -> Result<Self, UnlockError> {
        let (id, key) = parse(text).ok_or_else(|| UnlockError::KeyFileDamaged(PathBuf::new()))?;
        Ok(Self { path: PathBuf::new(), id, key })
    }

    /// Makes a new key file, and its folder (0700) if need be. Never overwrites one, and never leaves half of one: it is
    /// written and synced under another name first, then linked into place.
    ///
    /// # Errors
    /// [`UnlockError::KeyFileExists`] when there is one, or what the operating system said.
    pub fn create(path: &Path) -> Result<Self, UnlockError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        private_dir::make(folder).map_err(|error| io(folder, &error))?;
        let id: [u8; 16] = random::bytes().map_err(|_| UnlockError::NoEntropy)?;
        let key = UnlockerKey::generate().map_err(|_| UnlockError::NoEntropy)?;
        let draft = folder.join(format!(".{}.new", base16ct::lower::encode_string(&id)));
        let written = write_draft(&draft, &id, &key).and_then(|()| std::fs::hard_link(&draft, path));
        let removed = std::fs::remove_file(&draft);
        match written {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(UnlockError::KeyFileExists(path.to_owned()));
            }
            Err(error) => return Err(io(path, &error)),
            Ok(()) => {}
        }
        removed.and_then(|()| private_dir::sync(folder)).map_err(|error| io(folder, &error))?;
        Ok(Self { path: path.to_owned(), id, key })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its id, which is the id of its row in the store.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.id
    }
}

impl Unlocker for KeyFile {
    fn kind(&self) -> UnlockerKind {
        UnlockerKind::KeyFile
    }

    fn enroll<'a>(
        &'a self,
        root: &'a RootKey,
        place: Enrolment,
    ) -> BoxFuture<'a, Result<UnlockerRow, UnlockError>> {
        Box::pin(async move { wrap_root(&self.key, root, self.kind(), place, None) })
    }

    fn open<'a>(
        &'a self,
        instance: [u8; 16],
        id: [u8; 16],
        row: &'a UnlockerRow,
    ) -> BoxFuture<'a, Result<Option<RootKey>, UnlockError>> {
        Box::pin(async move {
            if !same(&id, &self.id) {
                return Ok(None);
            }
            match unwrap_root(&self.key, instance, id, row) {
                Some(root) => Ok(Some(root)),
                None => Err(UnlockError::WrongKeyFile(self.path.clone())),
            }
        })
    }

    fn own_id(&self) -> Option<[u8; 16]> {
        Some(self.id)
    }
}

fn write_draft(draft: &Path, id: &[u8; 16], key: &UnlockerKey) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    let line = key.expose_for_file(|bytes| {
        let hex = Zeroizing::new(base16ct::lower::encode_string(bytes));
        Zeroizing::new(format!(
            "{TAG} {} {} {}\n",
            base16ct::lower::encode_string(id),
            *hex,
            check(id, bytes)
        ))
    });
    file.write_all(HEAD.as_bytes())?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

/// `coffer-key-1 <id, 32 hex> <key, 64 hex> <check, 8 hex>`, after lines that begin with `#`.
pub(crate) fn parse(text: &[u8]) -> Option<([u8; 16], UnlockerKey)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let mut words = lines.next()?.split(' ');
    if lines.next().is_some() || words.next()? != TAG {
        return None;
    }
    let mut id = [0; 16];
    base16ct::lower::decode(words.next()?, &mut id).ok().filter(|raw| raw.len() == 16)?;
    let mut key = Zeroizing::new([0; 32]);
    base16ct::lower::decode(words.next()?, &mut *key).ok().filter(|raw| raw.len() == 32)?;
    let sum = words.next()?;
    (words.next().is_none() && sum == check(&id, &key)).then(|| (id, UnlockerKey::from_bytes(&mut key)))
}

/// Tells a damaged file from a wrong one. Four bytes of a hash of 32 random bytes tell nothing about them.
fn check(id: &[u8; 16], key: &[u8; 32]) -> String {
    let mut both = Zeroizing::new([0_u8; 48]);
    let (left, right) = both.split_at_mut(16);
    left.copy_from_slice(id);
    right.copy_from_slice(key);
    let [a, b, c, d, ..] = hash::sha256(&*both);
    base16ct::lower::encode_string(&[a, b, c, d])
}

fn check_private(path: &Path, metadata: &std::fs::Metadata) -> Result<(), UnlockError> {
    let mode = metadata.mode() & 0o7777;
    let problem = if metadata.uid() != rustix::process::geteuid().as_raw() {
        format!("it belongs to user {}", metadata.uid())
    } else if mode & 0o077 != 0 {
        format!("mode {mode:04o}, wanted {}", if metadata.is_dir() { "0700" } else { "0600" })
    } else {
        return Ok(());
    };
    Err(UnlockError::KeyFilePermissions { path: path.to_owned(), problem })
}

fn io(path: &Path, error: &std::io::Error) -> UnlockError {
    UnlockError::Io { path: path.to_owned(), problem: error.to_string() }
}
