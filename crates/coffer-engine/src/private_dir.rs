//! A folder that only its owner may open, and that is still there after the loss of power.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes a folder (0700) and those above it, where they are missing. A folder's name belongs to the one above: that is synced too, or
/// what lies within could survive and not be found.
pub(crate) fn make(dir: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|dir| !is_here(dir) && !dir.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    missing.into_iter().filter_map(Path::parent).try_for_each(sync)
}

/// Makes the names in a folder survive the loss of power.
pub(crate) fn sync(dir: &Path) -> io::Result<()> {
    File::open(if is_here(dir) { Path::new(".") } else { dir })?.sync_all()
}

/// `Path::parent` of a single name is empty.
fn is_here(dir: &Path) -> bool {
    dir.as_os_str().is_empty()
}
