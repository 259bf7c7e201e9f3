//! How moments, values and metadata are shown.

use std::collections::BTreeMap;
use std::fmt::Display;

use coffer_engine::time::Timestamp;
use coffer_wire::secret::{FileAbout, Listed, Metadata, OnExpiry, Written};
use coffer_wire::{Moment, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value as Json, json};

use crate::error::{CliError, Exit};
use crate::wiped::WipedBuffer;

/// A moment of the engine's.
pub(super) fn timestamp(at: Timestamp) -> String {
    moment(Moment::from_millis(at.millis()))
}

/// A moment as RFC 3339, in UTC, to the second.
pub(super) fn moment(at: Moment) -> String {
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
        "expires": metadata.expires.map(moment),
        "on_expiry": metadata.on_expiry,
        "classification": metadata.classification,
        "personal_data": metadata.personal_data,
        "residency": metadata.residency,
        "purpose": metadata.purpose,
        "rotate_every_seconds": metadata.rotate_every_seconds,
    })
}

/// A file, for programs.
pub(super) fn file(file: Option<&FileAbout>) -> Json {
    file.map_or(Json::Null, |file| json!({ "bytes": file.bytes, "media_type": file.media_type }))
}

/// A file, for people.
pub(super) fn file_text(file: &FileAbout) -> String {
    let unit = if file.bytes == 1 { "byte" } else { "bytes" };
    format!("file, {} {unit}, {}", file.bytes, file.media_type)
}

/// A secret in a list, for people, on one line.
pub(super) fn about_listed(secret: &Listed) -> String {
    let (file, about) = (secret.file.as_ref().map(file_text), about(&secret.metadata));
    file.into_iter().chain(Some(about).filter(|about| !about.is_empty())).collect::<Vec<_>>().join("; ")
}

/// What is known about a secret, for people, on one line.
pub(super) fn about(metadata: &Metadata) -> String {
    let mut parts = Vec::new();
    parts.extend(metadata.owner.as_ref().map(|owner| format!("owner {owner}")));
    parts.extend(metadata.expires.map(|at| match metadata.on_expiry {
        OnExpiry::Warn => format!("expires {}", moment(at)),
        OnExpiry::Deny => format!("expires {}, and is denied then", moment(at)),
        OnExpiry::Rotate => format!("expires {}, and is rotated then", moment(at)),
    }));
    parts.extend(metadata.rotate_every_seconds.map(|every| format!("rotated every {}", span(every))));
    parts.extend(metadata.classification.map(|known| known.name().to_owned()));
    parts.extend(metadata.personal_data.then(|| "personal data".to_owned()));
    parts.extend(metadata.residency.as_ref().map(|place| format!("stays in {place}")));
    parts.extend(metadata.purpose.as_ref().map(|purpose| format!("for {purpose}")));
    parts.extend((!metadata.tags.is_empty()).then(|| {
        let tags: Vec<&str> = metadata.tags.iter().map(String::as_str).collect();
        format!("tags {}", tags.join(", "))
    }));
    parts.extend(metadata.description.clone());
    parts.join("; ")
}

/// A span in the largest unit that says it exactly, as it is written too.
fn span(seconds: u32) -> String {
    let of = |unit: u32| seconds.checked_div(unit).filter(|_| seconds.is_multiple_of(unit));
    let units = [(604_800, 'w'), (86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let exact = units.into_iter().find_map(|(unit, name)| of(unit).map(|count| format!("{count}{name}")));
    exact.unwrap_or_else(|| format!("{seconds}s"))
}

/// That a value is the reader's own.
pub(super) fn own(path: &str) -> String {
    format!("{path} is your own value; `coffer override /{path} --remove` takes it away")
}

/// What a write did, for programs.
pub(super) fn written(written: &Written) -> Json {
    json!({
        "path": written.path,
        "version": written.version,
        "created": written.created,
        "entry": written.entry,
    })
}

/// So many of something, whose name takes an `s`.
pub(super) fn counted(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    let s = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{s}")
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

struct Fields<'v>(&'v BTreeMap<String, zeroize::Zeroizing<Vec<u8>>>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, field) in self.0 {
            entry(&mut map, name, field)?;
        }
        map.end()
    }
}

fn entry<M: SerializeMap>(map: &mut M, name: &str, bytes: &[u8]) -> Result<(), M::Error> {
    use base64::Engine as _;
    match std::str::from_utf8(bytes) {
        Ok(text) => map.serialize_entry(name, text),
        Err(_) => {
            let text = zeroize::Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(bytes));
            map.serialize_entry(&format!("{name}_base64"), text.as_str())
        }
    }
}
