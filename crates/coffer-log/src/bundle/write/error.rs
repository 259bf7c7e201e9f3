//! Why a bundle could not be written.

use std::fmt;
use std::io;

use crate::bundle::layout::Name;
use crate::bundle::verify::{Fault, Place};
use crate::checkpoint::Origin;
use crate::tile::TileId;

/// A bundle was not opened, not added to, or not finished. What it was before is kept: the next
/// [`BundleWriter::open`](super::BundleWriter::open) finds it.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file or folder could not be read or written.
    #[error("{path}: {cause}")]
    Io {
        /// Which; relative to the bundle, or the bundle itself.
        path: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// There is something that is no folder, or a symbolic link.
    #[error("{0} is not a folder")]
    NotAFolder(String),
    /// Somebody else writes it at this moment.
    #[error("somebody else is writing this bundle")]
    Busy,
    /// What is there already is not a bundle, or not a sound one.
    #[error("what is already there is not a sound bundle: {0}")]
    Held(#[source] Fault),
    /// What is there already is a bundle of another log.
    #[error("what is already there is a bundle of the log {0}")]
    OtherLog(Origin),
    /// The log has a name that bundles have no place for.
    #[error(
        "a log with a bundle has a name of at most 255 printable ASCII characters, without quote and backslash"
    )]
    Origin,
    /// Entries come in the order of the log, without a gap.
    #[error("entry {index} was given where entry {next} comes next")]
    Order {
        /// The index that comes next.
        next: u64,
        /// The index that was given.
        index: u64,
    },
    /// A leaf is longer than leaves are.
    #[error("entry {index} is too long")]
    TooLong {
        /// Its index.
        index: u64,
    },
    /// A tile has 1 to 256 hashes.
    #[error("tile {} of level {} has no hashes, or too many", .0.index, .0.level)]
    Tile(TileId),
    /// The log is smaller than the bundle: an older store was put back.
    #[error("the log has size {size}, and the bundle {held}: an older store was put back")]
    Shrunk {
        /// Size of the bundle's newest checkpoint.
        held: u64,
        /// Size of the log's.
        size: u64,
    },
    /// The log does not continue what is in the bundle.
    #[error("the log does not continue what is kept here: it was forked before entry {size}")]
    Forked {
        /// A size at which both are different.
        size: u64,
    },
    /// What was to be the bundle has a fault.
    #[error("what was to be written is not a sound bundle: {0}")]
    Made(#[source] Fault),
}

impl BundleError {
    pub(super) fn io(name: Name, cause: io::Error) -> Self {
        Self::Io { path: name.to_string(), cause }
    }

    pub(super) fn held(name: Name, what: impl fmt::Display) -> Self {
        Self::Held(Fault::new(Place::file(name), what))
    }

    pub(super) fn made(name: Name, what: impl fmt::Display) -> Self {
        Self::Made(Fault::new(Place::file(name), what))
    }
}
