//! Where a file stands, as the caller stores it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Which file, and how much of it is durable and counted. Opaque: it is stored, and handed back to
/// [`TailFile::open`](super::TailFile::open).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePosition {
    device: u64,
    inode: u64,
    length: u64,
}

impl FilePosition {
    /// Bytes of a stored position.
    pub const LEN: usize = 24;

    /// As it is stored: device, inode and length, big-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let fields = [self.device, self.inode, self.length];
        for (to, from) in bytes.iter_mut().zip(fields.iter().flat_map(|field| field.to_be_bytes())) {
            *to = from;
        }
        bytes
    }

    /// From what [`FilePosition::to_bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        let (fields, _none) = bytes.as_chunks::<8>();
        let mut fields = fields.iter().map(|field| u64::from_be_bytes(*field));
        let mut next = || fields.next().unwrap_or_default();
        Self { device: next(), inode: next(), length: next() }
    }

    pub(super) fn new(file: &Metadata, length: u64) -> Self {
        Self { device: file.dev(), inode: file.ino(), length }
    }

    pub(super) fn is_of(&self, file: &Metadata) -> bool {
        (self.device, self.inode) == (file.dev(), file.ino())
    }

    pub(super) fn inode(&self) -> u64 {
        self.inode
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }
}
