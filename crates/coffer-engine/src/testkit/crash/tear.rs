//! The loss of power as disks do it: out of order, and in the midst of a write.
//!
//! What was not synced is kept or lost sector by sector. A sector has 512 bytes, the least that any disk writes as a whole: a page of 4096
//! that is torn is eight of them, and a frame of the WAL, which begins anywhere, shares its first and last one with its neighbours.
//!
//! # Invariants
//! - A sector holds one of the states that it went through since the last sync, never a mixture: but for the last write, which may end in
//!   the midst of one.
//! - Bytes that nobody wrote to stay as they are, also in a sector that is torn. SQLite relies on it (powersafe overwrite), as disks have
//!   kept it for long.
//! - A file is cut to a length, or it is not: the length is one number of the file system's, and no sector is written for it.
//! - Names are kept in their order up to some point, as file systems with a journal keep them. Nothing orders them and the bytes.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a simulation that miscounts stops, and the test with it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::chance::Chance;
use super::disk::{Disk, Image, Operation};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// How many of eight sectors have got as far as they could: all, most, half, few.
const KEPT_OF_EIGHT: [usize; 4] = [8, 7, 4, 1];

/// What is found after the loss of power; `chance` says which sectors the disk had written.
pub(super) fn after_loss(disk: &Disk, chance: &mut Chance) -> Image {
    let kept_of_eight = KEPT_OF_EIGHT[chance.below(KEPT_OF_EIGHT.len())];
    let loose = with_the_last_write_torn(disk, chance);
    let mut contents = disk.safe().clone();

    let names: Vec<_> = loose.iter().filter(|operation| operation.renames()).collect();
    names[..chance.below(names.len() + 1)].iter().for_each(|operation| contents.apply(operation));

    let changed: BTreeSet<_> = loose.iter().filter_map(Operation::changed).collect();
    for file in changed {
        let changes: Vec<_> =
            loose.iter().filter(|operation| operation.changed() == Some(file)).cloned().collect();
        let content = contents.files.entry(file).or_default();
        *content = scattered(content, &changes, |states| {
            let last = states - 1;
            if last == 0 || chance.below(8) < kept_of_eight { last } else { chance.below(last) }
        });
    }
    contents.into_image()
}

/// The file after `changes`, of which each sector, and the length, got as far as `choose` says: it is given how many states there were.
pub(super) fn scattered(
    before: &[u8],
    changes: &[Operation],
    mut choose: impl FnMut(usize) -> usize,
) -> Vec<u8> {
    let mut now = before.to_vec();
    for part in changes.split_inclusive(|change| matches!(change, Operation::Truncate { .. })) {
        let (writes, cut) = match part.split_last() {
            Some((Operation::Truncate { length, .. }, writes)) => (writes, Some(*length)),
            _ => (part, None),
        };
        now = scattered_writes(&now, writes, &mut choose);
        if let Some(length) = cut.filter(|_| choose(2) == 1) {
            now.resize(length, 0);
        }
    }
    now
}

/// The same for writes alone.
fn scattered_writes(
    before: &[u8],
    changes: &[Operation],
    choose: &mut impl FnMut(usize) -> usize,
) -> Vec<u8> {
    let mut now = before.to_vec();
    let mut lengths = vec![now.len()];
    let mut sectors = BTreeMap::<usize, Vec<[u8; SECTOR]>>::new();
    for change in changes {
        let touched = sectors_of(change.range(now.len()));
        for number in touched.clone() {
            sectors.entry(number).or_insert_with(|| vec![sector(&now, number)]);
        }
        change.change(&mut now);
        lengths.push(now.len());
        for number in touched {
            sectors.entry(number).or_default().push(sector(&now, number));
        }
    }
    let end = sectors.last_key_value().map_or(0, |(number, _)| (number + 1) * SECTOR);
    now.resize(now.len().max(end), 0);
    for (number, states) in &sectors {
        now[number * SECTOR..(number + 1) * SECTOR].copy_from_slice(&states[choose(states.len())]);
    }
    now.resize(lengths[choose(lengths.len())], 0);
    now
}

/// Everything that is not safe. When the last of it is a write, it may have been under way: its first bytes have been written, and then
/// there is what was there before, or zeros to the end of the sector.
fn with_the_last_write_torn(disk: &Disk, chance: &mut Chance) -> Vec<Operation> {
    let mut loose = disk.loose().to_vec();
    let Some(Operation::Write { file, at, bytes }) = loose.last().cloned() else { return loose };
    let written = chance.below(bytes.len() + 1);
    loose.pop();
    loose.push(Operation::Write { file, at, bytes: Arc::from(&bytes[..written]) });
    let torn_at = at + written;
    let sector_end = torn_at.next_multiple_of(SECTOR).min(at + bytes.len());
    if chance.below(2) == 0 {
        loose.push(Operation::Write { file, at: torn_at, bytes: vec![0; sector_end - torn_at].into() });
    }
    loose
}

fn sectors_of(bytes: Range<usize>) -> Range<usize> {
    if bytes.is_empty() { 0..0 } else { bytes.start / SECTOR..bytes.end.div_ceil(SECTOR) }
}

fn sector(content: &[u8], number: usize) -> [u8; SECTOR] {
    let mut sector = [0; SECTOR];
    let start = (number * SECTOR).min(content.len());
    let end = (start + SECTOR).min(content.len());
    sector[..end - start].copy_from_slice(&content[start..end]);
    sector
}
