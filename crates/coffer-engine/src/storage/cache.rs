//! What was read lately, so that the storage need not be asked again. It may be stale, always.
//!
//! A stale line costs a retry and never a wrong answer: whatever is decided on it is expected in the commit, and a commit whose
//! expectations fail makes the caller [`Cache::forget`] and look again. Bounded in bytes, and let go of when hardly anybody asks: reading all
//! anew costs less than keeping it for nobody.
//!
//! # Invariants
//! - No value of a secret is in here: opened records and sealed versions only.
//! - Absence is not remembered: a flood of wrong names evicts nothing.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::Weighter;
use quick_cache::sync::Cache as Lines;

use super::{Key, Revision};
use crate::limits::{CACHE_IDLE_BYTES, CACHE_IDLE_LOOKUPS, CACHE_IDLE_SECONDS, CACHE_MAX_BYTES};
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// Bytes that one line costs besides what is in it: its place here, and what the allocator adds.
const LINE_OVERHEAD_BYTES: u64 = 200;
/// From here on a record is long: a secret's head that has been written a few times.
const GROWN_BYTES: usize = 512;
/// Lines that the cache is laid out for; more or fewer are fine.
const LINES_EXPECTED: usize = 16_384;

/// Opened records by key.
pub(crate) struct Cache {
    lines: Lines<Key, Line, ByBytes>,
    /// How often somebody has asked since `quiet_since`; not counted beyond what matters, so that readers on many processors only look at it.
    asked: AtomicU64,
    /// Since when hardly anybody has asked.
    quiet_since: Mutex<Option<Timestamp>>,
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
        Self {
            lines: Lines::with_weighter(LINES_EXPECTED, CACHE_MAX_BYTES, ByBytes),
            asked: AtomicU64::new(0),
            quiet_since: Mutex::default(),
        }
    }

    /// What was last seen at this key, if it was of this type.
    pub(crate) fn get<T: Send + Sync + 'static>(&self, key: &Key) -> Option<Seen<T>> {
        if self.is_quiet() {
            self.asked.fetch_add(1, Ordering::Relaxed);
        }
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

    /// Forgets everything, if it is much and hardly anybody has asked lately. Not the half of it: what is left would keep nearly all pages of the
    /// allocator.
    pub(crate) fn drop_idle(&self, now: Timestamp) {
        let mut since = self.quiet_since.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(quiet) = since.filter(|since| self.is_quiet() && *since <= now) else {
            *since = Some(now);
            self.asked.store(0, Ordering::Relaxed);
            return;
        };
        let idle_ms = now.millis().saturating_sub(quiet.millis());
        if idle_ms >= CACHE_IDLE_SECONDS.saturating_mul(1000) && self.lines.weight() > CACHE_IDLE_BYTES {
            self.lines.clear();
        }
    }

    fn is_quiet(&self) -> bool {
        self.asked.load(Ordering::Relaxed) <= CACHE_IDLE_LOOKUPS
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::keyspace::{self, Table};

    /// So many lines, with all bytes that an idle cache may have between them and one more.
    const LINES: u64 = 16;

    fn key(number: u64) -> Key {
        keyspace::numbered(TenantId::INSTANCE, Table::LogLeaves, number)
    }

    fn filled() -> Cache {
        let cache = Cache::new();
        (0..LINES).for_each(|number| {
            let seen = Seen { revision: Revision([7; 16]), value: Arc::new(number) };
            cache.put(key(number), &seen, (CACHE_IDLE_BYTES / LINES) as usize);
        });
        cache
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000).plus_seconds(seconds)
    }

    fn ask(cache: &Cache, times: u64) {
        (0..times).for_each(|number| drop(cache.get::<u64>(&key(number % LINES))));
    }

    fn lines(cache: &Cache) -> u64 {
        cache.size().0 as u64
    }

    #[test]
    fn much_that_nobody_asks_for_is_let_go_of() {
        let cache = filled();
        cache.drop_idle(at(0));
        ask(&cache, CACHE_IDLE_LOOKUPS);
        cache.drop_idle(at(CACHE_IDLE_SECONDS - 1));
        assert_eq!(lines(&cache), LINES, "not yet");
        cache.drop_idle(at(CACHE_IDLE_SECONDS));
        assert_eq!(lines(&cache), 0);
        cache.put(key(1), &Seen { revision: Revision([8; 16]), value: Arc::new(1_u64) }, 8);
        cache.drop_idle(at(9 * CACHE_IDLE_SECONDS));
        assert_eq!(lines(&cache), 1, "it is little");
    }

    #[test]
    fn what_is_asked_for_is_kept() {
        let cache = filled();
        for seconds in 0..4 * CACHE_IDLE_SECONDS {
            cache.drop_idle(at(seconds));
            if seconds % (CACHE_IDLE_SECONDS - 1) == 0 {
                ask(&cache, CACHE_IDLE_LOOKUPS + 1);
            }
        }
        assert_eq!(lines(&cache), LINES);
        // A clock that goes back: nothing has been idle for long.
        cache.drop_idle(at(0));
        cache.drop_idle(at(CACHE_IDLE_SECONDS - 1));
        assert_eq!(lines(&cache), LINES);
    }
}
