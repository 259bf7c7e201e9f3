//! The body of a backup: records, rows and a manifest, sealed as one message, and cut into numbered pieces.
//!
//! ```text
//! what comes before the first chunk of the message
//! pieces: number (u32, from 0) | length (u16) | a chunk; the one that is shorter than the others is the last
//! ```
//!
//! Opened it is items, one behind the other: `kind (u8) | length (u32) | content`, all numbers big-endian.
//!
//! | Kind | Content |
//! |---|---|
//! | 1 record | length of the key (u8), key, revision (16), value; in the order of keys |
//! | 2 row | id (16), tenant (16), sealed; behind all records, in the order of commits |
//! | 3 manifest | CBOR; once, at the end |
//!
//! # Invariants
//! - There is one chunk in memory, and one item.
//! - The numbers tell which piece is missing or out of place; that each is what was sealed there, the message itself tells.

use std::io::{Read, Write};

use coffer_encryption::hash::Sha256;
use coffer_encryption::{
    Backup as BackupPlace, BackupKey, CHUNK_BYTES, OpenStream, SEALED_CHUNK_BYTES, STREAM_PREFIX_BYTES,
    SealStream,
};

use super::BackupError;
use super::head::fill;
use super::manifest::BackupManifest;
use crate::error::Error;
use crate::storage::record::{decode, encode};
use crate::storage::{Key, PendingRow, Record, Revision};
use crate::tenant::TenantId;

const RECORD: u8 = 1;
const ROW: u8 = 2;
const MANIFEST: u8 = 3;
/// Before the content of an item.
const ITEM_HEAD_BYTES: usize = 5;

/// What is in a body.
pub(super) enum Item {
    Record(Key, Record),
    Row(PendingRow),
    Manifest(Box<BackupManifest>),
}

/// A body that is being written.
pub(super) struct BodyWriter<'w> {
    out: HashedWriter<'w>,
    sealing: SealStream,
    chunk: Vec<u8>,
    sealed: Vec<u8>,
    pieces: u32,
    items: Sha256,
}

/// What was written of a file.
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) hash: [u8; 32],
}

impl<'w> BodyWriter<'w> {
    /// Writes what stands before the body, and begins it.
    pub(super) fn begin(
        out: &'w mut (dyn Write + Send),
        head: &[u8],
        (key, place): (&BackupKey, &BackupPlace),
    ) -> Result<Self, BackupError> {
        let (sealing, begin) = SealStream::begin(key, place).map_err(Error::from)?;
        let mut out = HashedWriter { out, hash: Sha256::new(), bytes: 0 };
        out.write(head)?;
        out.write(&begin)?;
        let (chunk, sealed) = (Vec::with_capacity(CHUNK_BYTES), Vec::with_capacity(SEALED_CHUNK_BYTES));
        Ok(Self { out, sealing, chunk, sealed, pieces: 0, items: Sha256::new() })
    }

    pub(super) fn record(&mut self, key: &Key, record: &Record) -> Result<(), BackupError> {
        let length = [u8::try_from(key.as_bytes().len()).unwrap_or_default()];
        self.item(RECORD, &[&length, key.as_bytes(), &record.revision.0, &record.value])
    }

    pub(super) fn row(&mut self, row: &PendingRow) -> Result<(), BackupError> {
        self.item(ROW, &[&row.id, row.tenant.bytes(), &row.sealed])
    }

    /// SHA-256 of all items so far.
    pub(super) fn items_hash(&mut self) -> [u8; 32] {
        std::mem::take(&mut self.items).finish()
    }

    /// Writes the manifest and the end.
    pub(super) fn finish(mut self, manifest: &[u8]) -> Result<Written, BackupError> {
        self.item(MANIFEST, &[manifest])?;
        let Self { mut out, sealing, chunk, mut sealed, pieces, .. } = self;
        sealed.clear();
        sealing.last(&chunk, &mut sealed).map_err(Error::from)?;
        out.piece(pieces, &sealed)?;
        Ok(Written { bytes: out.bytes, hash: out.hash.finish() })
    }

    fn item(&mut self, kind: u8, parts: &[&[u8]]) -> Result<(), BackupError> {
        let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let length = u32::try_from(length).map_err(|_| BackupError::Damaged("a record"))?;
        for part in [[kind].as_slice(), &length.to_be_bytes()].iter().chain(parts) {
            self.items.update(part);
            self.push(part)?;
        }
        Ok(())
    }

    fn push(&mut self, mut bytes: &[u8]) -> Result<(), BackupError> {
        while !bytes.is_empty() {
            let room = CHUNK_BYTES.saturating_sub(self.chunk.len());
            let (fits, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.chunk.extend_from_slice(fits);
            if let Some(chunk) = self.chunk.first_chunk() {
                self.sealed.clear();
                self.sealing.chunk(chunk, &mut self.sealed).map_err(Error::from)?;
                self.out.piece(self.pieces, &self.sealed)?;
                self.pieces = self.pieces.checked_add(1).ok_or(BackupError::Damaged("its length"))?;
                self.chunk.clear();
            }
            bytes = later;
        }
        Ok(())
    }
}

struct HashedWriter<'w> {
    out: &'w mut (dyn Write + Send),
    hash: Sha256,
    bytes: u64,
}

impl HashedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.out.write_all(bytes).map_err(BackupError::Unwritten)?;
        self.hash.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        Ok(())
    }

    fn piece(&mut self, number: u32, sealed: &[u8]) -> Result<(), BackupError> {
        // A sealed chunk is shorter than 64 KiB.
        let length = u16::try_from(sealed.len()).map_err(|_| BackupError::Damaged("its length"))?;
        self.write(&number.to_be_bytes())?;
        self.write(&length.to_be_bytes())?;
        self.write(sealed)
    }
}

/// The pieces of a body, as they stand in the file.
pub(super) struct Pieces<'r> {
    pub(super) from: &'r mut (dyn Read + Send),
    hash: Sha256,
    pub(super) bytes: u64,
    pub(super) next: u32,
    has_ended: bool,
}

impl<'r> Pieces<'r> {
    /// Those behind a head, and what comes before the first of them.
    pub(super) fn begin(
        from: &'r mut (dyn Read + Send),
        head: &[u8],
    ) -> Result<(Self, [u8; STREAM_PREFIX_BYTES]), BackupError> {
        let mut prefix = [0; STREAM_PREFIX_BYTES];
        let mut pieces = Self { from, hash: Sha256::new(), bytes: 0, next: 0, has_ended: false };
        pieces.took(head);
        pieces.fill(&mut prefix)?;
        Ok((pieces, prefix))
    }

    /// The next one; `None` behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, BackupError> {
        if self.has_ended {
            return Ok(None);
        }
        let mut head = [0; 6];
        self.fill(&mut head)?;
        let [n0, n1, n2, n3, l0, l1] = head;
        if u32::from_be_bytes([n0, n1, n2, n3]) != self.next {
            return Err(BackupError::Spliced(self.next.saturating_sub(1)));
        }
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if length > SEALED_CHUNK_BYTES {
            return Err(BackupError::Damaged("the length of a piece"));
        }
        let mut piece = vec![0; length];
        self.fill(&mut piece)?;
        self.has_ended = length < SEALED_CHUNK_BYTES;
        self.next = self.next.checked_add(1).ok_or(BackupError::Damaged("its length"))?;
        Ok(Some(piece))
    }

    /// SHA-256 of all that was taken.
    pub(super) fn hash(&mut self) -> [u8; 32] {
        std::mem::take(&mut self.hash).finish()
    }

    fn fill(&mut self, room: &mut [u8]) -> Result<(), BackupError> {
        if fill(self.from, room)? < room.len() {
            return Err(BackupError::Truncated);
        }
        self.took(room);
        Ok(())
    }

    fn took(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
    }
}

/// A body that is being opened.
pub(super) struct BodyReader<'r> {
    pub(super) pieces: Pieces<'r>,
    opening: OpenStream,
    /// What was opened and is not taken yet, from `at` on.
    opened: Vec<u8>,
    at: usize,
    items: Sha256,
}

impl<'r> BodyReader<'r> {
    pub(super) fn begin(
        from: &'r mut (dyn Read + Send),
        head: &[u8],
        (key, place): (&BackupKey, &BackupPlace),
    ) -> Result<Self, BackupError> {
        let (pieces, prefix) = Pieces::begin(from, head)?;
        let opening = OpenStream::begin(key, place, &prefix)
            .map_err(|_| BackupError::Damaged("its head, or the beginning of its body,"))?;
        Ok(Self { pieces, opening, opened: Vec::new(), at: 0, items: Sha256::new() })
    }

    /// The next item; `None` behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Item>, BackupError> {
        self.need(ITEM_HEAD_BYTES)?;
        let Some([kind, l0, l1, l2, l3]) = self.rest().first_chunk().copied() else {
            return if self.rest().is_empty() { Ok(None) } else { Err(BackupError::Damaged("its end")) };
        };
        let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
        let whole = length.saturating_add(ITEM_HEAD_BYTES);
        self.need(whole)?;
        let bytes = self.rest().get(..whole).ok_or(BackupError::Damaged("its end"))?;
        let item = parse(kind, bytes.get(ITEM_HEAD_BYTES..).unwrap_or_default());
        let item = item.ok_or(BackupError::Damaged("a record"))?;
        if !matches!(item, Item::Manifest(_)) {
            let bytes = self.opened.get(self.at..self.at.saturating_add(whole)).unwrap_or_default();
            self.items.update(bytes);
        }
        self.at = self.at.saturating_add(whole);
        Ok(Some(item))
    }

    /// SHA-256 of all items so far, but for the manifest.
    pub(super) fn items_hash(&mut self) -> [u8; 32] {
        std::mem::take(&mut self.items).finish()
    }

    fn rest(&self) -> &[u8] {
        self.opened.get(self.at..).unwrap_or_default()
    }

    /// Opens pieces until so much is there, or all.
    fn need(&mut self, bytes: usize) -> Result<(), BackupError> {
        while self.rest().len() < bytes {
            let Some(piece) = self.pieces.next()? else { return Ok(()) };
            let chunk =
                self.opening.chunk(&piece).map_err(|_| BackupError::Damaged("a piece of its body"))?;
            self.opened.drain(..self.at);
            self.at = 0;
            self.opened.extend_from_slice(chunk.expose());
        }
        Ok(())
    }
}

fn parse(kind: u8, content: &[u8]) -> Option<Item> {
    match kind {
        RECORD => {
            let (length, rest) = content.split_first()?;
            let (key, rest) = rest.split_at_checked(usize::from(*length))?;
            let (revision, value) = rest.split_first_chunk()?;
            let record = Record { revision: Revision(*revision), value: value.into() };
            Some(Item::Record(Key::from_bytes(key)?, record))
        }
        ROW => {
            let (id, rest) = content.split_first_chunk()?;
            let (tenant, sealed) = rest.split_first_chunk()?;
            let tenant = TenantId::from_bytes(*tenant);
            Some(Item::Row(PendingRow { id: *id, tenant, sealed: sealed.into() }))
        }
        MANIFEST => Some(Item::Manifest(Box::new(decode(content).ok()?))),
        _ => None,
    }
}

/// A manifest, as it stands in a body.
pub(super) fn manifest_bytes(manifest: &BackupManifest) -> Vec<u8> {
    encode(manifest).to_vec()
}
