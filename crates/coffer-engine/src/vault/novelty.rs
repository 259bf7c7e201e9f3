//! Whether a secret that is written, and that nobody has looked at lately, is likely to be new.
//!
//! Who brings in many secrets would have each one looked for first, in vain, and the commit asks again. After a while without a find it
//! is not looked for any more: the round takes it to be new, and has its commit expect that. Where it is not, nothing happens, and the next round looks
//! (law 3: a belief costs a retry, never a wrong answer).

use std::sync::atomic::{AtomicU8, Ordering};

use super::get::of_path;
use super::head::Head;
use super::round::{Round, Stop};
use crate::path::SecretPath;
use crate::storage::Key;

/// Writes in a row that found nothing, from which the next is not looked for.
const IN_VAIN: u8 = 16;

/// How the last looks for what is written have ended, of all members and tenants together.
#[derive(Default)]
pub(super) struct Novelty {
    in_vain: AtomicU8,
}

impl Novelty {
    /// Whether the next is taken to be new.
    pub(super) fn is_likely(&self) -> bool {
        self.in_vain.load(Ordering::Relaxed) >= IN_VAIN
    }

    /// One was looked for, and found or not.
    pub(super) fn looked(&self, found: bool) {
        let before = self.in_vain.load(Ordering::Relaxed);
        let now = if found { 0 } else { before.saturating_add(1).min(IN_VAIN) };
        if now != before {
            self.in_vain.store(now, Ordering::Relaxed);
        }
    }
}

impl Round<'_> {
    /// The head at `key`, of a secret that is to be written, expected by the commit. One that may be new, and was not looked at lately, may be
    /// taken to be that.
    pub(super) async fn head_to_write(
        &mut self,
        key: Key,
        path: &SecretPath,
        may_be_new: bool,
    ) -> Result<Option<Head>, Stop> {
        if let Some(seen) = self.remembered(key)? {
            return of_path(path, Some(seen));
        }
        let novelty = &self.vault.inner.novelty;
        if may_be_new && novelty.is_likely() && !self.is_again {
            self.expects(key, None)?;
            return Ok(None);
        }
        let seen = self.read_fresh(key).await?;
        if may_be_new {
            novelty.looked(seen.is_some());
        }
        of_path(path, seen)
    }
}
