//! The names of the files of a bundle.
//!
//! # Invariants
//!
//! * Each file has one name: [`Name::parse`] accepts only what [`Name`] is written as.

use std::fmt;

use crate::decimal;
use crate::tile::{TILE_WIDTH, TileId, tile_width};

/// A file of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The newest checkpoint.
    Newest,
    /// An older checkpoint, by its size.
    Kept(u64),
    /// The note of a signing key, by its epoch.
    Key(u32),
    /// A tile, and how many hashes it has.
    Tile(TileId, u16),
    /// The entries.
    Entries,
    /// The verifier keys of witnesses.
    Witnesses,
    /// Not part of a bundle: there while one is being written.
    Unfinished,
    /// Not part of a bundle: a file that is renamed into the place of another.
    Staged,
}

impl Name {
    /// The file called `path`, relative to the bundle.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        Some(match path.split_once('/') {
            None => match path {
                "checkpoint" => Self::Newest,
                "entries.jsonl" => Self::Entries,
                "witnesses" => Self::Witnesses,
                "unfinished" => Self::Unfinished,
                "unfinished.new" => Self::Staged,
                _ => return None,
            },
            Some((KEPT, size)) => Self::Kept(decimal::parse(size)?),
            Some((KEYS, epoch)) => Self::Key(u32::try_from(decimal::parse(epoch)?).ok()?),
            Some((TILES, tile)) => Self::tile(tile).filter(|name| name.to_string() == path)?,
            Some(_) => return None,
        })
    }

    /// The tile `id` in a log of `size`.
    #[must_use]
    pub fn tile_of(id: TileId, size: u64) -> Self {
        Self::Tile(id, tile_width(id, size))
    }

    /// Whether the folder called `path` is one that a bundle's files lie in.
    pub(super) fn lie_in(path: &str) -> bool {
        let first = path.split('/').next();
        first.is_some_and(|first| [KEPT, KEYS, TILES].contains(&first))
    }

    /// Reads `<level>/<number>[.p/<width>]`, as well as anything that resembles it.
    fn tile(path: &str) -> Option<Self> {
        let (level, number) = path.split_once('/')?;
        let (number, width) = match number.split_once(".p/") {
            None => (number, TILE_WIDTH),
            Some((number, width)) => (number, decimal::parse(width)?),
        };
        let mut digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let significant = digits.trim_start_matches('0').len();
        digits = digits.split_off(digits.len().saturating_sub(significant.max(1)));
        let id = TileId { level: level.parse().ok()?, index: decimal::parse(&digits)? };
        (1..=TILE_WIDTH).contains(&width).then_some(Self::Tile(id, u16::try_from(width).ok()?))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => f.write_str("checkpoint"),
            Self::Kept(size) => write!(f, "{KEPT}/{size}"),
            Self::Key(epoch) => write!(f, "{KEYS}/{epoch}"),
            Self::Tile(id, width) => f.write_str(&id.path(*width)),
            Self::Entries => f.write_str("entries.jsonl"),
            Self::Witnesses => f.write_str("witnesses"),
            Self::Unfinished => f.write_str("unfinished"),
            Self::Staged => f.write_str("unfinished.new"),
        }
    }
}

/// The folder of older checkpoints.
const KEPT: &str = "checkpoints";
/// The folder of notes of signing keys.
const KEYS: &str = "keys";
/// The folder of tiles.
const TILES: &str = "tile";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name() {
        let tile = |level, index, width| Name::Tile(TileId { level, index }, width);
        for (path, name) in [
            ("checkpoint", Name::Newest),
            ("checkpoints/100", Name::Kept(100)),
            ("keys/0", Name::Key(0)),
            ("keys/4294967295", Name::Key(u32::MAX)),
            ("tile/0/000", tile(0, 0, 256)),
            ("tile/1/000.p/1", tile(1, 0, 1)),
            ("tile/0/x001/x234/067.p/255", tile(0, 1_234_067, 255)),
            ("entries.jsonl", Name::Entries),
            ("witnesses", Name::Witnesses),
            ("unfinished", Name::Unfinished),
            ("unfinished.new", Name::Staged),
        ] {
            assert_eq!(Name::parse(path), Some(name), "{path}");
            assert_eq!(name.to_string(), path);
        }
    }

    #[test]
    fn another_spelling_is_no_name() {
        for path in [
            "",
            "checkpoint/",
            "checkpoints",
            "checkpoints/",
            "checkpoints/01",
            "checkpoints/+1",
            "checkpoints/1/2",
            "keys/00",
            "keys/4294967296",
            "tile/0/0",
            "tile/00/000",
            "tile/+0/000",
            "tile/0/x000/000",
            "tile/0/001/067",
            "tile/0/x001/x067",
            "tile/0/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p",
            "tile/0/000.p/1.p/1",
            "tile/entries/000",
            "./checkpoint",
            "/checkpoint",
            "keys/../checkpoint",
            "Checkpoint",
        ] {
            assert_eq!(Name::parse(path), None, "{path:?}");
        }
    }
}
