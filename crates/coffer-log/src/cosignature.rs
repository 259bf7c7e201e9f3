//! Cosignatures: a signature of a checkpoint and the time (C2SP tlog-cosignature, version 1, Ed25519).
//!
//! Who cosigns says: at this time, this is the largest tree of that log that I have seen, and it continues all that I
//! saw before. A witness says it of somebody else's log. A log says it of itself, with its own key, so that one sees
//! that it was alive.
//!
//! # Invariants
//!
//! * The message begins with a line of its own, `cosignature/v1`. No note that begins with it is signed or accepted as
//!   a plain signature, and no origin is called that: the same key can sign both, and neither passes for the other.

use coffer_encryption::{PublicKey, SigningKey};

use crate::checkpoint::Checkpoint;
use crate::decimal;
use crate::note::{KeyName, NoteSignature, SignNoteError, VerifierKey};

/// Signs `checkpoint` and the time, in seconds since 1970: a signature of the type
/// [`SignatureType::CosignatureV1`](crate::note::SignatureType::CosignatureV1).
///
/// # Errors
///
/// [`SignNoteError`].
pub fn cosign(
    checkpoint: &Checkpoint,
    name: &KeyName,
    key: &SigningKey,
    unix_seconds: u64,
) -> Result<NoteSignature, SignNoteError> {
    if unix_seconds > decimal::MAX {
        return Err(SignNoteError::Time);
    }
    let signature = key.sign(message(&checkpoint.text(), unix_seconds).as_bytes())?;
    let bytes = [&unix_seconds.to_be_bytes()[..], &signature].concat();
    Ok(NoteSignature::made(&VerifierKey::cosigner(name.clone(), key.public()?), bytes))
}

/// The time, if `bytes` are a time and its signature of `text`.
pub(crate) fn verify(key: &PublicKey, text: &str, bytes: &[u8]) -> Option<u64> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    let time = Some(u64::from_be_bytes(*time)).filter(|time| *time <= decimal::MAX)?;
    coffer_encryption::verify(key, message(text, time).as_bytes(), signature).ok()?;
    Some(time)
}

/// Whether `text` begins as the message of a cosignature.
pub(crate) fn begins_as_message(text: &str) -> bool {
    text.split('\n').next() == Some(HEADER)
}

/// The first line of the message.
pub(crate) const HEADER: &str = "cosignature/v1";

fn message(text: &str, time: u64) -> String {
    format!("{HEADER}\ntime {time}\n{text}")
}

#[cfg(test)]
mod tests;
