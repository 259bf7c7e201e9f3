//! Who signs: keys that live for a week, and the notes by which each hands over to the next.
//!
//! A checkpoint is signed twice with the same key: as a note (type 1), and with the time (type 4, a cosignature). The second is
//! the log's word that at that moment there was no larger tree.
//!
//! # Invariants
//! - Of the private keys only the newest exists: the commit that makes one overwrites the one before. Whoever takes the newest can't
//!   sign a tree that ended before it.

use coffer_encryption::{SigningKey, SigningWrap, generation_of, unwrap, wrap};
use coffer_log::{Checkpoint, Hash, Origin, SignedNote, VerifierKey};
use minicbor::{CborLen, Decode, Encode};

use crate::fault::Corrupt;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{open_record, plain_record, seal_record};
use crate::storage::{Key, Put, Record, StorageError};
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// How long a key signs.
pub(crate) const EPOCH_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// A checkpoint is kept when the last one that was is so old.
pub(crate) const KEEP_MS: u64 = 60 * 60 * 1000;

/// A note, or another text, in a record.
#[derive(Encode, Decode, CborLen)]
pub(super) struct Note {
    #[n(0)]
    note: String,
}

/// Whose log it is, as its checkpoints say: `coffer.<instance>/t/<tenant>`, or `coffer.<instance>/system`.
pub(crate) fn origin(ring: &KeyRing) -> Result<Origin, Corrupt> {
    origin_of(ring.instance(), ring.owner())
}

/// The same, by ids.
pub(crate) fn origin_of(instance: [u8; 16], owner: TenantId) -> Result<Origin, Corrupt> {
    let instance = base16ct::lower::encode_string(&instance);
    let whose = match owner {
        TenantId::INSTANCE => "system".to_owned(),
        tenant => format!("t/{}", base16ct::lower::encode_string(tenant.bytes())),
    };
    Origin::parse(&format!("coffer.{instance}/{whose}")).map_err(|_| Corrupt::new("the name of a log"))
}

/// Where the signing key lies.
pub(crate) fn signer_key(ring: &KeyRing) -> Key {
    keyspace::single(ring.owner(), Table::LogSigner)
}

/// The record of the signing key of an epoch; it takes the place of the one before.
pub(crate) fn seal_signer(ring: &KeyRing, epoch: u32, key: &SigningKey) -> Result<Put, StorageError> {
    let generation = ring.newest().map_err(|_| StorageError::Entries)?;
    let place = signer_place(ring, generation.number(), epoch);
    let wrapped = wrap(&generation.audit, &place, key).map_err(|_| StorageError::Entries)?;
    plain_record(signer_key(ring), wrapped).map_err(|_| StorageError::Entries)
}

/// The signing key of an epoch.
pub(crate) fn open_signer(ring: &KeyRing, epoch: u32, record: &Record) -> Result<SigningKey, Corrupt> {
    let corrupt = || Corrupt::new("the signing key of the audit log");
    let number = generation_of(&record.value).map_err(|_| corrupt())?;
    let place = signer_place(ring, number, epoch);
    unwrap(&ring.generation(number)?.audit, &place, &record.value).map_err(|_| corrupt())
}

/// A checkpoint, signed.
pub(crate) fn sign(
    ring: &KeyRing,
    key: &SigningKey,
    size: u64,
    root: Hash,
    now: Timestamp,
) -> Result<SignedNote, StorageError> {
    let origin = origin(ring).map_err(|_| StorageError::Entries)?;
    let checkpoint = Checkpoint { origin, size, root };
    checkpoint.sign(key, now.millis() / 1000).map_err(|_| StorageError::Entries)
}

/// The record of a takeover note.
pub(crate) fn seal_takeover(ring: &KeyRing, epoch: u32, note: &SignedNote) -> Result<Put, StorageError> {
    let key = keyspace::log_key(ring.owner(), epoch);
    seal_record(ring, key, &Note { note: note.to_string() }).map_err(|_| StorageError::Entries)
}

/// The record of a checkpoint that is kept.
pub(crate) fn seal_checkpoint(ring: &KeyRing, size: u64, note: String) -> Result<Put, StorageError> {
    let key = keyspace::numbered(ring.owner(), Table::LogCheckpoint, size);
    seal_record(ring, key, &Note { note }).map_err(|_| StorageError::Entries)
}

/// The record of a witness: its key, at the key's hash.
pub(crate) fn seal_witness(ring: &KeyRing, witness: &VerifierKey) -> Result<Put, StorageError> {
    let vkey = witness.to_string();
    let key = keyspace::log_witness(ring, &vkey);
    seal_record(ring, key, &Note { note: vkey }).map_err(|_| StorageError::Entries)
}

/// The key in a witness's record.
pub(crate) fn open_witness(ring: &KeyRing, key: &Key, record: &Record) -> Result<VerifierKey, Corrupt> {
    let note: Note = open_record(ring, key, record)?;
    VerifierKey::parse(&note.note).map_err(|_| Corrupt::new("the key of a witness"))
}

/// The note in a record of either kind.
pub(crate) fn open_note(ring: &KeyRing, key: &Key, record: &Record) -> Result<SignedNote, Corrupt> {
    let note: Note = open_record(ring, key, record)?;
    SignedNote::parse(&note.note).map_err(|_| Corrupt::new("a signed note of the audit log"))
}

fn signer_place(ring: &KeyRing, generation: u32, epoch: u32) -> SigningWrap {
    SigningWrap { instance: ring.instance(), owner: *ring.owner().bytes(), generation, epoch }
}
