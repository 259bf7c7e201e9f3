//! What becomes of each batch of a group. Pure: one decision for every storage that can decide in its own process.
//!
//! Trust: none needed and none given. It compares opaque revisions; who owns the store can make it say anything.
//!
//! # Invariants
//! - Batches are decided in order, and a later one sees what an earlier *admitted* one wrote.
//! - A batch that is not admitted leaves no trace: its neighbours are decided as if it had never been there.
//! - Nothing is written here, and no clock is read: the moment is handed in once for the whole group.

use std::collections::HashMap;

use super::{Batch, Key, Revision, StorageError, Verdict};
use crate::time::Timestamp;

/// The verdicts of one group, and what follows from them.
#[derive(Debug)]
pub struct Decision {
    /// One a batch.
    pub verdicts: Vec<Verdict>,
    /// The indexes of the batches that stand, in order.
    pub admitted: Vec<usize>,
    /// The revision of every key that the admitted batches write, as it will be after the commit.
    pub written: HashMap<Key, Option<Revision>>,
}

/// Decides `batches` at `now`; `stored` gives the revision that a key has in the store before this group.
///
/// # Errors
/// What `stored` says.
pub fn decide(
    batches: &[Batch],
    now: Timestamp,
    mut stored: impl FnMut(&Key) -> Result<Option<Revision>, StorageError>,
) -> Result<Decision, StorageError> {
    let mut decision = Decision {
        verdicts: Vec::with_capacity(batches.len()),
        admitted: Vec::new(),
        written: HashMap::new(),
    };
    for (index, batch) in batches.iter().enumerate() {
        let verdict = judge(batch, now, &decision.written, &mut stored)?;
        if verdict == Verdict::Committed {
            decision.admitted.push(index);
            note_writes(batch, &mut decision.written);
        }
        decision.verdicts.push(verdict);
    }
    Ok(decision)
}

fn judge(
    batch: &Batch,
    now: Timestamp,
    written: &HashMap<Key, Option<Revision>>,
    stored: &mut impl FnMut(&Key) -> Result<Option<Revision>, StorageError>,
) -> Result<Verdict, StorageError> {
    if batch.not_after.is_some_and(|last| now > last) {
        return Ok(Verdict::Expired);
    }
    for expectation in &batch.expect {
        let found = match written.get(&expectation.key) {
            Some(revision) => *revision,
            None => stored(&expectation.key)?,
        };
        if found != expectation.revision {
            return Ok(Verdict::Conflict(expectation.key));
        }
    }
    Ok(Verdict::Committed)
}

fn note_writes(batch: &Batch, written: &mut HashMap<Key, Option<Revision>>) {
    written.extend(batch.put.iter().map(|put| (put.key, Some(put.revision))));
    written.extend(batch.delete.iter().map(|key| (*key, None)));
    written.extend(batch.touch.iter().map(|(key, revision)| (*key, Some(*revision))));
}
