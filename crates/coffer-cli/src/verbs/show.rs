//! How moments, values and metadata are shown.

use coffer_encryption::SecretBytes;
use coffer_engine::secret::{Metadata, Value};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::Written;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value as Json, json};

use crate::error::{CliError, Exit};
use crate::wiped::WipedBuffer;

/// A moment as RFC 3339, in UTC, to the second.
pub(super) fn moment(at: Timestamp) -> String {
    let millis = i64::try_from(at.millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| "-".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// What is known about a secret, for programs.
pub(super) fn metadata(metadata: &Metadata) -> Json {
    json!({
        "owner": metadata.owner,
        "description": metadata.description,
        "tags": metadata.tags,
        "expires": metadata.expires().map(moment),
    })
}

/// What is known about a secret, for people, on one line.
pub(super) fn about(metadata: &Metadata) -> String {
    let mut parts = Vec::new();
    parts.extend(metadata.owner.as_ref().map(|owner| format!("owner {owner}")));
    parts.extend(metadata.expires().map(|at| format!("expires {}", moment(at))));
    parts.extend((!metadata.tags.is_empty()).then(|| {
        let tags: Vec<&str> = metadata.tags.iter().map(String::as_str).collect();
        format!("tags {}", tags.join(", "))
    }));
    parts.extend(metadata.description.clone());
    parts.join("; ")
}

/// What a write did, for programs.
pub(super) fn written(path: &str, written: Written) -> Json {
    json!({
        "path": path,
        "version": written.version.get(),
        "created": written.created,
        "entry": written.entry.to_string(),
    })
}

/// A value as JSON: `value` for text, `value_base64` for other bytes, `fields` for a map; bytes that are no text are
/// base64 in it under `NAME_base64`.
pub(super) fn value_json(path: &str, version: u64, value: &Value) -> Result<WipedBuffer, CliError> {
    wiped_json(&ValueDocument { path, version, value })
}

/// A document with a value in it, on a line of its own, in memory that is wiped.
pub(super) fn wiped_json(document: &impl Serialize) -> Result<WipedBuffer, CliError> {
    let mut out = WipedBuffer::default();
    serde_json::to_writer(&mut out, document).map_err(|_| {
        CliError::new(Exit::Failure, "output.json", "the value can't be written as JSON", "leave out --json")
    })?;
    out.push(b"\n");
    Ok(out)
}

struct ValueDocument<'v> {
    path: &'v str,
    version: u64,
    value: &'v Value,
}

impl Serialize for ValueDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", self.path)?;
        map.serialize_entry("version", &self.version)?;
        match self.value {
            Value::Bytes(bytes) => entry(&mut map, "value", bytes)?,
            Value::Fields(fields) => map.serialize_entry("fields", &Fields(fields))?,
        }
        map.end()
    }
}

struct Fields<'v>(&'v std::collections::BTreeMap<String, SecretBytes>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, field) in self.0 {
            entry(&mut map, name, field)?;
        }
        map.end()
    }
}

fn entry<M: SerializeMap>(map: &mut M, name: &str, bytes: &SecretBytes) -> Result<(), M::Error> {
    use base64::Engine as _;
    match std::str::from_utf8(bytes.expose()) {
        Ok(text) => map.serialize_entry(name, text),
        Err(_) => {
            let text =
                zeroize::Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(bytes.expose()));
            map.serialize_entry(&format!("{name}_base64"), text.as_str())
        }
    }
}
