//! One walk along a log, entry by entry: lines against tiles, tiles against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use super::detail::{self, Saying};
use super::fault::{Fault, Place};
use super::notes::Notes;
use crate::bundle::folder::Folder;
use crate::bundle::layout::Name;
use crate::bundle::levels::Levels;
use crate::bundle::line;
use crate::checkpoint::Origin;
use crate::tile::{TILE_WIDTH, TileId};
use crate::tree::Hash;

/// What a walk found.
#[derive(Debug)]
pub(in crate::bundle) struct Walked {
    /// Index of the first entry that is retained.
    pub(in crate::bundle) first: u64,
    /// The roots that were asked for, by size; none for sizes beyond the end.
    pub(in crate::bundle) roots: BTreeMap<u64, Hash>,
    /// What the log says of the other log that was asked for.
    pub(in crate::bundle) heads: Vec<Head>,
}

/// The size and the root of a log, as another log knew them.
#[derive(Clone, Copy, Debug)]
pub(in crate::bundle) struct Head {
    /// The entry that says so.
    pub(in crate::bundle) index: u64,
    pub(in crate::bundle) size: u64,
    pub(in crate::bundle) root: Hash,
}

/// Where a walk begins: what is before has been walked already.
#[derive(Debug, Default)]
pub(in crate::bundle) struct Start {
    /// The first leaf.
    pub(in crate::bundle) index: u64,
    /// Where its line begins in `entries.jsonl`.
    pub(in crate::bundle) offset: u64,
    /// The tree before it.
    pub(in crate::bundle) levels: Levels,
}

/// Walks from `start` to the last leaf. Computes the roots of `sizes`, and gathers heads of the log `heads_of`.
pub(in crate::bundle) fn walk(
    folder: &Folder,
    notes: &Notes,
    start: Start,
    sizes: BTreeSet<u64>,
    heads_of: Option<&Origin>,
) -> Result<Walked, Fault> {
    let size = notes.size();
    let mut lines = Lines::open(folder, start.offset)?;
    let is_whole = start.index == 0;
    let first = if is_whole { lines.first_index(size)? } else { start.index };
    let mut entries = Entries { notes, heads_of, below: 0, heads: Vec::new() };
    let mut tree = Tree::new(folder, size, start, sizes);
    while tree.size < size {
        let tile = Name::tile_of(TileId { level: 0, index: tree.size / TILE_WIDTH }, size);
        let done = usize::try_from(tree.size % TILE_WIDTH).unwrap_or(usize::MAX);
        for hash in folder.tile(tile)?.into_iter().skip(done) {
            if tree.size >= first {
                entries.check(tree.size, &lines.line, &hash, tile)?;
                lines.advance()?;
            }
            tree.push(hash)?;
        }
    }
    if !lines.line.is_empty() {
        return Err(Fault::new(Place::Entry(size), NOT_COVERED));
    }
    if is_whole && first > entries.below {
        return Err(Fault::new(Place::Entry(entries.below), "missing, and no entry says that it was pruned"));
    }
    Ok(Walked { first, roots: tree.finish()?, heads: entries.heads })
}

/// The lines of `entries.jsonl`, one at a time. No line is empty: an empty one is the end.
struct Lines {
    file: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    fn open(folder: &Folder, offset: u64) -> Result<Self, Fault> {
        let mut file = BufReader::with_capacity(READ_BYTES, folder.open(Name::Entries)?);
        let sought = file.seek(SeekFrom::Start(offset));
        sought.map_err(|error| Fault::unreadable(Place::file(Name::Entries), &error))?;
        let mut lines = Self { file, line: Vec::new() };
        lines.advance()?;
        Ok(lines)
    }

    fn advance(&mut self) -> Result<(), Fault> {
        self.line.clear();
        let most = u64::try_from(line::LINE_MAX_BYTES).unwrap_or(u64::MAX);
        let read = (&mut self.file).take(most).read_until(b'\n', &mut self.line);
        read.map(|_len| ()).map_err(|error| Fault::unreadable(Place::file(Name::Entries), &error))
    }

    /// The index of the entry in the first line.
    fn first_index(&self, size: u64) -> Result<u64, Fault> {
        if self.line.is_empty() {
            return Err(Fault::new(Place::file(Name::Entries), "empty"));
        }
        match line::index_of(&self.line).unwrap_or(0) {
            beyond if beyond >= size => Err(Fault::new(Place::Entry(beyond), NOT_COVERED)),
            first => Ok(first),
        }
    }
}

/// What entries are checked against, and what they said.
struct Entries<'a> {
    notes: &'a Notes,
    heads_of: Option<&'a Origin>,
    /// Up to where the log says that it was pruned.
    below: u64,
    heads: Vec<Head>,
}

impl Entries<'_> {
    fn check(&mut self, index: u64, line: &[u8], expected: &Hash, tile: Name) -> Result<(), Fault> {
        let fault = |what: &dyn std::fmt::Display| Fault::new(Place::Entry(index), what);
        if line.is_empty() {
            return Err(fault(&"missing: the entries end before it"));
        }
        let (leaf, hash) =
            line::take_apart(line, index, self.notes.origin()).map_err(|error| fault(&error))?;
        if hash != *expected {
            return Err(fault(&format_args!("its hash is not the one in {tile}")));
        }
        let saying = detail::read(leaf, self.heads_of).map_err(|error| fault(&error))?;
        let epoch = self.notes.history.epochs().find(|epoch| epoch.start() == index);
        match (epoch, saying) {
            (Some(epoch), Saying::Takeover { epoch: number, key })
                if number == u64::from(epoch.number()) && key == epoch.key().to_string() => {}
            (Some(epoch), _) => {
                let note = Name::Key(epoch.number());
                return Err(fault(&format_args!("it is not the entry of the takeover in {note}")));
            }
            (None, Saying::Takeover { .. }) => {
                return Err(fault(&"it is the entry of a takeover that is not in keys/"));
            }
            (None, Saying::Nothing) => {}
            (None, Saying::Pruned(below)) => self.below = self.below.max(below),
            (None, Saying::Heads(heads)) => {
                self.heads.extend(heads.into_iter().map(|(size, root)| Head { index, size, root }));
            }
        }
        Ok(())
    }
}

/// The tree as it grows: its higher tiles are compared with those in the folder, and its root is kept at some sizes.
struct Tree<'a> {
    folder: &'a Folder,
    end: u64,
    size: u64,
    levels: Levels,
    /// Sizes to come, whose roots are asked for.
    sizes: BTreeSet<u64>,
    roots: BTreeMap<u64, Hash>,
    /// The first tile above level 0 that is not right, and why. Entries are looked at first.
    wrong: Option<(TileId, Fault)>,
}

impl<'a> Tree<'a> {
    fn new(folder: &'a Folder, end: u64, start: Start, sizes: BTreeSet<u64>) -> Self {
        let Start { index: size, levels, .. } = start;
        let mut tree = Self { folder, end, size, levels, sizes, roots: BTreeMap::new(), wrong: None };
        tree.keep_root();
        tree
    }

    fn push(&mut self, hash: Hash) -> Result<(), Fault> {
        let Self { folder, end, wrong, .. } = self;
        let pushed = self.levels.push(hash, |id, hashes| compare(folder, *end, wrong, id, hashes));
        pushed.map_err(|full| Fault::new(Place::Entry(self.size), full))?;
        self.size = self.size.saturating_add(1);
        self.keep_root();
        Ok(())
    }

    fn keep_root(&mut self) {
        if self.sizes.first() == Some(&self.size) {
            self.sizes.pop_first();
            self.roots.insert(self.size, self.levels.root());
        }
    }

    fn finish(mut self) -> Result<BTreeMap<u64, Hash>, Fault> {
        for (id, hashes) in self.levels.partial() {
            compare(self.folder, self.end, &mut self.wrong, id, hashes);
        }
        match self.wrong {
            Some((_, fault)) => Err(fault),
            None => Ok(self.roots),
        }
    }
}

/// Compares a tile above level 0 with the one in the folder.
fn compare(folder: &Folder, size: u64, wrong: &mut Option<(TileId, Fault)>, id: TileId, hashes: &[Hash]) {
    if id.level == 0 || wrong.as_ref().is_some_and(|(earlier, _)| *earlier < id) {
        return;
    }
    let name = Name::tile_of(id, size);
    let fault = match folder.tile(name) {
        Ok(there) if there == hashes => return,
        Ok(_) => Fault::new(Place::file(name), "its hashes are not those of the tiles below it"),
        Err(fault) => fault,
    };
    *wrong = Some((id, fault));
}

const NOT_COVERED: &str = "it is not covered by the newest checkpoint";
/// How much of the entries is read at once.
const READ_BYTES: usize = 1 << 18;
