//! Hashes of names that only the owner's key can make: equal names meet, names cannot be guessed from the store.
//!
//! # Invariants
//!
//! * 16 bytes are enough to tell names apart; a hash proves nothing to anybody.

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};
use zeroize::Zeroizing;

use super::IndexKey;
use super::material::KeyMaterial;
use crate::hash::leading;

/// From so many bytes on what is hashed has this length before it, however long it is.
const LENGTH_MAX: usize = u16::MAX as usize;

impl IndexKey {
    /// HMAC-SHA256 (RFC 2104) of `label` and `data`, each with its length before it as a big-endian `u16`, cut to 16
    /// bytes.
    ///
    /// `label` is a short constant that says what `data` is. From 65,535 bytes on the length before a field stays at
    /// 65,535; as `data` comes last, no two of them are confused by that.
    #[must_use]
    pub fn hash(&self, label: &[u8], data: &[u8]) -> [u8; 16] {
        let mut hash = self.hash_of_pieces(label);
        hash.begin(data.len());
        hash.mac.update(data);
        leading(hash.mac.sign().as_ref())
    }

    /// The same of data that arrives in pieces.
    #[must_use]
    pub fn hash_of_pieces(&self, label: &[u8]) -> IndexHash {
        let mac = Context::with_key(&Key::new(HMAC_SHA256, self.slot().bytes()));
        let mut hash = IndexHash { mac, held: Some(Zeroizing::new(Vec::new())) };
        add_length(&mut hash.mac, label.len());
        hash.mac.update(label);
        hash
    }
}

/// [`IndexKey::hash`] of data that arrives in pieces.
pub struct IndexHash {
    mac: Context,
    /// All that has come, as long as it is not known what length stands before it.
    held: Option<Zeroizing<Vec<u8>>>,
}

impl IndexHash {
    /// Adds `piece`. Where pieces are cut does not matter.
    pub fn update(&mut self, piece: &[u8]) {
        let Some(held) = &mut self.held else { return self.mac.update(piece) };
        if held.len().saturating_add(piece.len()) < LENGTH_MAX {
            // All at once: a vector that grows leaves copies behind.
            let room = LENGTH_MAX.saturating_sub(held.len());
            held.reserve_exact(room);
            return held.extend_from_slice(piece);
        }
        self.begin(LENGTH_MAX);
        self.mac.update(piece);
    }

    /// The hash of all pieces.
    #[must_use]
    pub fn finish(mut self) -> [u8; 16] {
        if let Some(held) = &self.held {
            self.begin(held.len());
        }
        leading(self.mac.sign().as_ref())
    }

    /// Adds the length of the data, and what of it was held back for that.
    fn begin(&mut self, len: usize) {
        add_length(&mut self.mac, len);
        if let Some(held) = self.held.take() {
            self.mac.update(&held);
        }
    }
}

fn add_length(mac: &mut Context, len: usize) {
    mac.update(&u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
}
