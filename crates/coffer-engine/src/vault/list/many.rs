//! A list of many: from the tenant's index.
//!
//! It holds for a moment after it was asked for, as the index does. A folder is there as long as something, live or in the trash, is in it.

use std::collections::BTreeSet;

use super::{FolderListing, ListPart, ListedSecret};
use crate::fault::{Corrupt, Invalid};
use crate::limits::LIST_FOLDERS_MAX;
use crate::path::{FolderPath, SecretPath};
use crate::vault::index::Secrets;
use crate::vault::round::Stop;

/// What is in a folder, or below it.
pub(super) fn list(
    all: &Secrets,
    folder: &FolderPath,
    recursive: bool,
    part: ListPart<'_>,
) -> Result<FolderListing, Stop> {
    let folders = if part.after.is_none() { folders(all, folder, recursive)? } else { Vec::new() };
    let mut wanted = all
        .below(folder, part.after)
        .filter(|(path, known)| known.live().is_some() && (recursive || is_in(path, folder)))
        .filter_map(|(path, known)| ListedSecret::of(path.clone(), known));
    let secrets = wanted.by_ref().take(part.limit).collect();
    Ok(FolderListing { folders, secrets, more: wanted.next().is_some() })
}

/// The folders in a folder, or all below it, in order.
fn folders(all: &Secrets, folder: &FolderPath, recursive: bool) -> Result<Vec<FolderPath>, Stop> {
    let mut folders = BTreeSet::new();
    let mut last = "";
    for (path, _) in all.below(folder, None).filter(|(path, _)| !is_in(path, folder)) {
        let of = folder_text(path);
        // Most lie where the one before them does.
        if std::mem::replace(&mut last, of) == of {
            continue;
        }
        let mut of = FolderPath::parse(of).map_err(|_| Corrupt::new("a secret's head"))?;
        while of != *folder {
            let Some(parent) = of.parent() else { break };
            if recursive || parent == *folder {
                folders.insert(of);
            }
            of = parent;
        }
        if folders.len() > LIST_FOLDERS_MAX {
            return Err(
                Invalid::new("list.too_many", "more than 100,000 folders", "list a folder below").into()
            );
        }
    }
    Ok(folders.into_iter().collect())
}

fn is_in(path: &SecretPath, folder: &FolderPath) -> bool {
    folder_text(path) == folder.as_str()
}

fn folder_text(path: &SecretPath) -> &str {
    path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder)
}
