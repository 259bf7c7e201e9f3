//! Signs the log, and changes its key once a week.

use std::sync::Arc;

use coffer_encryption::SigningKey;
use coffer_log::{Hash, KeyHistory, SignatureType, SignedNote, VerifierKey, make_genesis};
use minicbor::{CborLen, Decode, Encode};

use super::integrate::Writing;
use super::pass::unrecorded;
use crate::action::Action;
use crate::audit::log::head::Signed;
use crate::audit::log::signing::{
    EPOCH_MS, KEEP_MS, open_signer, origin, seal_checkpoint, seal_signer, seal_takeover, sign, signer_key,
};
use crate::audit::{Detail, Outcome};
use crate::error::Error;
use crate::fault::Corrupt;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::seal_record;
use crate::storage::{Expectation, StorageError};
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::vault::Vault;

/// In the instance: how far a tenant's log is, readable without the tenant's keys. The instance's own log commits to it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct KnownHead {
    #[n(0)]
    pub(super) origin: String,
    #[n(1)]
    pub(in crate::vault) size: u64,
    /// Base64, as in a checkpoint.
    #[n(2)]
    pub(in crate::vault) root: String,
}

/// What is still to be done once a signature is durable.
pub(super) struct OldKeyIsGone(());

impl Vault {
    /// Signs the tree as it is now; with a new key, when the old one has served its week.
    pub(super) async fn sign(&self, writing: &mut Writing) -> Result<Option<OldKeyIsGone>, Error> {
        let head = &writing.log.head;
        let due = writing.now.millis().saturating_sub(head.epoch_since_ms) >= EPOCH_MS;
        let changed = if due {
            self.change_key(writing).await?;
            Some(OldKeyIsGone(()))
        } else {
            None
        };
        let key = self.signer(writing).await?;
        let head = &writing.log.head;
        // A clock that went back does not make a signature older than the one before.
        let at = head.signed.as_ref().map_or(0, |signed| signed.at_ms).max(writing.now.millis());
        let (size, root) = (head.size(), writing.log.root());
        let note = sign(&writing.ring, &key, size, root, Timestamp::from_millis(at))
            .map_err(unrecorded)?
            .to_string();
        if at.saturating_sub(head.kept_ms) >= KEEP_MS {
            self.keep_signed(writing).await?;
            writing.log.head.kept_ms = at;
        }
        writing.log.head.signed = Some(Signed { size, at_ms: at, note });
        self.tell_instance(writing, size, root).await?;
        Ok(changed)
    }

    /// A new key signs from here on: its takeover is signed by the old one, and is the next entry of the log.
    pub(super) async fn change_key(&self, writing: &mut Writing) -> Result<(), Error> {
        let start = writing.log.head.size();
        let key = SigningKey::generate()?;
        let origin = origin(&writing.ring)?;
        let (epoch, takeover) = match start {
            0 => (0, make_genesis(&origin, &key).ok()),
            _ => {
                let old = self.signer(writing).await?;
                let history = self.key_history(writing).await?;
                let takeover = history.make_takeover(start, writing.log.root(), &old, &key).ok();
                (writing.log.head.epoch.saturating_add(1), takeover)
            }
        };
        let takeover: SignedNote = takeover.ok_or_else(|| unrecorded(StorageError::Entries))?;
        self.keep_signed(writing).await?;
        writing.puts.push(seal_takeover(&writing.ring, epoch, &takeover).map_err(unrecorded)?);
        writing.puts.push(seal_signer(&writing.ring, epoch, &key).map_err(unrecorded)?);
        let public = key.public().map_err(|_| unrecorded(StorageError::Entries))?;
        let vkey = VerifierKey::new(origin.name().clone(), SignatureType::Ed25519, public)
            .map_err(|_| unrecorded(StorageError::Entries))?;
        let detail = Detail::Key { epoch, key: vkey.to_string() };
        writing.note(Action::AuditKey, Outcome::Done, detail)?;
        writing.log.head.epoch = epoch;
        writing.log.head.epoch_since_ms = writing.now.millis();
        Ok(())
    }

    /// Keeps the newest signed checkpoint, which another is about to replace. One that was published is kept already, with
    /// cosignatures.
    async fn keep_signed(&self, writing: &mut Writing) -> Result<(), Error> {
        let Some(signed) = &writing.log.head.signed else { return Ok(()) };
        let key = keyspace::numbered(writing.ring.owner(), Table::LogCheckpoint, signed.size);
        let kept = self.inner.storage.get(&[key]).await?.pop().flatten().is_some();
        if !kept && !writing.puts.iter().any(|put| put.key == key) {
            let put = seal_checkpoint(&writing.ring, signed.size, signed.note.clone()).map_err(unrecorded)?;
            writing.puts.push(put);
            writing.expect.push(Expectation { key, revision: None });
        }
        Ok(())
    }

    /// The keys so far.
    async fn key_history(&self, writing: &Writing) -> Result<KeyHistory, Error> {
        let notes = self.notes(&writing.ring, Table::LogKey).await?;
        Ok(KeyHistory::from_notes(&notes).map_err(|_| Corrupt::new("the keys of the audit log"))?)
    }

    /// The old key lies in pages that SQLite has not written over yet.
    pub(super) async fn after_signing(&self, _: OldKeyIsGone) {
        // It is wrapped, and its record is gone: that its bytes could not be overwritten as well is no failure.
        let _ = Arc::clone(&self.inner.storage).erase_deleted().await;
    }

    /// The key that signs now: the one that is to be written, or the stored one.
    async fn signer(&self, writing: &Writing) -> Result<SigningKey, Error> {
        let at = signer_key(&writing.ring);
        let epoch = writing.log.head.epoch;
        let record = match writing.puts.iter().rev().find(|put| put.key == at) {
            Some(put) => {
                Some(crate::storage::Record { revision: put.revision, value: Arc::clone(&put.value) })
            }
            None => self.inner.storage.get(&[at]).await?.pop().flatten(),
        };
        let record = record.ok_or(Corrupt::new("the signing key of the audit log is gone"))?;
        Ok(open_signer(&writing.ring, epoch, &record)?)
    }

    /// The instance learns how far the log is.
    async fn tell_instance(&self, writing: &mut Writing, size: u64, root: Hash) -> Result<(), Error> {
        let owner = writing.ring.owner();
        if owner == TenantId::INSTANCE {
            return Ok(());
        }
        let instance = self.load_instance().await?;
        let known =
            KnownHead { origin: origin(&writing.ring)?.as_str().to_owned(), size, root: root.to_base64() };
        let put = seal_record(instance.ring(), keyspace::log_heads(owner), &known)
            .map_err(|_| unrecorded(StorageError::Entries))?;
        writing.puts.push(put);
        Ok(())
    }
}
