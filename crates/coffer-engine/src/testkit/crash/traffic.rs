//! What a store has done to its files, in numbers.

use std::collections::BTreeMap;

use super::disk::{FileId, Operation};

/// Bytes of the header of a WAL, and of a frame in it. Nothing else that SQLite writes for us is as short.
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// What a store has done to its files since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How often a WAL has begun, or begun anew.
    pub wal_beginnings: usize,
    /// Frames in the WAL since then.
    pub wal_frames: usize,
    /// How often a file was made shorter.
    pub cuts: usize,
}

impl Traffic {
    pub(super) fn of(operations: &[Operation]) -> Self {
        let mut traffic = Self::default();
        let mut lengths = BTreeMap::<FileId, usize>::new();
        for operation in operations {
            match operation {
                Operation::Write { file, at, bytes } => {
                    let length = lengths.entry(*file).or_default();
                    *length = (*length).max(at.saturating_add(bytes.len()));
                    traffic.wrote(*at, bytes.len());
                }
                Operation::Truncate { file, length } => {
                    let before = lengths.insert(*file, *length);
                    let shorter = before.is_some_and(|before| *length < before);
                    traffic.cuts = traffic.cuts.saturating_add(usize::from(shorter));
                }
                _ => {}
            }
        }
        traffic
    }

    fn wrote(&mut self, at: usize, length: usize) {
        if (at, length) == (0, WAL_HEADER) {
            self.wal_beginnings = self.wal_beginnings.saturating_add(1);
            self.wal_frames = 0;
        } else if length == FRAME_HEADER {
            self.wal_frames = self.wal_frames.saturating_add(1);
        }
    }
}
