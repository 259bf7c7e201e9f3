//! To a witness: it looks whether the log only grew since it last saw it, and signs what it saw (C2SP tlog-witness,
//! `add-checkpoint`; C2SP tlog-cosignature).
//!
//! # Invariants
//!
//! * A cosignature is accepted once it was checked: by the key from the settings, of the text that was sent.
//! * All other answers are claims. They come over TLS, so they are the witness's, but nobody can be shown them.

mod error;
mod exchange;

use std::fmt;

use coffer_log::note::{NoteSignature, SignatureType, VerifierKeyError};
use coffer_log::witness::add_checkpoint;
use coffer_log::{Checkpoint, Hash, SignedNote, VerifierKey};

use super::{Address, AddressError, Web};
pub use error::CosignError;
use exchange::{Exchange, Said};

/// A witness: where it is, and the key with which it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    add_checkpoint: Address,
    key: VerifierKey,
}

impl Witness {
    /// The witness with this submission prefix (the URL without `/add-checkpoint`) and this key (`name+id+base64`, of the
    /// type 4).
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn parse(prefix: &str, key: &str) -> Result<Self, WitnessError> {
        let add_checkpoint = Address::parse(prefix)?.join("add-checkpoint").ok_or(WitnessError::Query)?;
        let key = VerifierKey::parse(key)?;
        match key.kind() {
            SignatureType::CosignatureV1 => Ok(Self { add_checkpoint, key }),
            SignatureType::Ed25519 | SignatureType::MlDsa44 => Err(WitnessError::NotACosigner),
        }
    }

    /// The key with which it signs.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }
}

/// Its name, and where it is.
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "witness {} ({})", self.key.name(), self.add_checkpoint)
    }
}

/// Not the settings of a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// The address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The address has a query; nothing can be added to it.
    #[error("the address of a witness has no `?`")]
    Query,
    /// The key.
    #[error(transparent)]
    Key(#[from] VerifierKeyError),
    /// The key signs something else.
    #[error("the key of a witness is one for cosignatures (type 4)")]
    NotACosigner,
}

/// What a witness signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The line for the note, checked: [`SignedNote::with_signature`] takes it.
    pub signature: NoteSignature,
    /// When, as the witness says, in seconds since 1970.
    pub time: u64,
    /// The size that the witness holds now: to be remembered for the next time.
    pub size: u64,
}

/// Has `witness` cosign the checkpoint `note`.
///
/// `held_size` is the size of the tree that it holds, as far as the caller knows, or 0. When the witness says that it
/// holds another one it is asked again, once. `consistency` makes the proof that the tree of `note` begins with the one of
/// the size it is given; it is not asked for sizes that need none. Takes at most twice the time limit of `web`.
///
/// # Errors
/// [`CosignError`].
pub fn cosign<E: fmt::Display>(
    web: &Web,
    witness: &Witness,
    held_size: u64,
    note: &SignedNote,
    mut consistency: impl FnMut(u64) -> Result<Vec<Hash>, E>,
) -> Result<Cosigned, CosignError> {
    let size = Checkpoint::parse(note.text())?.size;
    let mut ask = |old: u64| {
        let needs_proof = old != 0 && old != size;
        let proof = if needs_proof { consistency(old) } else { Ok(Vec::new()) };
        let proof = proof.map_err(|error| CosignError::NoProof { old, cause: error.to_string() })?;
        let body = add_checkpoint(old, &proof, note)
            .map_err(|error| CosignError::NoProof { old, cause: error.to_string() })?;
        Exchange { witness, note, old, size }.judge(web.post(&witness.add_checkpoint, &body)?)
    };
    let old = held_size.min(size);
    match ask(old)? {
        Said::Cosigned(cosigned) => Ok(cosigned),
        Said::Holds(theirs) => match ask(theirs)? {
            Said::Cosigned(cosigned) => Ok(cosigned),
            Said::Holds(_again_another) => Err(CosignError::Unsteady { witness: witness.to_string() }),
        },
    }
}
