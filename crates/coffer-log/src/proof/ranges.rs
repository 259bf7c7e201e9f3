//! Which parts of a tree a proof names: ranges of leaves, each the leaves below one hash of the proof.
//!
//! # Invariants
//!
//! * A range starts at a multiple of the largest power of two that fits into it: so it is a row of perfect subtrees,
//!   each smaller than the one before.

/// The leaves `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// A perfect subtree: the node `index` of those with 2^`height` leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subtree {
    pub(super) height: u8,
    pub(super) index: u64,
}

impl Range {
    /// The perfect subtrees it consists of, largest first.
    pub(super) fn subtrees(&self) -> Vec<Subtree> {
        let mut subtrees = Vec::new();
        let mut start = self.start;
        while let Some(height) = self.end.saturating_sub(start).checked_ilog2() {
            subtrees.push(Subtree {
                height: u8::try_from(height).unwrap_or(u8::MAX),
                index: start.wrapping_shr(height),
            });
            start = start.saturating_add(power_of_two(height));
        }
        subtrees
    }

    /// Where the tree over this range is split: after the largest power of two that leaves something to the right.
    fn middle(&self) -> Option<u64> {
        let len = self.end.saturating_sub(self.start);
        let height = len.checked_sub(1)?.checked_ilog2()?;
        Some(self.start.saturating_add(power_of_two(height)))
    }
}

/// What is beside the way from the leaf `index` to the root, from below: PATH of RFC 6962.
pub(super) fn beside(index: u64, size: u64) -> Vec<Range> {
    let mut ranges = Vec::new();
    let mut here = Range { start: 0, end: size };
    if index >= size {
        return ranges;
    }
    while let Some(middle) = here.middle() {
        let (left, right) = (Range { end: middle, ..here }, Range { start: middle, ..here });
        let (way, other) = if index < middle { (left, right) } else { (right, left) };
        ranges.push(other);
        here = way;
    }
    ranges.reverse();
    ranges
}

/// What shows that a tree of size `new` begins with one of size `old`, from below: PROOF of RFC 6962.
pub(super) fn between(old: u64, new: u64) -> Vec<Range> {
    let mut ranges = Vec::new();
    if old == 0 || old >= new {
        return ranges;
    }
    let mut here = Range { start: 0, end: new };
    while let (true, Some(middle)) = (here.end != old, here.middle()) {
        let (left, right) = (Range { end: middle, ..here }, Range { start: middle, ..here });
        let (way, other) = if old <= middle { (left, right) } else { (right, left) };
        ranges.push(other);
        here = way;
    }
    // The old tree itself is known to whoever checks; a part of it is not.
    if here.start != 0 {
        ranges.push(here);
    }
    ranges.reverse();
    ranges
}

fn power_of_two(height: u32) -> u64 {
    1_u64.checked_shl(height).unwrap_or(0)
}
