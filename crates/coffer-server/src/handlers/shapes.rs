//! The engine's nouns as the wire's, and back.

use coffer_encryption::SecretBytes;
use coffer_engine::code::Code;
use coffer_engine::generate;
use coffer_engine::limits::{GENERATED_MAX_CHARACTERS, GENERATED_MIN_CHARACTERS};
use coffer_engine::path::SecretPath;
use coffer_engine::secret::{self, Form};
use coffer_engine::time::Timestamp;
use coffer_engine::{secret::Value, vault};
use coffer_log::SignedNote;
use coffer_wire::code::MadeCode;
use coffer_wire::secret::{Alphabet, Generate, SecretRef, Written};
use coffer_wire::{Moment, Plain, ValueRef};

use crate::failure::Failure;

/// A moment.
pub(crate) fn moment(at: Timestamp) -> Moment {
    Moment::from_millis(at.millis())
}

/// A moment that came.
pub(crate) fn timestamp(at: Moment) -> Timestamp {
    Timestamp::from_millis(at.millis())
}

/// A one-time code that was made, and until when it is good.
pub(crate) fn made_code(code: &Code, expires: Timestamp) -> MadeCode {
    MadeCode { code: Plain::new(code.expose().to_owned()), expires: moment(expires) }
}

/// A leaf of the log: JSON, and so text.
pub(crate) fn text(leaf: &[u8]) -> String {
    String::from_utf8_lossy(leaf).into_owned()
}

/// A signed note that came. Nothing has been checked but its form.
pub(crate) fn note(sent: &str) -> Result<SignedNote, Failure> {
    SignedNote::parse(sent).map_err(|_| {
        Failure::invalid("note.invalid", "that is no signed note", "`/api/v1/audit/checkpoint` shows one")
    })
}

/// 16 bytes as 32 hexadecimal digits.
pub(crate) fn hex(id: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*id))
}

/// The 16 bytes that so many digits say.
pub(crate) fn id(hex: &str) -> Option<[u8; 16]> {
    let is_hex = hex.len() == 32 && hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    u128::from_str_radix(hex, 16).ok().filter(|_| is_hex).map(u128::to_be_bytes)
}

/// A secret that was read, lent.
pub(crate) fn shown(secret: &secret::Secret) -> SecretRef<'_> {
    let value = match secret.value() {
        Value::Bytes(bytes) => ValueRef::Bytes(bytes.expose()),
        Value::Fields(fields) => {
            ValueRef::Fields(fields.iter().map(|(name, field)| (name.as_str(), field.expose())).collect())
        }
    };
    SecretRef {
        path: secret.path().as_str(),
        version: secret.version().get(),
        value,
        references: secret.form() != Form::Plain,
        expires: secret.expires().map(moment),
        own: secret.is_own(),
    }
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

/// The value that came, or a random one in its place.
pub(crate) fn one_value(
    sent: Option<&coffer_wire::Value>,
    generated: Option<Generate>,
) -> Result<Option<Value>, Failure> {
    let Some(Generate { characters, alphabet }) = generated else { return Ok(sent.map(value)) };
    if sent.is_some() {
        return Err(contradiction("send a value, or `generate`"));
    }
    let characters = usize::try_from(characters).unwrap_or(usize::MAX);
    if !(GENERATED_MIN_CHARACTERS..=GENERATED_MAX_CHARACTERS).contains(&characters) {
        return Err(Failure::invalid(
            "value.length",
            format!(
                "a generated value has {GENERATED_MIN_CHARACTERS} to {GENERATED_MAX_CHARACTERS} characters"
            ),
            "leave `characters` out for 32 of them",
        ));
    }
    let alphabet = match alphabet {
        Alphabet::Letters => generate::Alphabet::LettersAndDigits,
        Alphabet::Hex => generate::Alphabet::Hex,
    };
    let value = generate::generate(characters, alphabet).map_err(coffer_engine::Error::from)?;
    Ok(Some(Value::Bytes(value)))
}

/// What is to be written can't be all of what was said.
pub(crate) fn contradiction(fix: &'static str) -> Failure {
    Failure::invalid("body.contradiction", "what is to be written contradicts itself", fix)
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
