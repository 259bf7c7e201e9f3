//! The last steps: what was added is checked, and the newest checkpoint is put in its place.

use std::collections::BTreeSet;

use super::store::Store;
use super::{BundleError, BundleWriter, Entries, Held};
use crate::bundle::folder::Folder;
use crate::bundle::layout::Name;
use crate::bundle::levels::Levels;
use crate::bundle::verify::notes::{Notes, kept_sizes};
use crate::bundle::verify::walk::{Start, walk};
use crate::bundle::verify::{Fault, Place, VerifyOptions};
use crate::checkpoint::Checkpoint;
use crate::note::{SignedNote, VerifierKey};
use crate::proof::{root_of, root_tiles};
use crate::tile::Tiles;
use crate::tree::Hash;

impl BundleWriter {
    /// Makes `newest` the newest checkpoint. The one before becomes an older one. Everything up to `newest` must have
    /// been added.
    ///
    /// # Errors
    ///
    /// [`BundleError::Forked`] and [`BundleError::Shrunk`] when the log does not continue what is in the bundle;
    /// [`BundleError::Made`] when what was added has a fault.
    pub fn finish(mut self, newest: &SignedNote) -> Result<(), BundleError> {
        let checkpoint =
            Checkpoint::parse(newest.text()).map_err(|error| BundleError::made(Name::Newest, error))?;
        self.check_size(&checkpoint)?;
        self.begin()?;
        if let Entries::Up(_, lines) = &mut self.entries {
            lines.sync()?;
        }
        if let Some(held) = self.held.as_ref().filter(|held| held.checkpoint.size < checkpoint.size) {
            self.store.put(Name::Kept(held.checkpoint.size), held.note.to_string().as_bytes())?;
        }
        let folder = Folder::list(self.store.dir()).map_err(BundleError::Made)?;
        keep_used_witnesses(&self.store, &folder, newest, &self.witnesses)?;
        let folder = Folder::list(self.store.dir()).map_err(BundleError::Made)?;
        let notes =
            Notes::read(&folder, Some(newest), &VerifyOptions::default()).map_err(BundleError::Made)?;
        check_log(&folder, &notes, self.held.as_ref())?;
        self.store.sync()?;
        self.store.replace(Name::Newest, newest.to_string().as_bytes())?;
        remove_stale_tiles(&self.store, &folder, checkpoint.size)?;
        self.store.remove(Name::Unfinished)?;
        self.store.sync()
    }

    /// The newest checkpoint is not smaller than the one before.
    fn check_size(&self, newest: &Checkpoint) -> Result<(), BundleError> {
        let Some(Held { checkpoint: held, .. }) = &self.held else { return Ok(()) };
        match newest.size {
            size if size < held.size => Err(BundleError::Shrunk { held: held.size, size }),
            size if size == held.size && newest.root != held.root => Err(BundleError::Forked { size }),
            _ => Ok(()),
        }
    }
}

/// Checks tiles and entries from what was held on, and every root.
fn check_log(folder: &Folder, notes: &Notes, held: Option<&Held>) -> Result<(), BundleError> {
    let size = notes.size();
    let root_at = |at: u64| root_from_tiles(folder, at, size).map_err(BundleError::Made);
    let mut start = Start::default();
    if let Some(held) = held {
        let Checkpoint { size: before, root, .. } = held.checkpoint;
        if root_at(before)? != root {
            return Err(BundleError::Forked { size: before });
        }
        start = Start { index: before, offset: held.len, levels: right_edge(folder, before, size)? };
    }
    let walked = walk(folder, notes, start, BTreeSet::from([size]), None).map_err(BundleError::Made)?;
    if walked.roots.get(&size) != Some(&notes.newest.checkpoint().root) {
        return Err(match held {
            Some(held) => BundleError::Forked { size: held.checkpoint.size },
            None => BundleError::made(Name::Newest, "its root is not that of the entries"),
        });
    }
    let kept = notes.kept.iter().map(|kept| kept.checkpoint());
    let kept = kept.map(|kept| (Name::Kept(kept.size), kept.size, kept.root));
    let starts = notes.history.anchors().map(|(start, root, epoch)| (Name::Key(epoch), start, root));
    for (name, at, root) in kept.chain(starts) {
        if root_at(at)? != root {
            return Err(BundleError::made(
                name,
                format_args!("its root is not that of the first {at} entries"),
            ));
        }
    }
    Ok(())
}

/// The root of the first `at` entries, from the tiles of a log of `size`.
pub(super) fn root_from_tiles(folder: &Folder, at: u64, size: u64) -> Result<Hash, Fault> {
    let mut tiles = Tiles::new();
    for (id, _width) in root_tiles(at) {
        tiles.insert(id, folder.tile(Name::tile_of(id, size))?);
    }
    root_of(at, &tiles).map_err(|error| Fault::new(Place::file(Name::Newest), error))
}

/// The right edge of the tree of the first `at` entries, from the tiles of a log of `size`.
fn right_edge(folder: &Folder, at: u64, size: u64) -> Result<Levels, BundleError> {
    let edge = Levels::resume(at, |id, width| {
        let mut hashes = folder.tile(Name::tile_of(id, size)).map_err(EdgeError::Fault)?;
        hashes.truncate(width.into());
        Ok(hashes)
    });
    edge.map_err(|error| match error {
        EdgeError::Fault(fault) => BundleError::Made(fault),
        EdgeError::TooLarge(full) => BundleError::made(Name::Newest, full),
    })
}

/// Writes down those of `witnesses` who have cosigned `newest` or an older checkpoint.
pub(super) fn keep_used_witnesses(
    store: &Store,
    folder: &Folder,
    newest: &SignedNote,
    witnesses: &[VerifierKey],
) -> Result<(), BundleError> {
    let mut notes = vec![newest.clone()];
    for size in kept_sizes(folder) {
        notes.push(folder.note(Name::Kept(size)).map_err(BundleError::Made)?);
    }
    let used = witnesses.iter().filter(|witness| notes.iter().any(|note| note.verify(witness).is_ok()));
    let text: String = used.map(|witness| format!("{witness}\n")).collect();
    match text.as_str() {
        "" => store.remove(Name::Witnesses),
        text => store.replace(Name::Witnesses, text.as_bytes()),
    }
}

/// Removes the tiles that a log of `size` does not have: partial ones that have grown.
pub(super) fn remove_stale_tiles(store: &Store, folder: &Folder, size: u64) -> Result<(), BundleError> {
    let is_stale = |name: &Name| matches!(name, Name::Tile(id, _) if *name != Name::tile_of(*id, size));
    folder.names().filter(is_stale).try_for_each(|name| store.remove(name))
}

/// Why an edge was not loaded.
#[derive(Debug)]
enum EdgeError {
    Fault(Fault),
    TooLarge(crate::tree::TooLarge),
}

impl From<crate::tree::TooLarge> for EdgeError {
    fn from(full: crate::tree::TooLarge) -> Self {
        Self::TooLarge(full)
    }
}
