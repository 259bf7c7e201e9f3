//! One signature of a note: a line, and how it is made.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use coffer_encryption::{PublicKey, SignError, SigningKey};

use super::{KeyName, KeyNameError, NoteError, SIGNATURES_MAX, VerifierKey, check_text};
use crate::cosignature;

/// Signs `text` as it is: a signature of the type [`SignatureType::Ed25519`](super::SignatureType::Ed25519).
///
/// # Errors
///
/// [`SignNoteError`] when `text` is not one of a note, or begins as the message of a cosignature does.
pub fn sign_note(text: &str, name: &KeyName, key: &SigningKey) -> Result<NoteSignature, SignNoteError> {
    check_text(text)?;
    if cosignature::begins_as_message(text) {
        return Err(SignNoteError::Reserved);
    }
    let verifier = VerifierKey::signer(name.clone(), key.public()?);
    Ok(NoteSignature::made(&verifier, key.sign(text.as_bytes())?.to_vec()))
}

/// Whether `signature` is one of `text` as it is.
pub(super) fn verify(key: &PublicKey, text: &str, signature: &[u8]) -> Option<()> {
    // Such a text is the message of a cosignature, so what fits it says something else.
    if cosignature::begins_as_message(text) {
        return None;
    }
    coffer_encryption::verify(key, text.as_bytes(), signature).ok()
}

/// A signature with the name and the id of its key. Nothing says that it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    id: u32,
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// Reads lines, each with its line end.
    pub(crate) fn parse_lines(lines: &str) -> Result<Vec<Self>, NoteError> {
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Unfinished)?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        let number = |nth: usize| nth.saturating_add(1);
        let parse =
            |(nth, line)| Self::parse(line).map_err(|cause| NoteError::Line { line: number(nth), cause });
        lines.split('\n').enumerate().map(parse).collect()
    }

    /// Reads a line without its line end.
    fn parse(line: &str) -> Result<Self, SignatureError> {
        let line = line.strip_prefix(DASH).ok_or(SignatureError::Form)?;
        let (name, base64) = line.split_once(' ').ok_or(SignatureError::Form)?;
        let name = KeyName::parse(name)?;
        let bytes = BASE64_STANDARD.decode(base64).map_err(|_not_base64| SignatureError::Base64)?;
        match bytes.split_first_chunk::<4>() {
            None | Some((_, [])) => Err(SignatureError::TooShort),
            Some((id, bytes)) => Ok(Self { name, id: u32::from_be_bytes(*id), bytes: bytes.to_vec() }),
        }
    }

    /// The signature `bytes`, which `key` checks.
    pub(crate) fn made(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().clone(), id: key.id(), bytes }
    }

    /// Whose it claims to be.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key it claims to be of.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The signature; of a cosignature, the time before it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether both claim to be of the same key.
    pub(super) fn is_of_same_key(&self, other: &Self) -> bool {
        self.name == other.name && self.id == other.id
    }

    /// Bytes of the line with its line end.
    pub(super) fn line_len(&self) -> usize {
        self.to_string().len()
    }
}

/// The line, with its line end.
impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.to_be_bytes(), &self.bytes[..]].concat();
        writeln!(f, "{DASH}{} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

/// Not a signature line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not an em dash, a name and base64, with single spaces between.
    #[error("a signature is `\u{2014} name base64`")]
    Form,
    /// The name is not one.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// Not base64 (RFC 4648, section 4) in its one spelling.
    #[error("the signature is not in base64")]
    Base64,
    /// Nothing behind the four bytes of the key's id.
    #[error("the signature has no bytes")]
    TooShort,
}

/// Nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignNoteError {
    /// The text, or the note made of it, is not one.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text begins as the message of a cosignature does: a signature of it would be one.
    #[error("a text that begins as a cosignature is not signed")]
    Reserved,
    /// The time is past 2^63 - 1.
    #[error("the time is too late for a cosignature")]
    Time,
    /// The cryptographic provider failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// An em dash and a space: how a signature line begins.
const DASH: &str = "\u{2014} ";
