//! Where the store is cut, and what is found then.

use std::fmt;

use super::chance::Chance;
use super::disk::{Disk, Image, Operation};
use super::story::{Promise, Story};
use super::tear;

/// A crash: after so many operations, and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) crash: Crash,
}

/// What became of the operations before a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    /// Every process was killed: all of them reached the disk.
    Kill,
    /// The power went: what was synced is there, and the first so many of the others.
    Power { kept: usize },
    /// The power went: what was synced is there, and of the others some sectors, in no order.
    Torn { seed: u64, image: u64 },
}

impl Crash {
    /// What must have been promised to survive this.
    pub(super) fn promise(self) -> Promise {
        match self {
            Self::Kill => Promise::Written,
            Self::Power { .. } | Self::Torn { .. } => Promise::Synced,
        }
    }

    /// What is found.
    pub(super) fn image(self, disk: &Disk) -> Image {
        match self {
            Self::Kill => disk.after_kill(),
            Self::Power { kept } => disk.after_loss(kept),
            Self::Torn { seed, image } => tear::after_loss(disk, &mut stream(seed, image)),
        }
    }
}

/// Every cut of the story that finds other files than its neighbours. Of those that find the same, the last one, where most is promised;
/// and any at which a promise ends.
pub(super) fn in_order(operations: &[Operation], story: &Story) -> Vec<Cut> {
    let mut disk = Disk::after(operations.iter().take(story.begin));
    let mut cuts = Vec::new();
    for at in story.begin..=operations.len() {
        let next = operations.get(at);
        let a_promise_ends = story.acknowledged.iter().any(|told| told.until == Some(at));
        if a_promise_ends || next.is_none_or(|next| !next.is_sync()) {
            cuts.push(Cut { at, crash: Crash::Kill });
        }
        // Until something becomes safe, what a cut finds is among what the cut behind it finds.
        if a_promise_ends || next.is_none_or(|next| disk.would_settle(next)) {
            let loose = disk.loose().len();
            cuts.extend((0..=loose).map(|kept| Cut { at, crash: Crash::Power { kept } }));
        }
        next.into_iter().for_each(|next| disk.take(next));
    }
    cuts
}

/// So many cuts of the story, at places where something is not safe.
pub(super) fn torn(operations: &[Operation], story: &Story, seed: u64, images: u64) -> Vec<Cut> {
    let mut disk = Disk::after(operations.iter().take(story.begin));
    let mut places = Vec::new();
    for at in story.begin..=operations.len() {
        if !disk.loose().is_empty() {
            places.push(at);
        }
        operations.get(at).into_iter().for_each(|next| disk.take(next));
    }
    // Another stream than those that tear.
    let mut chance = Chance::of(!seed);
    let mut cut = |image| {
        let at = *places.get(chance.below(places.len()))?;
        Some(Cut { at, crash: Crash::Torn { seed, image } })
    };
    (0..images).filter_map(&mut cut).collect()
}

/// One stream for each image, so that one can be made without those before it.
fn stream(seed: u64, image: u64) -> Chance {
    Chance::of(Chance::of(seed).next().wrapping_add(image))
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.crash {
            Crash::Kill => write!(f, "kill after operation {}", self.at),
            Crash::Power { kept } => {
                write!(f, "power loss after operation {}, {kept} kept of what was not synced", self.at)
            }
            Crash::Torn { seed, image } => {
                write!(f, "power loss after operation {}, torn (seed {seed}, image {image})", self.at)
            }
        }
    }
}
