//! The transparency log: what a stranger needs to check it. No vault, no vault keys, no storage, no clock, no async.
//!
//! A log is a list of leaves, hashed into a tree ([`tree`]). Its owner signs the root of the tree for each size that he
//! shows to anyone: a checkpoint ([`Checkpoint`]), which is a signed note ([`SignedNote`]) with two signatures, one of
//! the text and one of the text and the time. Who holds a checkpoint can be shown that a leaf is in the tree, and that
//! an older checkpoint is of the same log ([`proof`]), from the hashes of the tree, which are stored in tiles
//! ([`tile`]). The signing key changes with time; which key signs which sizes is the [`history`].
//!
//! The formats are those of C2SP (<https://c2sp.org>): tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature,
//! tlog-witness, tlog-proof. The tree is that of RFC 6962 and RFC 9162. Only the notes of the key history,
//! the certificates of erasures, and what is signed of backups, are our own.
//!
//! This is a crate of its own because of trust: an auditor reads this and nothing else.
//!
//! ```
//! use coffer_encryption::SigningKey;
//! use coffer_log::{Checkpoint, Frontier, KeyHistory, Origin, make_genesis, tree::leaf_hash};
//!
//! let origin = Origin::parse("coffer.example/log")?;
//! let key = SigningKey::generate()?;
//! let history = KeyHistory::from_notes(&[make_genesis(&origin, &key)?])?;
//!
//! let mut tree = Frontier::new();
//! tree.push(leaf_hash(b"somebody read something"))?;
//! let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root() };
//! let note = checkpoint.sign(&key, 1_800_000_000)?;
//!
//! let checked = history.check(&note)?; // what the stranger does
//! assert_eq!((checked.checkpoint(), checked.time()), (&checkpoint, 1_800_000_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! * What is parsed is canonical: one thing has one spelling, and what is shown is byte for byte what was parsed. Bad
//!   input is an error that names the rule, never a panic.
//! * A signature is believed by whom it was checked for: every check names its key. There is no "signed by somebody".
//! * Nothing here reads a clock or a socket, and only [`bundle`] touches files: those of the folder that it is given.

pub mod backup;
pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
mod decimal;
pub mod erasure;
pub mod history;
#[cfg(test)]
mod naive;
pub mod note;
pub mod proof;
pub mod statement;
pub mod tile;
pub mod tlog_proof;
pub mod tree;
pub mod witness;

pub use backup::Backup;
pub use checkpoint::{Checkpoint, CheckpointError, Origin};
pub use cosignature::cosign;
pub use erasure::{CheckedErasure, Erasure, ErasureState};
pub use history::{CheckError, CheckedCheckpoint, HistoryError, KeyHistory, make_genesis};
pub use note::{
    KeyName, NoteError, NoteSignature, SignNoteError, SignatureType, SignedNote, Verified, VerifierKey,
    sign_note,
};
pub use proof::ProofError;
pub use statement::StatementError;
pub use tile::{TileId, Tiles};
pub use tlog_proof::Proof;
pub use tree::{Frontier, Hash};
