//! What stands before the body of a backup, in clear: which one it is, and what opens it.
//!
//! ```text
//! offset  length  content
//!      0       8  magic "CFBACKUP"
//!      8       2  format, 1
//!     10       4  length of the head, big-endian
//!     14       *  the head: CBOR
//! ```
//!
//! Trust: none. Whoever changes it gets a body that does not open: its hash is bound there.

use std::io::{Read, Write};

use coffer_encryption::{Backup as BackupPlace, hash};
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::{BackupError, BackupInfo};
use crate::storage::record::{decode, encode};
use crate::time::Timestamp;
use crate::unlock::UnlockerRow;

const MAGIC: &[u8; 8] = b"CFBACKUP";
/// The format that this build writes, and the newest that it reads.
const FORMAT: u16 = 1;
/// Longest head that is read, in bytes: some thousand unlockers.
const HEAD_MAX_BYTES: u32 = 1024 * 1024;

/// The head.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct BackupHead {
    #[n(0)]
    pub(super) instance: ByteArray<16>,
    #[n(1)]
    pub(super) backup: ByteArray<16>,
    /// The generation of the root key that the body's key is derived from.
    #[n(2)]
    pub(super) root_generation: u32,
    #[n(3)]
    pub(super) made_ms: u64,
    #[n(4)]
    pub(super) expires_ms: u64,
    /// The format of the records in it.
    #[n(5)]
    pub(super) records_format: u32,
    /// The rows of all unlockers.
    #[n(6)]
    pub(super) unlockers: Vec<HeadUnlocker>,
}

/// A wrap of the root key, and its id.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct HeadUnlocker {
    #[n(0)]
    pub(super) id: ByteArray<16>,
    #[n(1)]
    pub(super) row: UnlockerRow,
}

impl BackupHead {
    /// As it stands in the file, with all that is before it.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, BackupError> {
        let head = encode(self);
        let length = u32::try_from(head.len()).ok().filter(|length| *length <= HEAD_MAX_BYTES);
        let length = length.ok_or(BackupError::Damaged("its head"))?;
        let mut bytes = Vec::new();
        for part in [MAGIC.as_slice(), &FORMAT.to_be_bytes(), &length.to_be_bytes(), &head] {
            bytes.write_all(part).map_err(BackupError::Unwritten)?;
        }
        Ok(bytes)
    }

    /// Reads one, and the bytes that it stood in.
    pub(super) fn read(from: &mut (dyn Read + Send)) -> Result<(Self, Vec<u8>), BackupError> {
        let mut begin = [0; 14];
        let got = fill(from, &mut begin)?;
        let [magic @ .., f0, f1, l0, l1, l2, l3] = begin;
        // A file that is shorter than that has not even said that it is one.
        if magic != *MAGIC {
            return Err(BackupError::Foreign);
        }
        let format = u16::from_be_bytes([f0, f1]);
        match format {
            _ if got < begin.len() => return Err(BackupError::Truncated),
            FORMAT => {}
            0 => return Err(BackupError::Damaged("its format")),
            newer => return Err(BackupError::TooNew(newer)),
        }
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        if length > HEAD_MAX_BYTES {
            return Err(BackupError::Damaged("its head"));
        }
        let mut bytes = begin.to_vec();
        let read = from.take(u64::from(length)).read_to_end(&mut bytes).map_err(BackupError::Unread)?;
        if u32::try_from(read) != Ok(length) {
            return Err(BackupError::Truncated);
        }
        let head = bytes.get(begin.len()..).unwrap_or_default();
        let head: Self = decode(head).map_err(|_| BackupError::Damaged("its head"))?;
        Ok((head, bytes))
    }

    /// Where the body lies that follows these bytes.
    pub(super) fn place(&self, bytes: &[u8]) -> BackupPlace {
        BackupPlace {
            instance: *self.instance,
            backup: *self.backup,
            root_generation: self.root_generation,
            head: hash::sha256(bytes),
        }
    }

    pub(super) fn info(&self) -> BackupInfo {
        BackupInfo {
            id: *self.backup,
            instance: *self.instance,
            made: Timestamp::from_millis(self.made_ms),
            expires: Timestamp::from_millis(self.expires_ms),
        }
    }
}

/// Reads until the room is full or nothing more comes; how much came.
pub(super) fn fill(from: &mut (dyn Read + Send), room: &mut [u8]) -> Result<usize, BackupError> {
    let mut filled = 0_usize;
    while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => filled = filled.saturating_add(read),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(BackupError::Unread(error)),
        }
    }
    Ok(filled)
}
