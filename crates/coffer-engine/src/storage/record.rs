//! A record sealed in its place, and opened there.
//!
//! The context binds instance, tenant, table, key, revision and key generation: a record that is moved, relabelled, or
//! given another revision does not open.

use coffer_encryption::{RecordPlace, SecretBytes, generation_of, open, random, seal};
use minicbor::{CborLen, Decode, Encode};
use std::sync::Arc;
use zeroize::Zeroizing;

use super::key::Key;
use super::keyring::KeyRing;
use super::{Put, Record, Revision};
use crate::fault::Corrupt;
use crate::monitoring::Sealed;

/// A fresh revision.
///
/// # Errors
/// When there are no random bytes.
pub(crate) fn fresh_revision() -> Result<Revision, coffer_encryption::RandomError> {
    random::bytes().map(Revision)
}

/// Seals a value for this key, under a fresh revision.
///
/// # Errors
/// [`coffer_encryption::SealError`] when there are no random bytes or the newest generation is not there.
pub(crate) fn seal_record<T: Encode<()> + CborLen<()>>(
    ring: &KeyRing,
    key: Key,
    value: &T,
) -> Result<Put, coffer_encryption::SealError> {
    let revision = fresh_revision()?;
    let generation = ring.newest().map_err(|_| coffer_encryption::SealError::Provider)?;
    let place = place(ring, &key, revision, generation.number());
    let sealed = ring.watch().sealing(Sealed::Record, || seal(&generation.record, &place, &encode(value)))?;
    Ok(Put { key, revision, value: sealed.into() })
}

/// Opens what [`seal_record`] sealed for this key.
///
/// # Errors
/// [`Corrupt`] when it is not that.
pub(crate) fn open_record<T: for<'b> Decode<'b, ()>>(
    ring: &KeyRing,
    key: &Key,
    record: &Record,
) -> Result<T, Corrupt> {
    let number = generation_of(&record.value).map_err(|_| Corrupt::new("a record"))?;
    let generation = ring.generation(number)?;
    let place = place(ring, key, record.revision, number);
    let opened: SecretBytes = ring
        .watch()
        .opening(Sealed::Record, || open(&generation.record, &place, &record.value))
        .map_err(|_| Corrupt::new("a record"))?;
    decode(opened.expose())
}

/// CBOR into a buffer of the right size from the start, so that growing it leaves no copies behind.
pub(crate) fn encode<T: Encode<()> + CborLen<()>>(value: &T) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(minicbor::len(value)));
    // Writing into a `Vec` can't fail: its error type has no values.
    match minicbor::encode(value, &mut *bytes) {
        Ok(()) | Err(_) => bytes,
    }
}

/// CBOR, all of it.
///
/// # Errors
/// [`Corrupt`] when it is not that, or something follows.
pub(crate) fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, Corrupt> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().map_err(|_| Corrupt::new("the content of a record"))?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err(Corrupt::new("the content of a record")) }
}

/// A record that is not sealed by [`seal_record`]: a wrap, a sealed value, what is read before there are keys.
///
/// # Errors
/// When there are no random bytes.
pub(crate) fn plain_record(
    key: Key,
    value: impl Into<Arc<[u8]>>,
) -> Result<Put, coffer_encryption::RandomError> {
    Ok(Put { key, revision: fresh_revision()?, value: value.into() })
}

/// A kind of stored bytes, for fuzzing: how they are read, and written again.
#[cfg(feature = "testkit")]
pub struct Stored {
    /// The name of the type that they are read as.
    pub name: &'static str,
    /// Reads bytes as the engine does once a record is open, and writes what it read. `None`: they are refused.
    pub reread: fn(&[u8]) -> Option<Reread>,
}

/// What was read, as it is written.
#[cfg(feature = "testkit")]
pub struct Reread {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many there were to be: the room that was made for them.
    pub room: usize,
}

#[cfg(feature = "testkit")]
impl Stored {
    /// Records of this type.
    pub(crate) fn of<T: for<'b> Decode<'b, ()> + Encode<()> + CborLen<()>>() -> Self {
        let (name, _) =
            std::any::type_name::<T>().split_once('<').unwrap_or((std::any::type_name::<T>(), ""));
        let name = name.rsplit("::").next().unwrap_or_default();
        let reread = |bytes: &[u8]| {
            let value: T = decode(bytes).ok()?;
            Some(Reread { bytes: encode(&value).to_vec(), room: minicbor::len(&value) })
        };
        Self { name, reread }
    }
}

fn place<'a>(ring: &KeyRing, key: &'a Key, revision: Revision, generation: u32) -> RecordPlace<'a> {
    let (table, suffix) = key.table_and_suffix();
    RecordPlace {
        instance: ring.instance(),
        owner: *ring.owner().bytes(),
        generation,
        table,
        key: suffix,
        revision: revision.0,
    }
}
