//! A bundle that somebody did not finish, as it was before.

use super::BundleError;
use super::finish::{keep_used_witnesses, remove_stale_tiles};
use super::marker::Marker;
use super::store::Store;
use crate::bundle::folder::Folder;
use crate::bundle::layout::Name;
use crate::bundle::verify::notes::{kept_sizes, read_keys, read_witnesses};
use crate::checkpoint::{Checkpoint, Origin};

/// Takes away what was added since the bundle was last finished. If only the last steps are missing, they are done.
pub(super) fn recover(store: &Store, folder: &Folder, origin: &Origin) -> Result<(), BundleError> {
    store.remove(Name::Staged)?;
    if !folder.has(Name::Unfinished) {
        return Ok(());
    }
    let text = folder.text(Name::Unfinished).map_err(BundleError::Held)?;
    let marker =
        Marker::parse(&text).ok_or_else(|| BundleError::held(Name::Unfinished, "not one of ours"))?;
    if marker.origin != *origin {
        return Err(BundleError::OtherLog(marker.origin));
    }
    let newest = if folder.has(Name::Newest) {
        let note = folder.note(Name::Newest).map_err(BundleError::Held)?;
        Some(Checkpoint::parse(note.text()).map_err(|error| BundleError::held(Name::Newest, error))?)
    } else {
        None
    };
    match newest {
        None => {
            folder.names().filter(|name| *name != Name::Unfinished).try_for_each(|name| store.remove(name))?
        }
        Some(newest) => {
            // Where the newest checkpoint is not the one of before, the entries up to it are all there.
            if newest.size == marker.size {
                store.cut_lines(marker.len)?;
            }
            take_back(store, folder, newest.size, origin)?;
        }
    }
    // Whoever was interrupted before the first file of a folder was there has left the folder.
    let folder = Folder::list(store.dir()).map_err(BundleError::Held)?;
    folder.hollow().try_for_each(|path| store.remove_folder(path))?;
    store.remove(Name::Unfinished)
}

/// Removes what a bundle with a newest checkpoint of `size` does not have.
fn take_back(store: &Store, folder: &Folder, size: u64, origin: &Origin) -> Result<(), BundleError> {
    let history = read_keys(folder, None).map_err(BundleError::Held)?;
    let later = history.epochs().filter(|epoch| epoch.start() >= size).map(|epoch| epoch.number());
    // The last one first: whoever is interrupted leaves no gap.
    let later = later.collect::<Vec<u32>>().into_iter().rev();
    later.map(Name::Key).try_for_each(|name| store.remove(name))?;
    let kept = kept_sizes(folder).into_iter().filter(|kept| *kept >= size);
    kept.map(Name::Kept).try_for_each(|name| store.remove(name))?;
    remove_stale_tiles(store, folder, size)?;
    let folder = Folder::list(store.dir()).map_err(BundleError::Held)?;
    let newest = folder.note(Name::Newest).map_err(BundleError::Held)?;
    let witnesses = read_witnesses(&folder, origin).map_err(BundleError::Held)?;
    keep_used_witnesses(store, &folder, &newest, &witnesses)
}
