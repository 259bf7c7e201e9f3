//! The index itself: what heads say, in the order of paths.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use crate::content::FileInfo;
use crate::fault::Corrupt;
use crate::metadata::Metadata;
use crate::path::{FolderPath, SecretPath};
use crate::quota::Tally;
use crate::storage::Key;
use crate::time::Timestamp;
use crate::vault::head::{Head, Said};
use crate::vault::marks::{Mark, Marks};
use crate::version::VersionNumber;

/// Bytes that a secret takes up besides its path, its marks and what is said of it, about: its place in the tree, and what the allocator
/// adds to each of the three.
const SECRET_OVERHEAD_BYTES: usize = 320;

/// All secrets of a tenant, those in the trash too.
#[derive(Debug, Default)]
pub(in crate::vault) struct Secrets {
    by_path: BTreeMap<SecretPath, Known>,
    bytes: usize,
    /// Of all of them: what comes and goes is added and taken away, so that nobody has to count.
    tally: Tally,
    /// How many of them are templates.
    templates: usize,
}

/// What is known of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::vault) struct Known {
    /// The end of its head's key: what a head that is gone is found by.
    place: [u8; 32],
    /// The current version, if there is one.
    pub(in crate::vault) current: Option<Current>,
    /// Since when it is in the trash.
    pub(in crate::vault) trashed: Option<Timestamp>,
    metadata: Said,
    /// Most secrets hold a value.
    file: Option<Box<FileInfo>>,
    /// Of the current version's values.
    marks: Option<Marks>,
    /// What there is of it, all versions together.
    tally: Tally,
    /// What the current version is filled in with. Most are no templates.
    references: Option<Box<[SecretPath]>>,
}

/// The version that readers get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::vault) struct Current {
    pub(in crate::vault) version: VersionNumber,
    /// When it was made.
    pub(in crate::vault) changed: Timestamp,
}

impl Known {
    pub(in crate::vault) fn of(key: &Key, head: &Head) -> Result<Self, Corrupt> {
        let place = key.table_and_suffix().1.try_into().map_err(|_| Corrupt::new("a secret's head"))?;
        let record = head.current().zip(head.current_record());
        let current = record
            .map(|(version, record)| Current { version, changed: Timestamp::from_millis(record.created_ms) });
        let marks = record.and_then(|(_, record)| record.marks.clone());
        let references = record.map(|(_, record)| record.references()).transpose()?.flatten();
        let references = references.map(Vec::into_boxed_slice);
        let metadata = head.state.metadata.clone();
        let file = record.and_then(|(_, record)| record.file.clone());
        let (trashed, tally) = (head.trashed(), head.tally());
        Ok(Self { place, current, trashed, metadata, file, marks, tally, references })
    }

    /// The file that the current version holds.
    pub(in crate::vault) fn file(&self) -> Option<&FileInfo> {
        self.file.as_deref()
    }

    /// What is said about it.
    pub(in crate::vault) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The marks of its values. What they tell is for those alone who may read it.
    pub(in crate::vault) fn marks(&self) -> impl Iterator<Item = Mark> {
        self.marks.iter().flat_map(Marks::iter)
    }

    /// What readers get is filled in with these; `None`: it is no template.
    pub(in crate::vault) fn references(&self) -> Option<&[SecretPath]> {
        self.live().and(self.references.as_deref())
    }

    /// The version that readers get, if there is anything for readers.
    pub(in crate::vault) fn live(&self) -> Option<Current> {
        self.current.filter(|_| self.trashed.is_none())
    }

    fn bytes(&self, path: &SecretPath) -> usize {
        let said = self.metadata.bytes();
        let marks = self.marks.as_ref().map_or(0, Marks::bytes);
        let file = self.file().map_or(0, |file| file.media_type.as_str().len());
        let references = self.references.iter().flatten().map(|path| path.as_str().len());
        let own = [SECRET_OVERHEAD_BYTES, path.as_str().len(), said, marks, file];
        own.into_iter().chain(references).fold(0, usize::saturating_add)
    }
}

impl Secrets {
    /// All of these.
    pub(super) fn of(mut all: Vec<(SecretPath, Known)>) -> Self {
        all.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        let bytes = all.iter().fold(0, |sum: usize, (path, known)| sum.saturating_add(known.bytes(path)));
        let tally = all.iter().map(|(_, known)| known.tally).fold(Tally::default(), Tally::plus);
        // Heads come in no order, and so did their paths into memory. Who goes through all of them waits for each, unless they lie as they
        // are gone through: a search takes half of the time.
        let by_path = all.iter().map(|(path, known)| (path.clone(), known.clone())).collect();
        let templates = all.iter().filter(|(_, known)| known.references.is_some()).count();
        Self { by_path, bytes, tally, templates }
    }

    /// None, of so many bytes.
    #[cfg(test)]
    pub(super) fn swollen(bytes: usize) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Takes in a head as it is now.
    pub(super) fn put(&mut self, key: &Key, head: &Head) -> Result<(), Corrupt> {
        let (path, known) = Self::read(key, head)?;
        self.bytes = self.bytes.saturating_add(known.bytes(&path));
        self.tally = self.tally.plus(known.tally);
        self.templates = self.templates.saturating_add(usize::from(known.references.is_some()));
        if let Some(before) = self.by_path.insert(path.clone(), known) {
            self.bytes = self.bytes.saturating_sub(before.bytes(&path));
            self.tally = self.tally.minus(before.tally);
            self.templates = self.templates.saturating_sub(usize::from(before.references.is_some()));
        }
        Ok(())
    }

    /// What a head says, and of which secret.
    pub(super) fn read(key: &Key, head: &Head) -> Result<(SecretPath, Known), Corrupt> {
        Ok((head.secret_path()?, Known::of(key, head)?))
    }

    /// Takes out all whose heads are gone, in one go through all: a key does not say which path it is of.
    pub(super) fn remove(&mut self, gone: &HashSet<[u8; 32]>) {
        if gone.is_empty() {
            return;
        }
        let (mut bytes, mut tally, mut templates) = (self.bytes, self.tally, self.templates);
        self.by_path.retain(|path, known| {
            let stays = !gone.contains(&known.place);
            if !stays {
                bytes = bytes.saturating_sub(known.bytes(path));
                tally = tally.minus(known.tally);
                templates = templates.saturating_sub(usize::from(known.references.is_some()));
            }
            stays
        });
        (self.bytes, self.tally, self.templates) = (bytes, tally, templates);
    }

    /// All below a folder, behind `after`, in the order of paths.
    pub(in crate::vault) fn below<'s>(
        &'s self,
        folder: &FolderPath,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'s SecretPath, &'s Known)> + use<'s> {
        let prefix = if folder.is_root() { String::new() } else { format!("{}/", folder.as_str()) };
        let after = after.filter(|after| *after >= prefix.as_str());
        let from = after.map_or(Bound::Included(prefix.as_str()), Bound::Excluded);
        let range = self.by_path.range::<str, _>((from, Bound::Unbounded));
        range.take_while(move |(path, _)| path.as_str().starts_with(&prefix))
    }

    /// What is known of one.
    pub(in crate::vault) fn get(&self, path: &SecretPath) -> Option<&Known> {
        self.by_path.get(path)
    }

    /// Whether any of them is a template.
    pub(in crate::vault) fn has_templates(&self) -> bool {
        self.templates > 0
    }

    /// What there is of all of them.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// What all take up, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
