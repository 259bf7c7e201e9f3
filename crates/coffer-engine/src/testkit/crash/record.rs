//! What happened to the files of one store, in order.
//!
//! [`super::vfs`] tells what SQLite does. Names that change behind its back (the store makes its file under another name and renames it)
//! are seen by looking at the folder: a file is known by its inode.
//!
//! # Invariants
//! - An operation and its line in the record are one: nobody else touches the files in between, also on other threads. So what a sync is
//!   written behind was written before it.
//! - Lock files and the index of the WAL are left out. The first to open a store after a crash makes both anew.

use std::collections::BTreeMap;
use std::fs::{read, read_dir};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::{FileId, Image, Operation};

/// The folders that are recorded in this process.
static RECORDED: Mutex<BTreeMap<PathBuf, Arc<Record>>> = Mutex::new(BTreeMap::new());

/// Endings of names that are left out.
const LEFT_OUT: [&str; 3] = ["-shm", ".lock", ".next"];

/// The record of one store.
pub(super) struct Record {
    folder: PathBuf,
    log: Mutex<Log>,
}

/// The operations, and the files as they are called now.
#[derive(Default)]
pub(super) struct Log {
    operations: Vec<Operation>,
    /// By inode.
    files: BTreeMap<u64, Known>,
    last: usize,
}

#[derive(Clone)]
struct Known {
    file: FileId,
    name: String,
}

impl Record {
    /// Records what happens in this folder, which need not be there yet; its path has no symbolic link in it.
    pub(super) fn begin(folder: &Path) -> Arc<Self> {
        let record = Arc::new(Self { folder: folder.to_owned(), log: Mutex::default() });
        locked(&RECORDED).insert(folder.to_owned(), Arc::clone(&record));
        record
    }

    /// Ends it: what happens from now on is not recorded. The operations, and the files that they should have made.
    pub(super) fn end(&self) -> (Vec<Operation>, Image) {
        locked(&RECORDED).remove(&self.folder);
        self.alone(|log| {
            self.look_around(log);
            let names = log.files.values().map(|known| known.name.clone());
            let found = names.map(|name| (read(self.folder.join(&name)).unwrap_or_default(), name));
            let image = Image(found.map(|(content, name)| (name, content)).collect());
            (std::mem::take(&mut log.operations), image)
        })
    }

    /// The record of the folder that this file lies in, and the file's name.
    pub(super) fn of(path: &Path) -> Option<(Arc<Self>, String)> {
        let record = locked(&RECORDED).get(path.parent()?).map(Arc::clone)?;
        Some((record, path.file_name()?.to_str()?.to_owned()))
    }

    /// How many operations there were.
    pub(super) fn len(&self) -> usize {
        locked(&self.log).operations.len()
    }

    /// Does something to the files while nobody else does.
    pub(super) fn alone<T>(&self, work: impl FnOnce(&mut Log) -> T) -> T {
        work(&mut locked(&self.log))
    }

    /// Takes in the names of the folder as they are.
    pub(super) fn look_around(&self, log: &mut Log) {
        let Ok(entries) = read_dir(&self.folder) else { return };
        let found = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let wanted = !LEFT_OUT.iter().any(|ending| name.ends_with(ending));
            Some((entry.metadata().ok().filter(|_| wanted)?.ino(), name))
        });
        log.names_are(&found.collect());
    }

    /// Somebody else than SQLite has synced the folder, with the names that are in it, or a file there.
    pub(super) fn synced(&self, path: &Path) {
        self.alone(|log| {
            self.look_around(log);
            let name = path.strip_prefix(&self.folder).ok().and_then(Path::to_str);
            let synced = match name {
                Some("") => Some(Operation::SyncFolder),
                Some(name) => log.file(name).map(|file| Operation::Sync { file }),
                None => None,
            };
            synced.into_iter().for_each(|synced| log.push(synced));
        });
    }
}

impl Log {
    pub(super) fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    pub(super) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The file of this name.
    pub(super) fn file(&self, name: &str) -> Option<FileId> {
        self.files.values().find(|known| known.name == name).map(|known| known.file)
    }

    fn names_are(&mut self, found: &BTreeMap<u64, String>) {
        let gone: Vec<_> = self.files.keys().filter(|inode| !found.contains_key(inode)).copied().collect();
        for inode in gone {
            if let Some(Known { name, .. }) = self.files.remove(&inode) {
                self.push(Operation::Remove { name });
            }
        }
        for (inode, name) in found {
            match self.files.get_mut(inode) {
                Some(known) if known.name == *name => {}
                Some(known) => {
                    let from = std::mem::replace(&mut known.name, name.clone());
                    self.push(Operation::Rename { from, to: name.clone() });
                }
                None => {
                    let file = FileId(self.last);
                    self.last = self.last.saturating_add(1);
                    self.files.insert(*inode, Known { file, name: name.clone() });
                    self.push(Operation::Create { file, name: name.clone() });
                }
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
