//! Signs what the instance certifies, with the key that signs its log.
//!
//! # Invariants
//! - What is signed names the newest checkpoint, so which key had to sign it follows from its size, as for a checkpoint.

use coffer_encryption::SigningKey;
use coffer_log::{Checkpoint, KeyHistory, SignNoteError, SignedNote, VerifierKey};

use super::integrate::Turn;
use crate::audit::log::signing::{open_signer, signer_key};
use crate::error::{Conflict, Error};
use crate::fault::Corrupt;
use crate::limits::ATTEMPTS_MAX;
use crate::storage::keyspace::Table;
use crate::time::Timestamp;
use crate::vault::Vault;

/// A certificate of the instance's, with what proves whose signature it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate: a signed note, see [`coffer_log::Erasure`].
    pub note: SignedNote,
    /// The keys of the instance's log, from the first on: the notes by which each took over.
    pub keys: Vec<SignedNote>,
}

impl Vault {
    /// Has a note made of the newest checkpoint of the instance's log, and signed by its key.
    pub(in crate::vault) async fn sign_as_instance(
        &self,
        now: Timestamp,
        make: impl Fn(Checkpoint, &SigningKey) -> Result<SignedNote, SignNoteError>,
    ) -> Result<Certificate, Error> {
        let corrupt = || Corrupt::new("the signature of the audit log");
        let instance = self.load_instance().await?;
        let ring = instance.ring();
        for _ in 0..ATTEMPTS_MAX {
            let head = self.integrate(ring, now, Turn::Wait).await?;
            let at = signer_key(ring);
            let signer = self.inner.storage.get(&[at]).await?.pop().flatten().ok_or_else(corrupt)?;
            let keys = self.notes(ring, Table::LogKey).await?;
            // Another key may sign by now: then the head is another one, too.
            if self.log_head(ring).await?.map(|(head, _)| head.epoch) != Some(head.epoch) {
                continue;
            }
            let key = open_signer(ring, head.epoch, &signer)?;
            let signed = head.signed.as_ref().ok_or_else(corrupt)?;
            let signed = SignedNote::parse(&signed.note).map_err(|_| corrupt())?;
            let checkpoint = Checkpoint::parse(signed.text()).map_err(|_| corrupt())?;
            let note = make(checkpoint, &key).map_err(|_| corrupt())?;
            return Ok(Certificate { note, keys });
        }
        Err(Conflict::Contended.into())
    }

    /// Whether this was the first key of the instance's log.
    pub(in crate::vault) async fn log_begins_with(&self, key: &VerifierKey) -> Result<bool, Error> {
        let keys = self.notes(self.load_instance().await?.ring(), Table::LogKey).await?;
        let history = KeyHistory::from_notes(&keys).map_err(|_| Corrupt::new("the keys of the audit log"))?;
        Ok(history.genesis() == key)
    }
}
