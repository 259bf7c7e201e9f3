//! Who an actor is in the world: fields about a person, under a key of their own.
//!
//! An entry names its actor by a number. A name, a machine, an address are sealed in a block under the person's *subject key*. When
//! that key is destroyed, nobody reads the block any more, and the entry's bytes, its hash and all proofs stay as they are.
//!
//! # Invariants
//! - A block is sealed once for a session, or once for an identity and the address it asks from, not for each entry.
//! - The subject in an entry is a keyed hash: it joins the entries of one person, and says nothing to who has not the tenant's keys.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coffer_encryption::{Personal, SubjectKey, SubjectWrap, generation_of, open, seal, unwrap, wrap};
use serde::Serialize;

use super::read::EntryPerson;
use crate::fault::Corrupt;
use crate::storage::keyring::KeyRing;
use crate::storage::record::{decode, encode, plain_record};
use crate::storage::{Key, Put, Record, StorageError, keyspace};

/// The field that says where a request came from.
pub(crate) const ADDRESS: &str = "address";

/// What is known of somebody, to be sealed.
pub(crate) struct Block {
    /// The name that they are forgotten by.
    pub(crate) subject: String,
    /// Names this block: 16 random bytes.
    pub(crate) session: [u8; 16],
    pub(crate) details: BTreeMap<String, String>,
}

/// A person's fields, sealed once; the fields in the order of RFC 8785.
#[derive(Debug, Serialize)]
pub(crate) struct SealedPerson {
    sealed: String,
    session: String,
    subject: String,
}

impl SealedPerson {
    pub(crate) fn is_of(&self, subject: &[u8; 16]) -> bool {
        sixteen(&self.subject).as_ref() == Some(subject)
    }
}

/// Whom a tenant knows under this name: 16 bytes.
pub(crate) fn subject(ring: &KeyRing, who: &str) -> [u8; 16] {
    ring.index().hash(b"subject", who.as_bytes())
}

/// A fresh subject key, and its record.
pub(crate) fn make_key(ring: &KeyRing, subject: [u8; 16]) -> Result<(SubjectKey, Put), StorageError> {
    let failed = |_| StorageError::Entries;
    let key = SubjectKey::generate().map_err(|_| StorageError::Entries)?;
    let generation = ring.newest().map_err(|_| StorageError::Entries)?;
    let place = place(ring, generation.number(), subject);
    let wrapped = wrap(&generation.audit, &place, &key).map_err(failed)?;
    let put = plain_record(record_key(ring, subject), wrapped).map_err(|_| StorageError::Entries)?;
    Ok((key, put))
}

/// The subject key in a record.
pub(crate) fn open_key(ring: &KeyRing, subject: [u8; 16], record: &Record) -> Result<SubjectKey, Corrupt> {
    let corrupt = || Corrupt::new("the key of a person in the audit log");
    let number = generation_of(&record.value).map_err(|_| corrupt())?;
    unwrap(&ring.generation(number)?.audit, &place(ring, number, subject), &record.value)
        .map_err(|_| corrupt())
}

/// Where a subject key lies.
pub(crate) fn record_key(ring: &KeyRing, subject: [u8; 16]) -> Key {
    keyspace::subject(ring.owner(), subject)
}

/// A block, sealed.
pub(crate) fn seal_person(
    ring: &KeyRing,
    key: &SubjectKey,
    block: &Block,
) -> Result<SealedPerson, StorageError> {
    let subject = subject(ring, &block.subject);
    let place = personal(ring, subject, block.session);
    let sealed = seal(key, &place, &encode(&block.details)).map_err(|_| StorageError::Entries)?;
    Ok(SealedPerson {
        sealed: STANDARD.encode(sealed),
        session: base16ct::lower::encode_string(&block.session),
        subject: base16ct::lower::encode_string(&subject),
    })
}

/// The fields of a person in an entry.
pub(crate) fn open_person(
    ring: &KeyRing,
    key: &SubjectKey,
    person: &EntryPerson,
) -> Result<BTreeMap<String, String>, Corrupt> {
    let corrupt = || Corrupt::new("the fields of a person in the audit log");
    let subject = subject_of(person).ok_or_else(corrupt)?;
    let session = sixteen(&person.session).ok_or_else(corrupt)?;
    let sealed = STANDARD.decode(&person.sealed).map_err(|_| corrupt())?;
    let opened = open(key, &personal(ring, subject, session), &sealed).map_err(|_| corrupt())?;
    decode(opened.expose())
}

/// Whose key a person's fields are sealed under.
pub(crate) fn subject_of(person: &EntryPerson) -> Option<[u8; 16]> {
    sixteen(&person.subject)
}

fn sixteen(hex: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let filled = base16ct::lower::decode(hex, &mut bytes).ok()?.len();
    (filled == 16).then_some(bytes)
}

fn place(ring: &KeyRing, generation: u32, subject: [u8; 16]) -> SubjectWrap {
    SubjectWrap { instance: ring.instance(), tenant: *ring.owner().bytes(), generation, subject }
}

fn personal(ring: &KeyRing, subject: [u8; 16], session: [u8; 16]) -> Personal {
    Personal { instance: ring.instance(), tenant: *ring.owner().bytes(), subject, session }
}
