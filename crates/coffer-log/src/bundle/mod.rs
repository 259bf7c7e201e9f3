//! Bundles: a log in files, for whoever wants to check it without any key ([`verify()`]), and how one is written
//! ([`BundleWriter`]).
//!
//! A bundle is one folder: the newest checkpoint and older ones, the notes of the log's keys, every tile of the tree,
//! and the entries, as far as they are retained. docs/formats.md has each byte, and the order in which faults are looked
//! for; `tools/verify_log.py` is a second verifier that was written from that text alone.
//!
//! # Invariants
//!
//! * [`verify()`] believes nothing that it finds: what is not signed leads to something that is, or it is a fault. A file
//!   that is not part of a bundle is one too.
//! * It names the first fault, always the same one: see the table in docs/formats.md.
//! * No file is held in memory as a whole, except notes and single tiles. No symbolic link is followed. What is listed
//!   first and replaced by somebody afterwards, while the check runs, is read as it is then.
//! * A folder that is written to is itself a witness: no writer puts a log into it that does not continue the one there.

mod folder;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod layout;
mod levels;
mod line;
mod verify;
mod write;

pub use layout::Name;
pub use line::{line_len as entry_line_len, make as entry_line};
pub use verify::{Fault, Place, SystemReport, VerifyOptions, VerifyReport, verify};
pub use write::{BundleError, BundleWriter};
