//! What was read lately, so that the storage need not be asked again. It may be stale, always.
//!
//! A stale line costs a retry and never a wrong answer: whatever is decided on it is expected in the commit, and a commit whose
//! expectations fail makes the caller [`Cache::forget`] and look again. Bounded in bytes.
//!
//! # Invariants
//! - No value of a secret is in here: opened records and sealed versions only.
//! - Absence is not remembered: a flood of wrong names evicts nothing.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache as Lines;

use super::{Key, Revision};
use crate::limits::CACHE_MAX_BYTES;
use crate::tenant::TenantId;

/// Bytes that one line costs besides what is in it: its place here, and what the allocator adds.
const LINE_OVERHEAD_BYTES: u64 = 200;
/// From here on a record is long: a secret's head that has been written a few times.
const GROWN_BYTES: usize = 512;
/// Lines that the cache is laid out for; more or fewer are fine.
const LINES_EXPECTED: usize = 16_384;

/// Opened records by key.
pub(crate) struct Cache {
    lines: Lines<Key, Line, ByBytes>,
}

/// What was found at a key.
pub(crate) struct Seen<T> {
    /// The record's revision then.
    pub(crate) revision: Revision,
    /// The record, opened.
    pub(crate) value: Arc<T>,
}

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Self { revision: self.revision, value: Arc::clone(&self.value) }
    }
}

#[derive(Clone)]
struct Line {
    revision: Revision,
    value: Arc<dyn Any + Send + Sync>,
    bytes: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Line> for ByBytes {
    fn weight(&self, _: &Key, line: &Line) -> u64 {
        line.bytes.saturating_add(LINE_OVERHEAD_BYTES)
    }
}

/// What a record takes up when it is opened, about, by its size as stored: each text and each list has a place of its own then, and numbers
/// have their full width. (Of a secret's head it is three to four times as much, by how many versions it has.) One that is long has grown, and
/// counts half as much again for what is beyond [`GROWN_BYTES`]: each size that it had has left places in pages of the allocator that only
/// records of that size fill again.
pub(crate) fn opened_bytes(stored: usize) -> usize {
    let grown = stored.saturating_sub(GROWN_BYTES);
    stored.saturating_mul(4).saturating_add(grown.saturating_mul(2))
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { lines: Lines::with_weighter(LINES_EXPECTED, CACHE_MAX_BYTES, ByBytes) }
    }

    /// What was last seen at this key, if it was of this type.
    pub(crate) fn get<T: Send + Sync + 'static>(&self, key: &Key) -> Option<Seen<T>> {
        let line = self.lines.get(key)?;
        Some(Seen { revision: line.revision, value: line.value.downcast().ok()? })
    }

    /// Remembers what was seen; `bytes` is what it takes up, about.
    pub(crate) fn put<T: Send + Sync + 'static>(&self, key: Key, seen: &Seen<T>, bytes: usize) {
        let value: Arc<dyn Any + Send + Sync> = Arc::<T>::clone(&seen.value);
        self.lines.insert(key, Line { revision: seen.revision, value, bytes: bytes as u64 });
    }

    /// How many lines there are, and how many bytes they take up, about.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.lines.len(), self.lines.weight())
    }

    /// Forgets all that was seen of these owners'.
    pub(crate) fn forget_all_of(&self, owners: &BTreeSet<TenantId>) {
        self.lines.retain(|key, _| !owners.contains(&key.owner()));
    }

    /// Forgets what was seen at this key.
    pub(crate) fn forget(&self, key: &Key) {
        self.lines.remove(key);
    }
}
