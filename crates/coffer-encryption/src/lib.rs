//! Seals and opens: the keys of Coffer, the envelope they make, and the memory they lie in.
//!
//! One envelope everywhere ([`seal`] and [`open`]): a ten-byte header and a Cobblestone-256 message
//! (C2SP `chunked-encryption` with AES-256-GCM). Each sealed thing has a [`Place`]: who owns it, which version it
//! is, which key generation it is under. The place is bound into the message, so a sealed thing moved elsewhere
//! does not open.
//!
//! Keys are types. A [`RootKey`] is wrapped under an [`UnlockerKey`]; a [`WrappingKey`] is derived from the root
//! key and wraps one owner's [`OwnerKey`]; from that come the purpose keys; a [`DataKey`] seals exactly one value; a
//! [`SigningKey`] signs ([`verify`] checks). "Owner" is a tenant, or the instance itself.
//!
//! ```
//! use coffer_encryption::{DataKey, Value, open, seal};
//!
//! let key = DataKey::generate()?;
//! let place = Value { instance: [1; 16], tenant: [2; 16], secret: [3; 16], version: 1 };
//! let sealed = seal(&key, &place, b"hunter2")?;
//! assert!(open(&key, &place, &sealed)?.same_as(b"hunter2"));
//! assert!(open(&key, &Value { version: 2, ..place }, &sealed).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! * No file, socket, clock or thread is touched here. [`harden_process`] and the locked memory are the only
//!   system calls besides randomness.
//! * No function takes a nonce or a salt for sealing: they are drawn inside, so they cannot be reused from outside.
//! * No key or secret type has `Clone`, `Display`, `PartialEq` or a telling `Debug`.
//! * No error says why something did not open.

mod chunked;
mod compare;
mod context;
mod envelope;
mod hardening;
pub mod hash;
mod iterations;
mod keys;
mod memory;
mod outside;
mod password;
mod place;
pub mod random;
mod secret;
mod sign;
mod totp;

pub use compare::same;
pub use context::ContextWriter;
pub use envelope::{
    CHUNK_BYTES, OpenError, OpenStream, SEALED_CHUNK_BYTES, STREAM_PREFIX_BYTES, SealError, SealStream,
    generation_of, open, seal, sealed_len, unwrap, wrap,
};
pub use hardening::{HardenError, Hardening, harden_process};
pub use iterations::{Iterations, IterationsError, PassphraseIterations};
pub use keys::{
    AuditKey, BackupKey, DataKey, DataWrapKey, DeriveError, IndexHash, IndexKey, LockKey, OwnerKey,
    PassphraseError, PurposeKey, RecordKey, RootKey, SigningKey, SubjectKey, UnlockerKey, WrappingKey,
};
pub use memory::{Locking, locking};
pub use outside::{OutsideKey, Scheme};
pub use password::{PasswordCost, PasswordCostError, PasswordHash, SALT_BYTES};
pub use place::{
    Backup, Content, DataWrap, EntryRow, IndexWrap, Kdf, KeyPlace, LockWrap, OwnerWrap, Personal, Place,
    Purpose, RecordPlace, RootWrap, SigningWrap, SubjectWrap, Value, WrappingPlace,
};
pub use random::RandomError;
pub use secret::SecretBytes;
pub use sign::{BadPublicKey, BadSignature, PublicKey, SignError, verify};
pub use totp::{TOTP_DIGITS, TOTP_SECRET_BYTES, TOTP_STEP_SECONDS, TotpSecret, totp_step};

#[cfg(test)]
mod environment;
#[cfg(test)]
mod vectors;
