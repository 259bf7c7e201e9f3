//! The content of a file that a secret holds: sealed while it comes, opened while it goes, and never whole in memory in clear.
//!
//! It is one envelope, cut after a whole number of chunks: what comes before the first chunk lies in the version's row, the chunks lie in
//! parts behind it ([`keyspace::part`]). A chunk opens under its own number and in its own message, and the last is shorter than the
//! others. So a part that is moved, exchanged, left out, cut, or another version's does not open, and a file without its end has none.
//!
//! # Invariants
//! - Of the plaintext there is one chunk here, in memory that is wiped.
//! - Which secret and version it belongs to is bound in the wrap of the data key: that is made when it is decided.

use std::sync::Arc;

use coffer_encryption::{
    CHUNK_BYTES, Content as ContentPlace, DataKey, IndexHash, OpenStream, SEALED_CHUNK_BYTES, SealError,
    SealStream, SecretBytes,
};
use zeroize::Zeroizing;

use super::sealed::{Kind, SealedVersion};
use crate::content::FileInfo;
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::limits::{FILE_MAX_BYTES, FILE_PART_BYTES};
use crate::path::SecretPath;
use crate::storage::keyring::KeyRing;
use crate::storage::{Key, Storage, keyspace};
use crate::vault::marks::Marks;
use crate::version::VersionNumber;

/// Chunks in every part but the last.
const PART_CHUNKS: usize = FILE_PART_BYTES / CHUNK_BYTES;
/// Bytes of such a part, as it is stored.
const SEALED_PART_BYTES: usize = PART_CHUNKS * SEALED_CHUNK_BYTES;

/// In how many parts a file lies.
pub(in crate::vault) fn parts_of(file: &FileInfo) -> u32 {
    // The last chunk is always shorter than the others: where none is left over it is empty, and there all the same.
    let whole = file.bytes.checked_div(FILE_PART_BYTES as u64).unwrap_or_default();
    u32::try_from(whole.saturating_add(1)).unwrap_or(u32::MAX)
}

/// How many bytes a part of a file has, as it is stored.
pub(in crate::vault) fn part_bytes(file: &FileInfo, part: u32) -> usize {
    if part.saturating_add(1) < parts_of(file) {
        return SEALED_PART_BYTES;
    }
    let rest = file.bytes.checked_rem(FILE_PART_BYTES as u64).and_then(|rest| usize::try_from(rest).ok());
    let rest = rest.unwrap_or_default();
    let tags =
        SEALED_CHUNK_BYTES.abs_diff(CHUNK_BYTES).saturating_mul((rest / CHUNK_BYTES).saturating_add(1));
    rest.saturating_add(tags)
}

/// A content that comes, sealed as far as it has come.
pub(in crate::vault) struct ContentSealer {
    key: DataKey,
    sealing: SealStream,
    begin: Vec<u8>,
    /// What has come of the chunk that is not full yet.
    chunk: Zeroizing<Vec<u8>>,
    part: Vec<u8>,
    parts: Vec<Arc<[u8]>>,
    hash: IndexHash,
    bytes: u64,
}

/// A content that is sealed, for a version that is not decided yet.
pub(in crate::vault) struct SealedContent {
    key: DataKey,
    begin: Vec<u8>,
    pub(in crate::vault) parts: Vec<Arc<[u8]>>,
    pub(in crate::vault) marks: Marks,
    pub(in crate::vault) bytes: u64,
}

impl ContentSealer {
    /// Begins one, under a data key of its own.
    pub(in crate::vault) fn begin(ring: &KeyRing) -> Result<Self, Error> {
        let key = DataKey::generate()?;
        let (sealing, begin) = SealStream::begin(&key, &place(ring))?;
        Ok(Self {
            key,
            sealing,
            begin: begin.to_vec(),
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)),
            part: Vec::new(),
            parts: Vec::new(),
            hash: Marks::hash_of_content(ring),
            bytes: 0,
        })
    }

    /// Seals what has come, as far as it fills chunks.
    pub(in crate::vault) fn push(&mut self, mut piece: &[u8]) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        if self.bytes > FILE_MAX_BYTES {
            return Err(too_large().into());
        }
        self.hash.update(piece);
        while !piece.is_empty() {
            let room = CHUNK_BYTES.saturating_sub(self.chunk.len());
            let (fits, later) = piece.split_at_checked(room).unwrap_or((piece, &[]));
            self.chunk.extend_from_slice(fits);
            if let Some(chunk) = self.chunk.first_chunk() {
                self.sealing.chunk(chunk, &mut self.part)?;
                self.chunk.clear();
                self.end_part_if_full();
            }
            piece = later;
        }
        Ok(())
    }

    fn end_part_if_full(&mut self) {
        if self.part.len() >= SEALED_PART_BYTES {
            self.parts.push(std::mem::take(&mut self.part).into());
        }
    }

    /// Seals the end.
    pub(in crate::vault) fn finish(mut self) -> Result<SealedContent, SealError> {
        self.sealing.last(&self.chunk, &mut self.part)?;
        self.parts.push(self.part.into());
        let marks = Marks::of_content(self.hash.finish(), self.bytes);
        Ok(SealedContent { key: self.key, begin: self.begin, parts: self.parts, marks, bytes: self.bytes })
    }
}

impl SealedContent {
    /// The row of the version that holds it.
    pub(in crate::vault) fn row(
        &self,
        ring: Arc<KeyRing>,
        path: SecretPath,
        secret: [u8; 16],
        version: VersionNumber,
    ) -> Result<SealedVersion, Error> {
        let begin = self.begin.clone();
        SealedVersion::wrapped((ring, path), (secret, version), Kind::Content, &self.key, |_| Ok(begin))
    }
}

/// The content of a version that was disclosed, as far as it is not given out yet.
pub(in crate::vault) struct Content {
    opening: OpenStream,
    /// Where the parts lie.
    places: std::vec::IntoIter<Key>,
    part: Arc<[u8]>,
    /// How far the part was opened.
    at: usize,
    /// Bytes that are still to come.
    left: u64,
}

/// Why there is no next chunk.
pub(in crate::vault) enum PartFault {
    /// A part is not there, or not what was stored.
    Broken,
    /// The storage can't be read.
    Unread(Error),
}

impl SealedVersion {
    /// Begins to open the content that this version holds. Visible in `disclose` alone.
    pub(super) fn open_content(&self, file: FileInfo) -> Result<Content, Corrupt> {
        let corrupt = |_| Corrupt::new("a secret's file");
        let opening = self.opening_with_key(|key, begin| {
            OpenStream::begin(key, &place(&self.ring), begin).map_err(corrupt)
        })?;
        let part = |part| keyspace::part(self.ring.owner(), self.secret, self.version, part);
        let places = (0..parts_of(&file)).map(part).collect::<Vec<_>>().into_iter();
        Ok(Content { opening, places, part: Arc::default(), at: 0, left: file.bytes })
    }
}

impl Content {
    /// The next chunk; `None`: that was all of it, and nothing is missing.
    pub(in crate::vault) async fn next(
        &mut self,
        storage: &dyn Storage,
    ) -> Result<Option<SecretBytes>, PartFault> {
        loop {
            if let Some(sealed) = self.part.get(self.at..).filter(|rest| !rest.is_empty()) {
                let (sealed, _) = sealed.split_at_checked(SEALED_CHUNK_BYTES).unwrap_or((sealed, &[]));
                let chunk = self.opening.chunk(sealed).map_err(|_| PartFault::Broken)?;
                self.at = self.at.saturating_add(sealed.len());
                self.left = self.left.checked_sub(chunk.len() as u64).ok_or(PartFault::Broken)?;
                if chunk.is_empty() {
                    continue;
                }
                return Ok(Some(chunk));
            }
            let Some(place) = self.places.next() else {
                let is_whole = self.opening.has_ended() && self.left == 0;
                return if is_whole { Ok(None) } else { Err(PartFault::Broken) };
            };
            let found = storage.get(&[place]).await.map_err(|error| PartFault::Unread(error.into()))?;
            let record = found.into_iter().next().flatten().ok_or(PartFault::Broken)?;
            (self.part, self.at) = (record.value, 0);
        }
    }
}

fn too_large() -> Invalid {
    Invalid::new("file.too_large", "the file is larger than 16 MiB", "store a smaller one, or several")
}

fn place(ring: &KeyRing) -> ContentPlace {
    ContentPlace { instance: ring.instance(), tenant: *ring.owner().bytes() }
}

#[cfg(test)]
mod tests;
