//! JSON, read more strictly than programs usually do (RFC 8259, section 4): what says a name twice says nothing.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::limits::JWT_DEPTH_MAX;

/// What a document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Truth(bool),
    /// A whole number that is not negative.
    Whole(u64),
    /// Any other number: nothing here has a use for one.
    Number,
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The object that this is, whole: nothing is nested too deep, no name stands twice, nothing comes behind it.
    pub(super) fn object(document: &[u8]) -> Option<BTreeMap<String, Self>> {
        let mut reader = serde_json::Deserializer::from_slice(document);
        let read = Part { room: JWT_DEPTH_MAX }.deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        match read {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn whole(&self) -> Option<u64> {
        match self {
            Self::Whole(number) => Some(*number),
            _ => None,
        }
    }
}

/// A part of a document, and how deep it may still go.
#[derive(Clone, Copy)]
struct Part {
    room: usize,
}

impl Part {
    fn within<E: Error>(self) -> Result<Self, E> {
        let room = self.room.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Self { room })
    }
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Json, E> {
        Ok(Json::Truth(truth))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Whole(number))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let (within, mut all) = (self.within()?, Vec::new());
        while let Some(item) = items.next_element_seed(within)? {
            all.push(item);
        }
        Ok(Json::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let (within, mut all) = (self.within()?, BTreeMap::new());
        while let Some(name) = members.next_key::<String>()? {
            if all.insert(name, members.next_value_seed(within)?).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Json::Object(all))
    }
}
