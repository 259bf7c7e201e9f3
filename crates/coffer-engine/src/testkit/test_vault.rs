//! A vault with cheap keys, over any storage.

use std::sync::Arc;

use coffer_encryption::{Iterations, PassphraseIterations, PasswordCost, SecretBytes};

use crate::access::{Grant, Identity, IdentityKind, PathPattern, Role};
use crate::error::Error;
use crate::identity::IdentityId;
use crate::metadata::MetadataPatch;
use crate::op::{Actor, Manager, Op, RequestId};
use crate::path::SecretPath;
use crate::secret::Value;
use crate::storage::memory::MemoryStorage;
use crate::storage::{Clock, Durability, Storage};
use crate::tenant::TenantName;
use crate::time::Timestamp;
use crate::unlock::{Passphrase, Unlocker};
use crate::vault::{Expect, NewValue, OpenOptions, Settings, Vault, Write, Written};

/// The passphrase of every test store.
const WORDS: &[u8] = b"correct horse battery staple";
/// A moment: 2026-01-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A vault, and short words for what tests do with it.
pub struct TestVault {
    /// The vault itself.
    pub vault: Vault,
}

/// A clock that stands still.
#[must_use]
pub fn clock_at(now: Timestamp) -> Clock {
    Arc::new(move || now)
}

/// An operation of the local owner in the tenant `default`.
///
/// # Errors
/// When there are no random bytes.
pub fn op_at(now: Timestamp) -> Result<Op, Error> {
    let tenant = TenantName::default_tenant();
    Ok(Op {
        actor: Actor::Local,
        tenant,
        now,
        request: RequestId::generate()?,
        session: None,
        source: None,
        certificate: None,
        trail: None,
        once: None,
        message: None,
        manager: Manager::Instance,
    })
}

impl TestVault {
    /// A fresh vault in memory.
    ///
    /// # Errors
    /// What opening a store may say.
    pub async fn in_memory() -> Result<Self, Error> {
        Self::over(MemoryStorage::new(clock_at(NOW))).await
    }

    /// A vault over this storage, made if need be.
    ///
    /// # Errors
    /// What opening a store may say.
    pub async fn over(storage: Arc<dyn Storage>) -> Result<Self, Error> {
        Self::with_durability(storage, Durability::Written).await
    }

    /// A vault over this storage whose reads are this durable.
    ///
    /// # Errors
    /// What opening a store may say.
    pub async fn with_durability(
        storage: Arc<dyn Storage>,
        read_durability: Durability,
    ) -> Result<Self, Error> {
        Self::with_settings(storage, |settings| settings.read_durability = read_durability).await
    }

    /// A vault over this storage, with these settings.
    ///
    /// # Errors
    /// What opening a store may say.
    pub async fn with_settings(
        storage: Arc<dyn Storage>,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Self, Error> {
        let unlocker = Self::unlocker();
        let unlockers: [&dyn Unlocker; 1] = [&unlocker];
        let mut settings = Settings {
            iterations: Iterations::cheap_for_tests(),
            password_cost: PasswordCost::cheap_for_tests(),
            ..Settings::default()
        };
        change(&mut settings);
        let options = OpenOptions { unlockers: &unlockers, settings };
        Ok(Self { vault: Vault::open_or_create(storage, options, &Self::op()?).await? })
    }

    /// What opens every test store.
    #[must_use]
    pub fn unlocker() -> Passphrase {
        Passphrase::new(SecretBytes::copy_from(WORDS), PassphraseIterations::cheap_for_tests())
    }

    /// An operation of the local owner.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn op() -> Result<Op, Error> {
        op_at(NOW)
    }

    /// An operation of a member with these grants, which is made, or changed, for it.
    ///
    /// # Errors
    /// What a commit may say.
    pub async fn member(&self, id: u8, grants: &[(Role, &str)]) -> Result<Op, Error> {
        let grants = grants
            .iter()
            .map(|(role, raw)| Ok(Grant::always(*role, PathPattern::parse(raw)?)))
            .collect::<Result<_, Error>>()?;
        let identity = Identity::new(format!("member-{id}"), IdentityKind::Service, grants);
        let id = IdentityId::from_bytes([id; 16]);
        self.vault.put_identity(&Self::op()?, id, &identity).await?;
        Ok(Op { actor: Actor::Identity(id), ..Self::op()? })
    }

    /// Sets a text, whatever is there.
    ///
    /// # Errors
    /// What [`Vault::set`] may say.
    pub async fn set(&self, path: &str, text: &str) -> Result<Written, Error> {
        let write = Write {
            path: SecretPath::parse(path)?,
            value: Some(NewValue::Replace(Value::text(text))),
            references: false,
            expect: Expect::Anything,
            metadata: MetadataPatch::default(),
        };
        self.vault.set(&Self::op()?, write).await
    }
}
