//! The check of a bundle.
//!
//! The order of the steps is part of the format (docs/formats.md): of several faults, all verifiers name the same one.

mod detail;
mod fault;
pub(super) mod notes;
pub(super) mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use fault::{Fault, Place};

use super::folder::Folder;
use super::layout::Name;
use crate::checkpoint::{Checkpoint, Origin};
use crate::note::{KeyName, SignedNote, VerifierKey};
use crate::tree::Hash;
use notes::Notes;
use walk::{Head, Start, Walked, walk};

/// Checks the bundle in `dir`. Nothing is written, no key is needed.
///
/// # Errors
///
/// The first [`Fault`].
pub fn verify(dir: &Path, options: &VerifyOptions) -> Result<VerifyReport, Fault> {
    let folder = Folder::list(dir)?;
    let notes = Notes::read(&folder, None, options)?;
    notes.check_names(&folder)?;
    let system = options.system.as_deref().map(|dir| verify_system(dir, notes.origin())).transpose()?;
    let heads = system.as_ref().map_or(&[][..], |(_, heads)| heads);

    let known: Vec<_> = options.known.iter().map(|note| Checkpoint::parse(note.text())).collect();
    let foreign_sizes =
        known.iter().flatten().map(|known| known.size).chain(heads.iter().map(|head| head.size));
    let walked = walk_along(&folder, &notes, foreign_sizes, None)?;
    check_roots(&notes, &walked)?;
    for (nth, note) in options.known.iter().enumerate() {
        let place = Place::Known(nth.saturating_add(1));
        check_known(&notes, &walked, note).map_err(|what| Fault { place, what })?;
    }
    heads.iter().try_for_each(|head| check_head(&notes, &walked, head))?;
    Ok(report(options, notes, &walked, system.map(|(report, _)| report)))
}

/// What a bundle is held against. Without any of it, a bundle is only shown to be whole and signed by *some* log.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// The first key of the log, known from elsewhere.
    pub key: Option<VerifierKey>,
    /// Checkpoints that were kept elsewhere: the log must continue each of them.
    pub known: Vec<SignedNote>,
    /// Witnesses who must have cosigned the newest checkpoint.
    pub witnesses: Vec<VerifierKey>,
    /// A bundle of the instance's system log: what it says of this log must be so. It is checked first.
    pub system: Option<PathBuf>,
}

/// What a bundle without a fault holds.
#[derive(Clone, Debug)]
pub struct VerifyReport {
    /// Which log.
    pub origin: Origin,
    /// The newest checkpoint: entries in the log, deleted ones included.
    pub size: u64,
    /// The newest checkpoint: root of the tree.
    pub root: Hash,
    /// When the newest checkpoint was signed, in seconds since 1970, as the log says.
    pub time: u64,
    /// Index of the first entry that is retained. Of those before it, only hashes are there.
    pub first: u64,
    /// Entries that are there, each of them checked.
    pub entries: u64,
    /// Signing keys that the log has had.
    pub epochs: u64,
    /// Checkpoints that are there besides the newest.
    pub kept: u64,
    /// Who has cosigned the newest checkpoint. The bundle itself says who they are, unless they were asked for.
    pub witnesses: Vec<KeyName>,
    /// The first key of the log.
    pub genesis: VerifierKey,
    /// Whether that key was given. If not, it was found in the bundle, and anybody may have made both.
    pub anchored: bool,
    /// Checkpoints kept elsewhere that the log continues.
    pub known: u64,
    /// The system log, if there was one.
    pub system: Option<SystemReport>,
}

/// What the system log said.
#[derive(Clone, Debug)]
pub struct SystemReport {
    /// Its name.
    pub origin: Origin,
    /// Its size.
    pub size: u64,
    /// Its first key, found in its bundle.
    pub genesis: VerifierKey,
    /// How often it committed to the log that was checked. If never, it proves nothing.
    pub commitments: u64,
}

/// Checks a bundle of the system log by itself, and gives what it says of `origin`.
fn verify_system(dir: &Path, origin: &Origin) -> Result<(SystemReport, Vec<Head>), Fault> {
    let check = || {
        let folder = Folder::list(dir)?;
        let notes = Notes::read(&folder, None, &VerifyOptions::default())?;
        notes.check_names(&folder)?;
        let walked = walk_along(&folder, &notes, [], Some(origin))?;
        check_roots(&notes, &walked)?;
        Ok((notes, walked))
    };
    let (notes, walked) = check().map_err(Fault::in_system)?;
    let report = SystemReport {
        origin: notes.origin().clone(),
        size: notes.size(),
        genesis: notes.history.genesis().clone(),
        commitments: count(&walked.heads),
    };
    Ok((report, walked.heads))
}

/// A walk that computes the roots at `foreign_sizes`, and all that a bundle itself names.
fn walk_along(
    folder: &Folder,
    notes: &Notes,
    foreign_sizes: impl IntoIterator<Item = u64>,
    heads_of: Option<&Origin>,
) -> Result<Walked, Fault> {
    let kept = notes.kept.iter().map(|kept| kept.checkpoint().size);
    let starts = notes.history.anchors().map(|(start, _, _)| start);
    let sizes = kept.chain(starts).chain([notes.size()]).chain(foreign_sizes).collect::<BTreeSet<u64>>();
    walk(folder, notes, Start::default(), sizes, heads_of)
}

/// Every root that is signed in the bundle is that of its tree.
fn check_roots(notes: &Notes, walked: &Walked) -> Result<(), Fault> {
    let check = |name, size, root: &Hash| match walked.roots.get(&size) {
        Some(found) if found == root => Ok(()),
        _ => Err(Fault::new(
            Place::file(name),
            format_args!("its root is not that of the first {size} entries"),
        )),
    };
    check(Name::Newest, notes.size(), &notes.newest.checkpoint().root)?;
    for kept in &notes.kept {
        let Checkpoint { size, root, .. } = kept.checkpoint();
        check(Name::Kept(*size), *size, root)?;
    }
    notes.history.anchors().try_for_each(|(start, root, epoch)| check(Name::Key(epoch), start, &root))
}

/// A checkpoint that somebody kept is of this log, and of its past.
fn check_known(notes: &Notes, walked: &Walked, note: &SignedNote) -> Result<(), String> {
    let known = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
    if known.origin != *notes.origin() {
        return Err("it is of another log".to_owned());
    }
    if known.size > notes.size() {
        let (size, here) = (known.size, notes.size());
        return Err(format!(
            "it is of size {size}, and the log here of size {here}: an older store was put back"
        ));
    }
    notes.history.check(note).map_err(|error| error.to_string())?;
    match walked.roots.get(&known.size) {
        Some(root) if *root == known.root => Ok(()),
        _ => Err(format!("the log here has another past: it was forked before entry {}", known.size)),
    }
}

/// What the system log knew of this log is so.
fn check_head(notes: &Notes, walked: &Walked, head: &Head) -> Result<(), Fault> {
    let fault = |what: &str| {
        let size = head.size;
        Err(Fault::new(
            Place::Entry(head.index).in_system(),
            format_args!("it commits to size {size}: {what}"),
        ))
    };
    match walked.roots.get(&head.size) {
        _ if head.size > notes.size() => fault("the log is shorter than what the system log committed to"),
        Some(root) if *root == head.root => Ok(()),
        _ => fault("the log has another past than what the system log committed to"),
    }
}

fn report(
    options: &VerifyOptions,
    notes: Notes,
    walked: &Walked,
    system: Option<SystemReport>,
) -> VerifyReport {
    let Checkpoint { origin, size, root } = notes.newest.checkpoint().clone();
    VerifyReport {
        origin,
        size,
        root,
        time: notes.newest.time(),
        first: walked.first,
        entries: size.saturating_sub(walked.first),
        epochs: u64::from(notes.history.last().number()).saturating_add(1),
        kept: count(&notes.kept),
        witnesses: notes.witnesses,
        genesis: notes.history.genesis().clone(),
        anchored: options.key.is_some(),
        known: count(&options.known),
        system,
    }
}

fn count<T>(things: &[T]) -> u64 {
    u64::try_from(things.len()).unwrap_or(u64::MAX)
}
