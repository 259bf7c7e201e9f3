//! Who holds the root key?
//!
//! The root key is random and never stored; each unlocker keeps a wrap of it in the store. [`Unlocker`] is one of the engine's
//! four traits. Several may be set up at once, and each opens the store by itself: losing one loses nothing.
//!
//! # Invariants
//! - An unlocker's own key is never in the store, in a log, or in an error.
//! - A row edited in the store does not open: instance, unlocker and generation are bound in the wrap's context.

use coffer_encryption::{RootKey, RootWrap, unwrap, wrap};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{CborLen, Decode, Encode};

pub use file::KeyFile;
pub use passphrase::Passphrase;
pub use recovery::Recovery;

use crate::storage::BoxFuture;

#[cfg(feature = "testkit")]
pub(crate) use file::parse as read_key_file;

mod error;
mod file;
mod passphrase;
mod recovery;

pub use error::UnlockError;

/// What opens the root key.
pub trait Unlocker: Send + Sync {
    /// What kind it is: rows of another kind are not offered to it.
    fn kind(&self) -> UnlockerKind;

    /// Sets itself up for this root key: the row to store.
    ///
    /// # Errors
    /// [`UnlockError`] when it can't.
    fn enroll<'a>(
        &'a self,
        root: &'a RootKey,
        place: Enrolment,
    ) -> BoxFuture<'a, Result<UnlockerRow, UnlockError>>;

    /// Opens a row of its kind; `None` when the row is another's.
    ///
    /// # Errors
    /// [`UnlockError`] when it should open the row and can't.
    fn open<'a>(
        &'a self,
        instance: [u8; 16],
        id: [u8; 16],
        row: &'a UnlockerRow,
    ) -> BoxFuture<'a, Result<Option<RootKey>, UnlockError>>;

    /// The work of trying a row, where there is none of its kind: so that the time which a stranger waits does not tell whether there is.
    ///
    /// # Errors
    /// [`UnlockError`] as a row would have it.
    fn try_nothing(&self) -> BoxFuture<'_, Result<(), UnlockError>> {
        Box::pin(async { Ok(()) })
    }

    /// The id of its row, where the unlocker brings one of its own; else the store draws one.
    fn own_id(&self) -> Option<[u8; 16]> {
        None
    }
}

/// What a new row is for.
#[derive(Debug, Clone, Copy)]
pub struct Enrolment {
    /// The instance.
    pub instance: [u8; 16],
    /// The row's id.
    pub id: [u8; 16],
    /// The generation of the root key.
    pub root_generation: u32,
    /// Milliseconds since the Unix epoch.
    pub now_ms: u64,
}

/// Kinds of unlockers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum UnlockerKind {
    /// A key file.
    #[n(1)]
    KeyFile,
    /// A passphrase.
    #[n(2)]
    Passphrase,
}

impl UnlockerKind {
    /// `key-file`, `passphrase`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyFile => "key-file",
            Self::Passphrase => "passphrase",
        }
    }
}

/// One wrap of the root key, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct UnlockerRow {
    /// Which kind opens it.
    #[n(0)]
    pub kind: UnlockerKind,
    /// The generation of the root key in it.
    #[n(1)]
    pub root_generation: u32,
    /// The root key, wrapped.
    #[n(2)]
    wrapped: ByteVec,
    /// When it was set up, in milliseconds since the Unix epoch.
    #[n(3)]
    pub created_ms: u64,
    /// A passphrase's salt.
    #[n(4)]
    salt: Option<ByteArray<32>>,
    /// A passphrase's PBKDF2 iterations.
    #[n(5)]
    iterations: Option<u32>,
}

/// Wraps the root key under an unlocker's key: what every unlocker does with the key it has.
fn wrap_root(
    key: &coffer_encryption::UnlockerKey,
    root: &RootKey,
    kind: UnlockerKind,
    place: Enrolment,
    derivation: Option<([u8; 32], u32)>,
) -> Result<UnlockerRow, UnlockError> {
    let context =
        RootWrap { instance: place.instance, unlocker: place.id, generation: place.root_generation };
    Ok(UnlockerRow {
        kind,
        root_generation: place.root_generation,
        wrapped: wrap(key, &context, root).map_err(|_| UnlockError::NoEntropy)?.into(),
        created_ms: place.now_ms,
        salt: derivation.map(|(salt, _)| salt.into()),
        iterations: derivation.map(|(_, iterations)| iterations),
    })
}

/// The root key in a row; `None` when the key does not fit.
fn unwrap_root(
    key: &coffer_encryption::UnlockerKey,
    instance: [u8; 16],
    id: [u8; 16],
    row: &UnlockerRow,
) -> Option<RootKey> {
    let context = RootWrap { instance, unlocker: id, generation: row.root_generation };
    unwrap(key, &context, &row.wrapped).ok()
}

#[cfg(test)]
mod tests;
