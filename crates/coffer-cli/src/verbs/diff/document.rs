//! What differs, for programs.

use coffer_wire::secret::Secret;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::Line;

/// The document: both secrets, whether they are the same, and each value.
pub(super) struct Document<'d> {
    pub(super) from: &'d Secret,
    pub(super) to: &'d Secret,
    pub(super) lines: &'d [Line<'d>],
    pub(super) same: bool,
    pub(super) reveal: bool,
}

struct Named<'d>(&'d Secret);

struct Lines<'d>(&'d [Line<'d>], bool);

struct One<'d>(&'d Line<'d>, bool);

struct Shown<'d> {
    value: &'d [u8],
    reveal: bool,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("from", &Named(self.from))?;
        map.serialize_entry("to", &Named(self.to))?;
        map.serialize_entry("same", &self.same)?;
        map.serialize_entry("values", &Lines(self.lines, self.reveal))?;
        map.end()
    }
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.0.path)?;
        map.serialize_entry("version", &self.0.version)?;
        map.serialize_entry("references", &self.0.references)?;
        map.end()
    }
}

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|line| list.serialize_element(&One(line, self.1)))?;
        list.end()
    }
}

/// `field` is `null` for a single value. Of what is the same no value is told.
impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(line, reveal) = self;
        let is_same = line.from == line.to;
        let state = match (line.from, line.to) {
            _ if is_same => "same",
            (Some(_), None) => "only_from",
            (None, Some(_)) => "only_to",
            _ => "differs",
        };
        let shown = |value| Shown { value, reveal: *reveal && !is_same };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("field", &line.name)?;
        map.serialize_entry("state", state)?;
        if !is_same {
            map.serialize_entry("from", &line.from.map(shown))?;
            map.serialize_entry("to", &line.to.map(shown))?;
        }
        map.end()
    }
}

/// Text by its letters where it may be shown; what is no text by its length.
impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = std::str::from_utf8(self.value).ok();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &text.is_some())?;
        match text {
            None => map.serialize_entry("bytes", &self.value.len())?,
            Some(text) if self.reveal => map.serialize_entry("value", text)?,
            Some(_) => {}
        }
        map.end()
    }
}
