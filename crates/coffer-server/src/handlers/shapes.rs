//! The engine's nouns as the wire's, and back.

use coffer_encryption::SecretBytes;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::{self, MetadataPatch};
use coffer_engine::time::Timestamp;
use coffer_engine::{secret::Value, vault};
use coffer_wire::secret::{Metadata, MetadataChange, SecretRef, Written};
use coffer_wire::{Moment, ValueRef};

/// A moment.
pub(crate) fn moment(at: Timestamp) -> Moment {
    Moment::from_millis(at.millis())
}

/// 16 bytes as 32 hexadecimal digits.
pub(crate) fn hex(id: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*id))
}

/// What is known about a secret.
pub(crate) fn metadata(known: &secret::Metadata) -> Metadata {
    Metadata {
        owner: known.owner.clone(),
        description: known.description.clone(),
        tags: known.tags.clone(),
        expires: known.expires().map(moment),
    }
}

/// A change of it.
pub(crate) fn metadata_patch(change: MetadataChange) -> MetadataPatch {
    let expires = change.expires.into_nested();
    MetadataPatch {
        owner: change.owner.into_nested(),
        description: change.description.into_nested(),
        add_tags: change.add_tags,
        remove_tags: change.remove_tags,
        expires: expires.map(|at| at.map(|at| Timestamp::from_millis(at.millis()))),
    }
}

/// A secret that was read, lent.
pub(crate) fn shown(secret: &secret::Secret) -> SecretRef<'_> {
    let value = match secret.value() {
        Value::Bytes(bytes) => ValueRef::Bytes(bytes.expose()),
        Value::Fields(fields) => {
            ValueRef::Fields(fields.iter().map(|(name, field)| (name.as_str(), field.expose())).collect())
        }
    };
    SecretRef { path: secret.path().as_str(), version: secret.version().get(), value }
}

/// About how many bytes it has as JSON: enough where no letter is escaped.
pub(crate) fn size(secret: &secret::Secret) -> usize {
    let value = match secret.value() {
        Value::Bytes(bytes) => bytes.len(),
        Value::Fields(fields) => fields.iter().fold(0_usize, |sum, (name, field)| {
            sum.saturating_add(name.len()).saturating_add(field.len()).saturating_add(16)
        }),
    };
    // As base64 it is a third longer.
    value.saturating_add(value / 2).saturating_add(secret.path().as_str().len()).saturating_add(96)
}

/// A value that came.
pub(crate) fn value(sent: &coffer_wire::Value) -> Value {
    match sent {
        coffer_wire::Value::Bytes(bytes) => Value::Bytes(SecretBytes::copy_from(bytes)),
        coffer_wire::Value::Fields(fields) => Value::Fields(
            fields.iter().map(|(name, field)| (name.clone(), SecretBytes::copy_from(field))).collect(),
        ),
    }
}

/// What a write did.
pub(crate) fn written(path: &SecretPath, written: vault::Written) -> Written {
    Written {
        path: path.as_str().to_owned(),
        version: written.version.get(),
        created: written.created,
        entry: written.entry.to_string(),
    }
}
