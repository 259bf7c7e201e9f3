//! Sealed and unsealed: a process forgets the keys, and gets them back with an unlocker.
//!
//! # Invariants
//! - The entry that says so is durable before the keys are let go, and before anything is answered with those that came back.
//! - A [`SealedStore`] holds no key: what it reads before it has an unlocker is what whoever has the file can read.

use std::sync::{Arc, Weak};

use super::open::unlocker_rows;
use super::round::Scope;
use super::{Inner, OpenOptions, Settings, Vault};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::Error;
use crate::op::Op;
use crate::storage::Storage;
use crate::unlock::{Unlocker, UnlockerKind};

/// A store without its keys: what is needed to open it.
#[derive(Clone)]
pub struct SealedStore {
    storage: Arc<dyn Storage>,
    settings: Settings,
}

/// Tells when the last handle of a vault is gone, and with it the keys. It is no handle itself.
pub struct KeysGone {
    inner: Weak<Inner>,
    gone: tokio::sync::watch::Receiver<()>,
}

impl Vault {
    /// Writes down that the keys are about to be forgotten. Whoever asked for it then drops every handle of this vault.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn store_seal(&self, op: &Op) -> Result<(), Error> {
        self.note_in_instance(op, Action::StoreSeal, None).await
    }

    /// Writes down that this store was opened, by which unlocker, and how often something else was tried before. Whoever
    /// opened it answers nothing with it until this is done.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn store_unseal(&self, op: &Op, failed: u64) -> Result<(), Error> {
        let unlocker = self.inner.unlocked_by.map(|id| base16ct::lower::encode_string(&id));
        let detail = Detail::Unseal { failed, unlocker: unlocker.unwrap_or_default() };
        self.note_in_instance(op, Action::StoreUnseal, Some(detail)).await
    }

    /// The same store without the keys.
    #[must_use]
    pub fn without_keys(&self) -> SealedStore {
        SealedStore { storage: Arc::clone(&self.inner.storage), settings: self.inner.settings }
    }

    /// Whether both are handles of one opened store.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// For who wants to know when the keys are gone.
    #[must_use]
    pub fn keys_gone(&self) -> KeysGone {
        KeysGone { inner: Arc::downgrade(&self.inner), gone: self.inner.gone.subscribe() }
    }

    async fn note_in_instance(&self, op: &Op, action: Action, detail: Option<Detail>) -> Result<(), Error> {
        let detail = &detail;
        self.decide(op, Scope::Instance, |round| {
            Box::pin(async move {
                round.permit(action, Place::Tenant)?;
                let draft = Draft { detail: detail.clone(), ..Draft::new(action, "", Outcome::Done) };
                round.note(draft).await.map(|_| ())
            })
        })
        .await
    }
}

impl SealedStore {
    /// A store that lies in this storage.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>, settings: Settings) -> Self {
        Self { storage, settings }
    }

    /// The kinds of the unlockers that open it.
    ///
    /// # Errors
    /// When the storage can't be read.
    pub async fn unlockers(&self) -> Result<Vec<UnlockerKind>, Error> {
        let rows = unlocker_rows(self.storage.as_ref()).await?;
        Ok(rows.into_iter().map(|(_, row)| row.kind).collect())
    }

    /// Opens it. What does not fit costs the same work whether there is an unlocker of its kind or not.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn open(&self, unlocker: &dyn Unlocker) -> Result<Vault, Error> {
        let options = OpenOptions { unlockers: &[unlocker], settings: self.settings };
        let opened = Vault::open(Arc::clone(&self.storage), options).await;
        if opened.is_err() && !self.unlockers().await?.contains(&unlocker.kind()) {
            unlocker.try_nothing().await?;
        }
        opened
    }
}

impl KeysGone {
    /// Whether they are.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.inner.strong_count() == 0
    }

    /// Waits until they are.
    pub async fn gone(&mut self) {
        while self.gone.changed().await.is_ok() {}
    }
}

/// Says nothing of the store.
impl std::fmt::Debug for SealedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedStore(..)")
    }
}

/// Says nothing of the vault.
impl std::fmt::Debug for KeysGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeysGone(..)")
    }
}
