//! The store itself: what opens it, whether all in it opens, and files that it seals for others to keep.

use super::{Client, ClientError, Target};
use crate::file::{OpenFile, SealFile, SealedFile};
use crate::secret::Secret;
use crate::store::Check;
use crate::unlocker::{MadeUnlocker, NewUnlocker, RemovedUnlocker, Unlockers};

const UNLOCKERS: &str = "/api/v1/unlockers";

impl Client {
    /// What opens the store.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn unlocker_list(&self) -> Result<Unlockers, ClientError> {
        self.json(self.get(Target::new(UNLOCKERS).of_instance()))
    }

    /// Sets another unlocker up.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn unlocker_add(&self, wanted: &NewUnlocker) -> Result<MadeUnlocker, ClientError> {
        self.json(self.post(Target::new(UNLOCKERS).of_instance()).with(wanted))
    }

    /// Removes one, but never the last.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn unlocker_remove(&self, id: &str) -> Result<RemovedUnlocker, ClientError> {
        self.json(self.request("DELETE", Target::new("/api/v1/unlockers/").below(id).of_instance()))
    }

    /// Whether all that the tenant has opens where it lies.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn store_check(&self) -> Result<Check, ClientError> {
        self.json(self.post(Target::new("/api/v1/store/check")).patient())
    }

    /// Seals a file, for whoever asks to keep.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn file_seal(&self, path: &str, wanted: &SealFile) -> Result<SealedFile, ClientError> {
        self.json(self.post(Target::new("/api/v1/files/seal/").below(path)).with(wanted))
    }

    /// Opens a file that this tenant sealed.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn file_open(&self, wanted: &OpenFile) -> Result<Secret, ClientError> {
        self.json(self.post(Target::new("/api/v1/files/open")).with(wanted))
    }
}
