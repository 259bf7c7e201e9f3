//! Writing a bundle, or adding to one: what the log has is handed over piece by piece, in any order but that of entries.
//!
//! While a bundle is being written there is a file `unfinished` in it ([`Marker`]), and no verifier accepts it. Who opens
//! it again finds it as it was before ([`recover()`]). The newest checkpoint comes last.
//!
//! # Invariants
//!
//! * A bundle that [`BundleWriter::finish`] has finished verifies: what was added has been checked by the verifier's own
//!   steps, on the files themselves.
//! * What is there already is never replaced by something that does not continue it: [`BundleError::Forked`],
//!   [`BundleError::Shrunk`]. So a folder that is written to again and again is a witness of the log.
//! * Folders are made 0700, files 0600. No symbolic link is followed, and only files of a bundle are ever removed.

mod copy;
mod error;
mod finish;
mod marker;
mod recover;
mod store;

use std::path::Path;

pub use error::BundleError;

use super::folder::Folder;
use super::layout::Name;
use super::line;
use super::verify::notes::{Notes, is_plain, read_witnesses};
use super::verify::{Fault, Place, VerifyOptions};
use crate::checkpoint::{Checkpoint, Origin};
use crate::note::{SignedNote, VerifierKey};
use crate::tile::{TileId, tiles_of};
use crate::tree::Hash;
use finish::root_from_tiles;
use marker::Marker;
use recover::recover;
use store::{Lines, Store};

/// Writes one bundle.
#[derive(Debug)]
pub struct BundleWriter {
    store: Store,
    origin: Origin,
    held: Option<Held>,
    entries: Entries,
    witnesses: Vec<VerifierKey>,
}

/// What the bundle already was.
#[derive(Debug)]
struct Held {
    checkpoint: Checkpoint,
    note: SignedNote,
    /// Bytes of its entries.
    len: u64,
}

/// How far the entries have got.
#[derive(Debug)]
enum Entries {
    /// A new bundle, to which nothing was added: it may begin anywhere.
    None,
    /// The index that comes next.
    Up(u64, Lines),
}

impl BundleWriter {
    /// Opens the bundle of the log `origin` in `dir`. If there is no such folder, or nothing in it, a new bundle is
    /// begun. What is there is checked, except for tiles and entries.
    ///
    /// # Errors
    ///
    /// [`BundleError`]: `dir` is something else, is of another log, or is being written by somebody else.
    pub fn open(dir: &Path, origin: &Origin) -> Result<Self, BundleError> {
        if !is_plain(origin.as_str()) {
            return Err(BundleError::Origin);
        }
        let store = Store::open(dir)?;
        let mut folder = Folder::list(dir).map_err(BundleError::Held)?;
        if folder.has(Name::Unfinished) || folder.has(Name::Staged) {
            recover(&store, &folder, origin)?;
            folder = Folder::list(dir).map_err(BundleError::Held)?;
        }
        let origin = origin.clone();
        if folder.is_empty() {
            return Ok(Self { store, origin, held: None, entries: Entries::None, witnesses: Vec::new() });
        }
        let (checkpoint, note, witnesses) = read_held(&folder, &origin).map_err(BundleError::Held)?;
        if checkpoint.origin != origin {
            return Err(BundleError::OtherLog(checkpoint.origin));
        }
        let (lines, len) = store.lines_up_to(checkpoint.size)?;
        let entries = Entries::Up(checkpoint.size, lines);
        Ok(Self { store, origin, held: Some(Held { checkpoint, note, len }), entries, witnesses })
    }

    /// The index of the entry that [`BundleWriter::entry`] takes next. Of a new bundle it is 0, and any other index is
    /// taken as well: that of the first entry that the log still has.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        if let Entries::Up(next, _) = &self.entries { *next } else { 0 }
    }

    /// The newest checkpoint that the bundle had when it was opened; of a new bundle, nothing.
    #[must_use]
    pub fn held_checkpoint(&self) -> Option<&Checkpoint> {
        self.held.as_ref().map(|held| &held.checkpoint)
    }

    /// The tiles that a log of `size` has and the bundle has not.
    ///
    /// # Errors
    ///
    /// [`BundleError::Held`] when the folder can't be read.
    pub fn missing_tiles(
        &self,
        size: u64,
    ) -> Result<impl Iterator<Item = (TileId, u16)> + use<>, BundleError> {
        let folder = Folder::list(self.store.dir()).map_err(BundleError::Held)?;
        Ok(tiles_of(size).filter(move |(id, width)| !folder.has(Name::Tile(*id, *width))))
    }

    /// Adds the entry `index`.
    ///
    /// # Errors
    ///
    /// [`BundleError::Order`] when another one comes next, [`BundleError::TooLong`], [`BundleError::Io`].
    pub fn entry(&mut self, index: u64, leaf: &[u8]) -> Result<(), BundleError> {
        if leaf.len() > line::LEAF_MAX_BYTES {
            return Err(BundleError::TooLong { index });
        }
        self.begin()?;
        if matches!(self.entries, Entries::None) {
            self.entries = Entries::Up(index, self.store.new_lines()?);
        }
        let Entries::Up(next, lines) = &mut self.entries else {
            return Err(BundleError::Order { next: 0, index });
        };
        if *next != index {
            return Err(BundleError::Order { next: *next, index });
        }
        lines.write(&line::make(leaf, index, &self.origin))?;
        *next = next.saturating_add(1);
        Ok(())
    }

    /// Adds a tile, full or partial; one that is there already may come again.
    ///
    /// # Errors
    ///
    /// [`BundleError::Forked`] when another one is there already, [`BundleError::Io`].
    pub fn tile(&mut self, id: TileId, hashes: &[Hash]) -> Result<(), BundleError> {
        let width = u16::try_from(hashes.len()).ok().filter(|width| (1..=256).contains(width));
        let name = Name::Tile(id, width.ok_or(BundleError::Tile(id))?);
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.bytes()).collect();
        self.add(name, &bytes)
    }

    /// Adds the note of a signing key.
    ///
    /// # Errors
    ///
    /// As [`BundleWriter::tile`].
    pub fn key(&mut self, epoch: u32, note: &SignedNote) -> Result<(), BundleError> {
        self.add(Name::Key(epoch), note.to_string().as_bytes())
    }

    /// Adds an older checkpoint. One of a size that is there already is left as it is, if it is the same but for its
    /// signatures.
    ///
    /// # Errors
    ///
    /// As [`BundleWriter::tile`]; [`BundleError::Made`] when it is none.
    pub fn kept_checkpoint(&mut self, note: &SignedNote) -> Result<(), BundleError> {
        let checkpoint = Checkpoint::parse(note.text());
        let size = checkpoint.map_err(|error| BundleError::made(Name::Newest, error))?.size;
        let of_held =
            self.held.as_ref().filter(|held| held.checkpoint.size == size).map(|held| held.note.clone());
        let there = of_held.map_or_else(|| self.store.note(Name::Kept(size)), |note| Ok(Some(note)))?;
        match there {
            None => self.add(Name::Kept(size), note.to_string().as_bytes()),
            Some(there) if there.text() == note.text() => Ok(()),
            Some(_) => Err(BundleError::Forked { size }),
        }
    }

    /// Names a witness who may have cosigned a checkpoint.
    pub fn witness(&mut self, key: &VerifierKey) {
        if !self.witnesses.contains(key) {
            self.witnesses.push(key.clone());
        }
    }

    /// Adds a file, or finds the same one.
    fn add(&mut self, name: Name, bytes: &[u8]) -> Result<(), BundleError> {
        self.begin()?;
        match self.store.read(name)? {
            None => self.store.put(name, bytes),
            Some(there) if there == bytes => Ok(()),
            Some(_) => Err(match &self.held {
                Some(held) => BundleError::Forked { size: held.checkpoint.size },
                None => BundleError::made(name, "it was given twice, and not the same"),
            }),
        }
    }

    /// Says that the bundle is unfinished, before anything in it changes.
    fn begin(&mut self) -> Result<(), BundleError> {
        let (size, len) = self.held.as_ref().map_or((0, 0), |held| (held.checkpoint.size, held.len));
        self.store.mark(&Marker { origin: self.origin.clone(), size, len })
    }
}

/// The newest checkpoint of a bundle that is whole, its note, and all witnesses. Of the tiles, the right edge is checked.
fn read_held(folder: &Folder, origin: &Origin) -> Result<(Checkpoint, SignedNote, Vec<VerifierKey>), Fault> {
    let notes = Notes::read(folder, None, &VerifyOptions::default())?;
    notes.check_names(folder)?;
    let checkpoint = notes.newest.checkpoint().clone();
    if root_from_tiles(folder, checkpoint.size, checkpoint.size)? != checkpoint.root {
        return Err(Fault::new(Place::file(Name::Newest), "its root is not that of the tiles"));
    }
    Ok((checkpoint, folder.note(Name::Newest)?, read_witnesses(folder, origin)?))
}
