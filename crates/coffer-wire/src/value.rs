//! What a secret holds, as JSON: `value` for text, `value_base64` for bytes that are none; `fields` and `fields_base64` alike for
//! a map. So what was read can be written back as it is.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::Plain;
use crate::unique::unique;

/// What a secret holds. Prints nothing, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// One value of any bytes.
    Bytes(Zeroizing<Vec<u8>>),
    /// Named values.
    Fields(BTreeMap<String, Zeroizing<Vec<u8>>>),
}

/// The same, lent: for answers, which copy no value but into what is sent.
#[derive(Clone)]
pub enum ValueRef<'v> {
    /// One value of any bytes.
    Bytes(&'v [u8]),
    /// Named values.
    Fields(Vec<(&'v str, &'v [u8])>),
}

impl Value {
    /// The same, lent.
    #[must_use]
    pub fn lend(&self) -> ValueRef<'_> {
        match self {
            Self::Bytes(bytes) => ValueRef::Bytes(bytes),
            Self::Fields(fields) => ValueRef::Fields(
                fields.iter().map(|(name, field)| (name.as_str(), field.as_slice())).collect(),
            ),
        }
    }
}

impl ValueRef<'_> {
    /// Writes its members into an object that others are in already.
    pub(crate) fn write_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => map.serialize_entry("value", text),
                Err(_) => map.serialize_entry("value_base64", &Base64(bytes)),
            },
            Self::Fields(fields) => {
                let (texts, others): (Vec<_>, Vec<_>) =
                    fields.iter().partition(|(_, field)| std::str::from_utf8(field).is_ok());
                // At least one of them stands there: a value without fields is one too.
                if !texts.is_empty() || others.is_empty() {
                    map.serialize_entry("fields", &Texts(&texts))?;
                }
                if !others.is_empty() {
                    map.serialize_entry("fields_base64", &Others(&others))?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueRef(..)")
    }
}

struct Base64<'v>(&'v [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(STANDARD.encode(self.0));
        serializer.serialize_str(&text)
    }
}

struct Texts<'v>(&'v [&'v (&'v str, &'v [u8])]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |field| std::str::from_utf8(field).unwrap_or_default();
        serializer.collect_map(self.0.iter().map(|(name, field)| (name, text(field))))
    }
}

struct Others<'v>(&'v [&'v (&'v str, &'v [u8])]);

impl Serialize for Others<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, field)| (name, Base64(field))))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.lend().write_into(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ValueParts::deserialize(deserializer)?
            .value()
            .map_err(D::Error::custom)?
            .ok_or_else(|| D::Error::custom(NO_VALUE))
    }
}

/// The members that say a value.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ValueParts {
    pub(crate) value: Option<Plain>,
    pub(crate) value_base64: Option<Plain>,
    #[serde(default, deserialize_with = "some_unique")]
    pub(crate) fields: Option<BTreeMap<String, Plain>>,
    #[serde(default, deserialize_with = "some_unique")]
    pub(crate) fields_base64: Option<BTreeMap<String, Plain>>,
}

const NO_VALUE: &str = "there is neither `value` nor `value_base64`, `fields` or `fields_base64`";

impl ValueParts {
    /// The value that they say, if they say one.
    pub(crate) fn value(self) -> Result<Option<Value>, &'static str> {
        match (self.value, self.value_base64, self.fields, self.fields_base64) {
            (None, None, None, None) => Ok(None),
            (Some(text), None, None, None) => {
                Ok(Some(Value::Bytes(Zeroizing::new(text.expose().as_bytes().to_vec()))))
            }
            (None, Some(text), None, None) => Ok(Some(Value::Bytes(decoded(&text)?))),
            (None, None, texts, others) => fields(texts.unwrap_or_default(), others.unwrap_or_default())
                .map(|fields| Some(Value::Fields(fields))),
            _ => Err("a secret holds one value or fields, not both"),
        }
    }
}

/// Fields of both kinds, together; a name stands once.
pub(crate) fn fields(
    texts: BTreeMap<String, Plain>,
    others: BTreeMap<String, Plain>,
) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, &'static str> {
    let mut fields: BTreeMap<_, _> = texts
        .into_iter()
        .map(|(name, text)| (name, Zeroizing::new(text.expose().as_bytes().to_vec())))
        .collect();
    for (name, text) in others {
        if fields.insert(name, decoded(&text)?).is_some() {
            return Err("a field stands in `fields` and in `fields_base64`");
        }
    }
    Ok(fields)
}

/// Bytes from base64 (RFC 4648, section 4, with padding).
pub(crate) fn decoded(text: &Plain) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    STANDARD.decode(text.expose()).map(Zeroizing::new).map_err(|_| "base64 that is none")
}

/// [`unique`] for a member that may be missing.
pub(crate) fn some_unique<'de, D, V>(deserializer: D) -> Result<Option<BTreeMap<String, V>>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    unique(deserializer).map(Some)
}

/// A member that may be missing, but is not `null`: who sends that has meant something else.
pub(crate) fn said<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
