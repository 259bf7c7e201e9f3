//! Keys of tenants that were open in this process, wrapped anew under a key of its own: who opens one again derives nothing.
//!
//! A derivation takes 11 ms, so that a tenant whose keys are let go of when nobody uses them would cost that each time somebody comes. What
//! is kept of it are some 200 bytes that need not lie in locked memory: what they are wrapped under does.
//!
//! # Invariants
//! - Only what was opened from a row is kept, and it is opened for the same row alone: a row that was written anew is derived anew.
//! - The key is drawn when the store is opened and gone with it; nothing that is wrapped under it is ever stored.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use coffer_encryption::{Kdf, OwnerKey, OwnerWrap, RootKey, WrappingKey, WrappingPlace, unwrap, wrap};

use crate::error::{Error, ErrorKind};
use crate::limits::TENANTS_KEPT_MAX;
use crate::storage::Revision;
use crate::tenant::TenantId;

/// The generations of the process's own key: there is one.
const OWN_GENERATION: u32 = 1;

/// The keys that are kept.
pub(super) struct Kept {
    own: WrappingKey,
    lines: Mutex<HashMap<TenantId, Box<[Line]>>>,
}

/// One generation of a tenant's key.
pub(super) struct Line {
    /// The row that it was opened from.
    row: Revision,
    wrapped: Box<[u8]>,
}

impl Kept {
    /// Nothing, and a fresh key.
    pub(super) fn new(instance: [u8; 16]) -> Result<Self, Error> {
        let place = WrappingPlace {
            instance,
            owner: *TenantId::INSTANCE.bytes(),
            generation: OWN_GENERATION,
            root_generation: OWN_GENERATION,
            kdf: Kdf::InstanceHkdf,
        };
        let own = RootKey::generate()?.derive_wrapping(&place).map_err(|_| ErrorKind::NoEntropy)?;
        Ok(Self { own, lines: Mutex::default() })
    }

    /// Whether the keys of all these rows are kept.
    pub(super) fn has(&self, owner: TenantId, rows: impl Iterator<Item = Revision>) -> bool {
        let lines = self.lock();
        let Some(lines) = lines.get(&owner) else { return false };
        rows.into_iter().all(|row| lines.iter().any(|line| line.row == row))
    }

    /// The key that was opened from this row before.
    pub(super) fn open(&self, place: &OwnerWrap, row: Revision) -> Option<OwnerKey> {
        let lines = self.lock();
        let line = lines.get(&TenantId::from_bytes(place.owner))?.iter().find(|line| line.row == row)?;
        unwrap(&self.own, place, &line.wrapped).ok()
    }

    /// The key of a tenant that was opened from this row, to be kept. The instance's takes no PBKDF2, and stays open.
    pub(super) fn line(&self, place: &OwnerWrap, row: Revision, key: &OwnerKey) -> Option<Line> {
        if place.owner == *TenantId::INSTANCE.bytes() {
            return None;
        }
        let wrapped = wrap(&self.own, place, key).ok()?.into_boxed_slice();
        Some(Line { row, wrapped })
    }

    /// Keeps all generations of a tenant, in place of what was kept of it.
    pub(super) fn keep(&self, owner: TenantId, lines: Vec<Line>) {
        if lines.is_empty() {
            return;
        }
        let mut all = self.lock();
        if all.len() >= TENANTS_KEPT_MAX && !all.contains_key(&owner) {
            // Whoever comes back then is derived once more.
            all.clear();
        }
        all.insert(owner, lines.into_boxed_slice());
    }

    /// Forgets a tenant's.
    pub(super) fn forget(&self, owner: TenantId) {
        self.lock().remove(&owner);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Box<[Line]>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
