//! SHA-256 (FIPS 180-4), whole and streamed.
//!
//! # Invariants
//!
//! * For public things: paths, rows, files. A secret that can be guessed is hashed with [`crate::IndexKey::hash`].

use aws_lc_rs::digest::{self, SHA256};

/// The SHA-256 of `data`, 32 bytes.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    leading(digest::digest(&SHA256, data).as_ref())
}

/// SHA-256 of data that arrives in pieces.
pub struct Sha256(digest::Context);

impl Sha256 {
    /// A hash of nothing so far.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&SHA256))
    }

    /// Adds `piece`. Where pieces are cut does not matter.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The SHA-256 of all pieces, 32 bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        leading(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

/// The first `N` bytes of a digest or tag, which the provider hands out as a slice of at least that length.
pub(crate) fn leading<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests;
