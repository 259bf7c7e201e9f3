//! A version of a secret as it is stored: a wrapped data key and a value sealed under it.

use std::collections::BTreeMap;
use std::sync::Arc;

use coffer_encryption::{
    DataKey, DataWrap, SecretBytes, Value as ValuePlace, generation_of, hash, open, seal, unwrap, wrap,
};
use minicbor::bytes::{ByteSlice, ByteVec};
use minicbor::{CborLen, Decode, Decoder, Encode};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::fault::Corrupt;
use crate::monitoring::Sealed;
use crate::path::SecretPath;
use crate::secret::Value;
use crate::storage::cache::Seen;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace;
use crate::storage::record::{decode, encode};
use crate::vault::Vault;
use crate::version::VersionNumber;

/// What a sealed value belongs to. Bound in the data key's wrap, so that one can't stand for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::vault) enum Kind {
    /// A version of a secret.
    Version = 0,
    /// A file beside the store.
    File = 1,
    /// A version of a secret that holds a file.
    Content = 2,
}

/// No flags yet; bound all the same.
const FLAGS: u8 = 0;

/// One version, sealed. It says whose and which it is; the keys that it is opened with say it again.
pub(crate) struct SealedVersion {
    pub(super) ring: Arc<KeyRing>,
    pub(super) path: SecretPath,
    pub(super) secret: [u8; 16],
    pub(super) version: VersionNumber,
    kind: Kind,
    pub(super) row: Arc<Row>,
}

/// The stored form: CBOR, an array of two byte strings. Of a file the second is what comes before its first chunk.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct Row {
    #[n(0)]
    wrapped: ByteVec,
    #[n(1)]
    sealed: ByteVec,
}

impl SealedVersion {
    /// A version as the storage gave it.
    pub(in crate::vault) fn stored(
        ring: Arc<KeyRing>,
        path: SecretPath,
        secret: [u8; 16],
        version: VersionNumber,
        kind: Kind,
        row: Arc<Row>,
    ) -> Self {
        Self { ring, path, secret, version, kind, row }
    }

    /// Which version it says it is.
    pub(in crate::vault) fn version(&self) -> VersionNumber {
        self.version
    }

    /// The path it says it lies at.
    pub(in crate::vault) fn path(&self) -> &SecretPath {
        &self.path
    }

    /// Seals a value under a data key of its own.
    pub(in crate::vault) fn seal(
        ring: Arc<KeyRing>,
        path: SecretPath,
        secret: [u8; 16],
        version: VersionNumber,
        kind: Kind,
        value: &Value,
    ) -> Result<Self, Error> {
        let key = DataKey::generate()?;
        Self::wrapped((ring, path), (secret, version), kind, &key, |ring| {
            Ok(seal(&key, &value_place(ring, secret, version), &value_bytes(value))?)
        })
    }

    /// What `sealed` seals under a data key, with that key wrapped for this version.
    pub(super) fn wrapped(
        (ring, path): (Arc<KeyRing>, SecretPath),
        (secret, version): ([u8; 16], VersionNumber),
        kind: Kind,
        key: &DataKey,
        sealed: impl FnOnce(&KeyRing) -> Result<Vec<u8>, Error>,
    ) -> Result<Self, Error> {
        let row = ring.watch().sealing(Sealed::Value, || {
            let generation = ring.newest()?;
            let place = data_place(&ring, &path, secret, version, kind, generation.number());
            let wrapped = wrap(&generation.data_wrap, &place, key)?;
            Ok::<_, Error>(Row { wrapped: wrapped.into(), sealed: sealed(&ring)?.into() })
        })?;
        Ok(Self { row: Arc::new(row), ring, path, secret, version, kind })
    }

    /// As stored.
    pub(in crate::vault) fn bytes(&self) -> Zeroizing<Vec<u8>> {
        encode(&*self.row)
    }

    /// Whether its data key unwraps here: the check of `doctor`, which opens no value.
    pub(in crate::vault) fn key_fits(&self) -> Result<(), Corrupt> {
        self.data_key().map(|_| ())
    }

    fn data_key(&self) -> Result<DataKey, Corrupt> {
        let corrupt = Corrupt::new("a version's data key");
        let number = generation_of(&self.row.wrapped).map_err(|_| corrupt.clone())?;
        let generation = self.ring.generation(number)?;
        let place = data_place(&self.ring, &self.path, self.secret, self.version, self.kind, number);
        unwrap(&generation.data_wrap, &place, &self.row.wrapped).map_err(|_| corrupt)
    }

    /// Opens the value. Visible in `disclose` alone.
    pub(super) fn open_value(&self) -> Result<Value, Corrupt> {
        let place = value_place(&self.ring, self.secret, self.version);
        let opened = self.opening_with_key(|key, sealed| {
            open(key, &place, sealed).map_err(|_| Corrupt::new("a secret's value"))
        })?;
        parse_value(&opened)
    }

    /// What is opened with the data key, of what is sealed under it.
    pub(super) fn opening_with_key<T>(
        &self,
        open: impl FnOnce(&DataKey, &[u8]) -> Result<T, Corrupt>,
    ) -> Result<T, Corrupt> {
        self.ring.watch().opening(Sealed::Value, || open(&self.data_key()?, &self.row.sealed))
    }
}

impl Vault {
    /// The row of a version, from the cache if it is there; `None` when the storage has none.
    pub(in crate::vault) async fn version_row(
        &self,
        ring: &KeyRing,
        secret: [u8; 16],
        version: VersionNumber,
    ) -> Result<Option<Arc<Row>>, Error> {
        let key = keyspace::version(ring.owner(), secret, version);
        if let Some(seen) = self.inner.cache.get::<Row>(&key) {
            return Ok(Some(seen.value));
        }
        let Some(record) = self.inner.storage.get(&[key]).await?.pop().flatten() else { return Ok(None) };
        let row = Arc::new(decode::<Row>(&record.value)?);
        self.inner.cache.put(
            key,
            &Seen { revision: record.revision, value: Arc::clone(&row) },
            record.value.len(),
        );
        Ok(Some(row))
    }
}

fn data_place(
    ring: &KeyRing,
    path: &SecretPath,
    secret: [u8; 16],
    version: VersionNumber,
    kind: Kind,
    generation: u32,
) -> DataWrap {
    DataWrap {
        instance: ring.instance(),
        tenant: *ring.owner().bytes(),
        generation,
        secret,
        version: version.get(),
        path_hash: hash::sha256(path.as_str().as_bytes()),
        kind: kind as u8,
        flags: FLAGS,
    }
}

fn value_place(ring: &KeyRing, secret: [u8; 16], version: VersionNumber) -> ValuePlace {
    ValuePlace { instance: ring.instance(), tenant: *ring.owner().bytes(), secret, version: version.get() }
}

/// CBOR: `[0, bytes]` or `[1, {name: bytes}]`, into a buffer that never grows.
fn value_bytes(value: &Value) -> Zeroizing<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => encode(&(0_u8, <&ByteSlice>::from(bytes.expose()))),
        Value::Fields(fields) => {
            let exposed: BTreeMap<&str, &ByteSlice> =
                fields.iter().map(|(name, field)| (name.as_str(), field.expose().into())).collect();
            encode(&(1_u8, exposed))
        }
    }
}

fn parse_value(opened: &SecretBytes) -> Result<Value, Corrupt> {
    let corrupt = |_| Corrupt::new("a secret's value");
    let mut decoder = Decoder::new(opened.expose());
    if decoder.array().map_err(corrupt)? != Some(2) {
        return Err(Corrupt::new("a secret's value"));
    }
    let value = match decoder.u8().map_err(corrupt)? {
        0 => Value::Bytes(SecretBytes::copy_from(decoder.bytes().map_err(corrupt)?)),
        1 => {
            let pairs = decoder.map().map_err(corrupt)?.unwrap_or(0);
            let mut fields = BTreeMap::new();
            for _ in 0..pairs {
                let name = decoder.str().map_err(corrupt)?.to_owned();
                fields.insert(name, SecretBytes::copy_from(decoder.bytes().map_err(corrupt)?));
            }
            Value::Fields(fields)
        }
        _ => return Err(Corrupt::new("a secret's value")),
    };
    if decoder.position() == opened.len() { Ok(value) } else { Err(Corrupt::new("a secret's value")) }
}

/// A version's row, and the value in it once it is open, for fuzzing.
#[cfg(feature = "testkit")]
pub(in crate::vault) fn stored() -> [crate::storage::record::Stored; 2] {
    use crate::storage::record::{Reread, Stored};
    let reread = |opened: &[u8]| {
        let value = parse_value(&SecretBytes::copy_from(opened)).ok()?;
        let bytes = value_bytes(&value).to_vec();
        Some(Reread { room: bytes.len(), bytes })
    };
    [Stored::of::<Row>(), Stored { name: "Value", reread }]
}
