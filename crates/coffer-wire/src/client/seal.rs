//! A server's keys: forgotten, and given back.

use super::{Client, ClientError, Target};
use crate::seal::{Sealed, Unseal};

impl Client {
    /// Has the server forget its keys.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn store_seal(&self) -> Result<Sealed, ClientError> {
        self.json(self.post(Target::new("/api/v1/seal").of_instance()))
    }

    /// Gives them back: what is shown opens the store, and no token is needed for it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn store_unseal(&self, shown: &Unseal) -> Result<(), ClientError> {
        self.done(self.post(Target::new("/api/v1/unseal")).with(shown))
    }
}
