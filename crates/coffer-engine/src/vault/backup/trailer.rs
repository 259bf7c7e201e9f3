//! What stands behind the body of a backup, in clear: what the key of the instance's log signs of it.
//!
//! ```text
//! length of the trailer (u32, big-endian) | the trailer: CBOR | nothing
//! ```
//!
//! Trust: none. It is checked against the log's first key, which whoever verifies has from elsewhere: from the restored store, or by hand.

use std::io::Read;

use coffer_log::{Backup, KeyHistory, SignedNote};
use minicbor::{CborLen, Decode, Encode};

use super::BackupError;
use super::head::fill;
use crate::storage::record::{decode, encode};

/// Longest trailer that is read, in bytes: the keys of a hundred years.
const TRAILER_MAX_BYTES: u32 = 4 * 1024 * 1024;

/// The trailer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct BackupTrailer {
    /// The signed note.
    #[n(0)]
    note: String,
    /// The keys of the instance's log, from the first on: the notes by which each took over.
    #[n(1)]
    keys: Vec<String>,
}

impl BackupTrailer {
    pub(super) fn new(note: &SignedNote, keys: &[SignedNote]) -> Self {
        Self { note: note.to_string(), keys: keys.iter().map(ToString::to_string).collect() }
    }

    /// As it stands in the file.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, BackupError> {
        let trailer = encode(self);
        let length = u32::try_from(trailer.len()).ok().filter(|length| *length <= TRAILER_MAX_BYTES);
        let length = length.ok_or(BackupError::Damaged("its signature"))?;
        Ok([length.to_be_bytes().as_slice(), &trailer].concat())
    }

    /// Reads it, and that nothing follows.
    pub(super) fn read(from: &mut (dyn Read + Send), pieces: u32) -> Result<Self, BackupError> {
        let mut length = [0; 4];
        if fill(from, &mut length)? < length.len() {
            return Err(BackupError::Truncated);
        }
        let length = u32::from_be_bytes(length);
        if length > TRAILER_MAX_BYTES {
            return Err(BackupError::Damaged("its signature"));
        }
        let mut bytes = Vec::new();
        let read = from.take(u64::from(length)).read_to_end(&mut bytes).map_err(BackupError::Unread)?;
        if u32::try_from(read) != Ok(length) {
            return Err(BackupError::Truncated);
        }
        if fill(from, &mut [0])? > 0 {
            return Err(BackupError::Spliced(pieces));
        }
        decode(&bytes).map_err(|_| BackupError::Damaged("its signature"))
    }

    /// What is signed, and the keys that it is signed by, if that is so.
    pub(super) fn checked(&self) -> Result<(Backup, KeyHistory), BackupError> {
        let damaged = BackupError::Damaged("its signature");
        let parsed: Result<Vec<SignedNote>, _> = self.keys.iter().map(|key| SignedNote::parse(key)).collect();
        let history = parsed.ok().and_then(|keys| KeyHistory::from_notes(&keys).ok());
        let (Some(history), Ok(note)) = (history, SignedNote::parse(&self.note)) else {
            return Err(damaged);
        };
        Ok((history.check_backup(&note)?, history))
    }
}
