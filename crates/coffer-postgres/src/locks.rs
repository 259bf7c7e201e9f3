//! Who waits for whom: the locks of a commit.
//!
//! A commit locks the keys that it looks at, shared, and those that it changes, exclusively, before it looks: what it finds then stays so
//! until it is done. The locks are the database's advisory ones, on a hash of the key. Rows could not be locked instead: of what is
//! absent there is no row, and a row that many share for reading is never free for who writes it.
//!
//! # Invariants
//! - Locks are taken in the order of their numbers, [`ALL`] first: nobody waits for who waits for him.
//! - The hash is the same in every build: nodes of two versions lock each other out. Two keys of one hash only wait for each other.
//! - A commit of very many keys locks everybody out instead: the database has room for some thousand locks, for all nodes together.

use std::collections::BTreeMap;

use coffer_encryption::hash::sha256;
use coffer_engine::storage::{Batch, Key};

/// Shared by every commit; held alone by [`Exclusive`](coffer_engine::storage::Exclusive).
pub(crate) const ALL: i64 = i64::MIN;
/// Shared from before a pending row gets its position until its commit is done. Nobody waits for it: it shows who reads pending rows for whom
/// to wait (`pending.rs`). It is never held while a node is waited for: what follows it has been sent already.
pub(crate) const APPENDING: i64 = i64::MAX;
/// Held alone by who changes the tables.
pub(crate) const MIGRATING: i64 = i64::MAX - 1;

/// The most keys that are locked one by one.
const KEYS_MAX: usize = 512;

/// Locks in the order in which they are taken, and whether each is exclusive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Locks {
    pub(crate) numbers: Vec<i64>,
    pub(crate) exclusive: Vec<bool>,
}

impl Locks {
    /// What these batches need, whichever of them stand.
    pub(crate) fn of(batches: &[Batch]) -> Self {
        let mut keys = BTreeMap::from([(ALL, false)]);
        for batch in batches {
            for expectation in &batch.expect {
                keys.entry(number(&expectation.key)).or_insert(false);
            }
            let puts = batch.put.iter().map(|put| &put.key);
            let touches = batch.touch.iter().map(|(key, _)| key);
            for key in puts.chain(&batch.delete).chain(touches) {
                keys.insert(number(key), true);
            }
        }
        if keys.len() > KEYS_MAX {
            keys = BTreeMap::from([(ALL, true)]);
        }
        let (numbers, exclusive) = keys.into_iter().unzip();
        Self { numbers, exclusive }
    }

    /// None: everybody is out already.
    pub(crate) fn none() -> Self {
        Self { numbers: Vec::new(), exclusive: Vec::new() }
    }
}

/// The lock of a key; none of those above.
fn number(key: &Key) -> i64 {
    let mut first = [0; 8];
    first.iter_mut().zip(sha256(key.as_bytes())).for_each(|(to, from)| *to = from);
    i64::from_be_bytes(first).clamp(ALL.saturating_add(1), MIGRATING.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use coffer_engine::storage::{Expectation, Put, Revision};
    use coffer_engine::tenant::TenantId;

    use super::*;

    fn key(suffix: &[u8]) -> Key {
        Key::new(TenantId::from_bytes([1; 16]), 7, suffix).unwrap()
    }

    #[test]
    fn what_is_changed_is_locked_alone_and_what_is_looked_at_is_shared() {
        let (a, b) = (key(b"a"), key(b"b"));
        let expect = [a, b].map(|key| Expectation { key, revision: None }).to_vec();
        let put = vec![Put { key: b, revision: Revision([1; 16]), value: [].into() }];
        let batches = [Batch { put, ..Batch::default() }, Batch { expect, ..Batch::default() }];
        let locks = Locks::of(&batches);
        assert!(locks.numbers.is_sorted());
        assert_eq!(locks.numbers.first(), Some(&ALL));
        let exclusive: Vec<_> = locks.numbers.iter().zip(&locks.exclusive).filter(|lock| *lock.1).collect();
        assert_eq!(exclusive, [(&number(&b), &true)]);
        assert_eq!(locks.numbers.len(), 3);
    }

    #[test]
    fn nodes_of_every_version_lock_the_same() {
        assert_eq!(number(&key(b"a")), number_of_a());
    }

    /// The first eight bytes of SHA-256 of sixteen 01, a 07 and an `a`.
    fn number_of_a() -> i64 {
        let bytes: Vec<u8> = [1; 16].into_iter().chain([7, b'a']).collect();
        let hash = sha256(&bytes);
        i64::from_be_bytes(hash[..8].try_into().unwrap())
    }

    #[test]
    fn very_many_keys_lock_everybody_out() {
        let delete = (0..600_u32).map(|n| key(&n.to_be_bytes())).collect();
        let locks = Locks::of(&[Batch { delete, ..Batch::default() }]);
        assert_eq!(locks, Locks { numbers: vec![ALL], exclusive: vec![true] });
    }
}
