//! A folder with a bundle in it, read.
//!
//! # Invariants
//!
//! * Only files that were listed as files are opened: no symbolic link, no device, no pipe.
//! * No more of a file is read than it may hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::layout::Name;
use super::verify::{Fault, Place};
use crate::note::{NOTE_MAX_BYTES, SignedNote};
use crate::tree::Hash;

/// What is in a folder, by path.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Paths as bytes: their order is the same on every machine.
    found: BTreeMap<Vec<u8>, Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Other,
}

impl Folder {
    /// Lists `root` and all below it.
    pub(super) fn list(root: &Path) -> Result<Self, Fault> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![PathBuf::new()];
        while let Some(inside) = waiting.pop() {
            let unreadable =
                |error| Fault::unreadable(Place::path(inside.as_os_str().as_encoded_bytes()), &error);
            for entry in fs::read_dir(root.join(&inside)).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let path = inside.join(entry.file_name());
                let kind = Kind::of(entry.file_type().map_err(unreadable)?);
                found.insert(path.as_os_str().as_encoded_bytes().to_vec(), kind);
                if kind == Kind::Folder {
                    waiting.push(path);
                }
            }
        }
        match found.iter().find(|(_, kind)| **kind == Kind::Other) {
            Some((path, _)) => Err(Fault::new(Place::path(path), "neither a file nor a folder")),
            None => Ok(Self { root: root.to_owned(), found }),
        }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether there is such a file.
    pub(super) fn has(&self, name: Name) -> bool {
        self.found.get(name.to_string().as_bytes()) == Some(&Kind::File)
    }

    /// The files that have a name of a bundle.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        self.files().filter_map(|path| Name::parse(std::str::from_utf8(path).ok()?))
    }

    /// The folders of a bundle that no file lies in, each before the one that it lies in.
    pub(super) fn hollow(&self) -> impl Iterator<Item = &str> {
        let parents: BTreeSet<&[u8]> = self.files().flat_map(parents).collect();
        let folders = self.found.iter().rev().filter(|(_, kind)| **kind == Kind::Folder);
        let hollow = folders.filter(move |(path, _)| !parents.contains(&path[..]));
        hollow.filter_map(|(path, _)| std::str::from_utf8(path).ok()).filter(|path| Name::lie_in(path))
    }

    /// Every file has a name for which `belongs` holds, and every folder has files.
    pub(super) fn check_names(&self, belongs: impl Fn(Name) -> bool) -> Result<(), Fault> {
        let parents: BTreeSet<&[u8]> = self.files().flat_map(parents).collect();
        let fits = |path: &[u8], kind| match kind {
            Kind::Folder => parents.contains(path),
            _ => std::str::from_utf8(path).ok().and_then(Name::parse).is_some_and(&belongs),
        };
        match self.found.iter().find(|(path, kind)| !fits(path, **kind)) {
            Some((path, _)) if self.has(Name::Unfinished) => {
                Err(Fault::new(Place::path(path), "does not belong here: the bundle is not finished"))
            }
            Some((path, _)) => Err(Fault::new(Place::path(path), "does not belong here")),
            None => Ok(()),
        }
    }

    /// Opens a file.
    pub(super) fn open(&self, name: Name) -> Result<File, Fault> {
        if !self.has(name) {
            return Err(Fault::new(Place::file(name), "missing"));
        }
        File::open(self.root.join(name.to_string()))
            .map_err(|error| Fault::unreadable(Place::file(name), &error))
    }

    /// A file of at most `most` bytes.
    pub(super) fn read(&self, name: Name, most: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let read = self.open(name)?.take(limit).read_to_end(&mut bytes);
        read.map_err(|error| Fault::unreadable(Place::file(name), &error))?;
        if bytes.len() > most { Err(Fault::new(Place::file(name), "too long")) } else { Ok(bytes) }
    }

    /// A text as long as a note at most.
    pub(super) fn text(&self, name: Name) -> Result<String, Fault> {
        let text = String::from_utf8(self.read(name, NOTE_MAX_BYTES)?);
        text.map_err(|_not_utf8| Fault::new(Place::file(name), "not a text"))
    }

    /// A signed note, of which nothing has been checked but the form.
    pub(super) fn note(&self, name: Name) -> Result<SignedNote, Fault> {
        SignedNote::parse(&self.text(name)?).map_err(|error| Fault::new(Place::file(name), error))
    }

    /// The hashes of the tile `name`, as many as the name says.
    pub(super) fn tile(&self, name: Name) -> Result<Vec<Hash>, Fault> {
        let Name::Tile(_, width) = name else { return Err(Fault::new(Place::file(name), "not a tile")) };
        let len = usize::from(width).saturating_mul(32);
        let bytes = self.read(name, len)?;
        if bytes.len() != len {
            return Err(Fault::new(Place::file(name), "too short"));
        }
        let (hashes, _rest) = bytes.as_chunks::<32>();
        Ok(hashes.iter().copied().map(Hash::from_bytes).collect())
    }

    fn files(&self) -> impl Iterator<Item = &[u8]> {
        self.found.iter().filter(|(_, kind)| **kind == Kind::File).map(|(path, _)| &path[..])
    }
}

impl Kind {
    fn of(kind: FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Folder
        } else {
            Self::Other
        }
    }
}

/// The folders that a path is in.
fn parents(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    slashes.filter_map(|(at, _)| path.get(..at))
}
