//! The parts of logs that are being watched, each read once for all who want it.
//!
//! What is in them nobody is told before it is decided: they are the vault's, and closed to this crate.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use coffer_engine::Error;
use coffer_engine::tenant::TenantName;
use coffer_engine::vault::Changes;

use crate::limits::STREAM_PARTS_MAX;

/// Of which opened store (they are counted), of whose log, and which part of it.
pub(super) type PartKey = (u64, TenantName, u64);

/// A part as it was read last; who reads it has it for himself.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Changes>>>>;

/// The parts that were used last.
#[derive(Default)]
pub(super) struct Parts(Mutex<VecDeque<(PartKey, Slot)>>);

impl Parts {
    /// The part, if it goes as far as `end`; else as `read` finds it, once for all who wait.
    pub(super) async fn get(
        &self,
        key: PartKey,
        end: u64,
        read: impl Future<Output = Result<Changes, Error>>,
    ) -> Result<Arc<Changes>, Error> {
        let slot = self.slot(key);
        let mut part = slot.lock().await;
        if let Some(known) = part.as_ref().filter(|known| known.next() >= end) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(read.await?);
        *part = Some(Arc::clone(&found));
        Ok(found)
    }

    fn slot(&self, key: PartKey) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|(known, _)| *known == key).and_then(|place| slots.remove(place));
        let (key, slot) = known.unwrap_or_else(|| (key, Slot::default()));
        slots.push_front((key, Arc::clone(&slot)));
        slots.truncate(STREAM_PARTS_MAX);
        slot
    }
}
