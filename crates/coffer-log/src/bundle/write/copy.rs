//! A bundle that is copied from another one, as it comes over a wire: file by file, and the entries line by line.
//!
//! # Invariants
//!
//! * Nothing that comes is believed: it goes where it would go had the log itself handed it over, and
//!   [`BundleWriter::finish`] checks all of it.

use std::fs;
use std::io;
use std::path::Path;

use super::{BundleError, BundleWriter, Entries};
use crate::bundle::layout::Name;
use crate::bundle::line;
use crate::checkpoint::Checkpoint;
use crate::note::{SignedNote, VerifierKey};
use crate::tree::Hash;

impl BundleWriter {
    /// The index of the first entry that the bundle in `dir` lacks; 0 where there is none yet. Nothing is checked, and
    /// nothing locked: [`BundleWriter::open`] does both.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`]; [`BundleError::Held`] when what is there is no bundle.
    pub fn wanted(dir: &Path) -> Result<u64, BundleError> {
        let text = match fs::read_to_string(dir.join(Name::Newest.to_string())) {
            Ok(text) => text,
            // Whether it is a folder at all is told by who opens it.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(0);
            }
            Err(error) => return Err(BundleError::io(Name::Newest, error)),
        };
        let held = |error: &dyn std::fmt::Display| BundleError::held(Name::Newest, error);
        let note = SignedNote::parse(&text).map_err(|error| held(&error))?;
        Ok(Checkpoint::parse(note.text()).map_err(|error| held(&error))?.size)
    }

    /// Adds a file of the other bundle: any but the entries and the newest checkpoint, which is [`BundleWriter::finish`]'s.
    ///
    /// # Errors
    ///
    /// As [`BundleWriter::tile`]; [`BundleError::Made`] when it is no such file.
    pub fn file(&mut self, name: Name, bytes: &[u8]) -> Result<(), BundleError> {
        match name {
            Name::Tile(id, width) => {
                let (hashes, rest) = bytes.as_chunks::<32>();
                if hashes.len() != usize::from(width) || !rest.is_empty() {
                    return Err(BundleError::made(name, "it has not as many hashes as its name says"));
                }
                self.tile(id, &hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect::<Vec<_>>())
            }
            Name::Key(epoch) => self.key(epoch, &note(name, bytes)?),
            Name::Kept(size) => {
                let note = note(name, bytes)?;
                match Checkpoint::parse(note.text()) {
                    Ok(kept) if kept.size == size => self.kept_checkpoint(&note),
                    Ok(_) => Err(BundleError::made(name, "it is of another size")),
                    Err(error) => Err(BundleError::made(name, error)),
                }
            }
            Name::Witnesses => {
                for line in text(name, bytes)?.lines() {
                    let key = VerifierKey::parse(line).map_err(|error| BundleError::made(name, error))?;
                    self.witness(&key);
                }
                Ok(())
            }
            Name::Newest | Name::Entries | Name::Unfinished | Name::Staged => {
                Err(BundleError::made(name, "it is not copied"))
            }
        }
    }

    /// Adds the entry that this line of the other bundle's entries is, its end included.
    ///
    /// # Errors
    ///
    /// As [`BundleWriter::entry`]; [`BundleError::Made`] when it is not the line of the entry that comes next.
    pub fn line(&mut self, line: &[u8]) -> Result<(), BundleError> {
        let index = match &self.entries {
            Entries::Up(next, _) => *next,
            Entries::None => line::index_of(line).unwrap_or_default(),
        };
        let leaf = line::take_apart(line, index, &self.origin)
            .map_err(|fault| BundleError::made(Name::Entries, format_args!("entry {index}: {fault}")))?
            .0;
        self.entry(index, leaf)
    }
}

fn note(name: Name, bytes: &[u8]) -> Result<SignedNote, BundleError> {
    SignedNote::parse(text(name, bytes)?).map_err(|error| BundleError::made(name, error))
}

fn text(name: Name, bytes: &[u8]) -> Result<&str, BundleError> {
    std::str::from_utf8(bytes).map_err(|error| BundleError::made(name, error))
}
