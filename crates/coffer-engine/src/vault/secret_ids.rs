//! Ids of new secrets, one beside the other.
//!
//! The versions of a secret lie at its id. Were ids drawn at random, each secret that is new would have the storage read, split and write
//! another page, however many come at once; so those that one process makes follow each other. What is left to chance names the
//! process and the secret: two processes, or two copies of one machine, never make the same id.
//!
//! Who owns the storage learns in which order a process has made its secrets, and could have watched them come (`docs/threats.md`).

use std::sync::atomic::{AtomicU32, Ordering};

use coffer_encryption::random::{self, RandomError};

/// The ids of the secrets that one process makes.
pub(super) struct SecretIds {
    /// What all of them begin with.
    process: [u8; 6],
    made: AtomicU32,
}

impl SecretIds {
    pub(super) fn new() -> Result<Self, RandomError> {
        Ok(Self { process: random::bytes()?, made: AtomicU32::new(0) })
    }

    /// The next id: `process (6) | number, big endian (4) | random (6)`. After the last number comes the first again, which is only
    /// another place.
    pub(super) fn next(&self) -> Result<[u8; 16], RandomError> {
        let [p0, p1, p2, p3, p4, p5] = self.process;
        let [n0, n1, n2, n3] = self.made.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let [r0, r1, r2, r3, r4, r5] = random::bytes()?;
        Ok([p0, p1, p2, p3, p4, p5, n0, n1, n2, n3, r0, r1, r2, r3, r4, r5])
    }
}

#[cfg(test)]
mod tests;
