//! Hashes of names that only the owner's key can make: equal names meet, names cannot be guessed from the store.
//!
//! # Invariants
//!
//! * 16 bytes are enough to tell names apart; a hash proves nothing to anybody.

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};

use super::IndexKey;
use super::material::KeyMaterial;
use crate::hash::leading;

impl IndexKey {
    /// HMAC-SHA256 (RFC 2104) of `label` and `data`, each with its length before it as a big-endian `u16`, cut to 16
    /// bytes.
    ///
    /// `label` is a short constant that says what `data` is. From 65,535 bytes on the length before a field stays at
    /// 65,535; as `data` comes last, no two of them are confused by that.
    #[must_use]
    pub fn hash(&self, label: &[u8], data: &[u8]) -> [u8; 16] {
        let mut mac = Context::with_key(&Key::new(HMAC_SHA256, self.slot().bytes()));
        for field in [label, data] {
            mac.update(&u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes());
            mac.update(field);
        }
        leading(mac.sign().as_ref())
    }
}
