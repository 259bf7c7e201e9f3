//! Cobblestone-256: C2SP `chunked-encryption` (<https://c2sp.org/chunked-encryption>) with SHA-512 and AES-256-GCM.
//!
//! For each message HKDF-Expand (RFC 5869) makes a key (32 bytes), a base nonce (12) and a commitment (32) from the
//! input key, a random salt (24) and the context:
//!
//! ```text
//! key || base nonce || commitment =
//!     HKDF-Expand-SHA512(input key, "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM" || 0x00 || salt || context)
//! message = salt || commitment || chunk 0 || .. || chunk n
//! ```
//!
//! Each chunk is AES-256-GCM (NIST SP 800-38D) without additional data, under the base nonce XOR the chunk's number.
//! All chunks hold 16 KiB of plaintext but the last, which is always shorter and may be empty: a message cut at a
//! chunk's end has no short last chunk and does not open. The commitment ties the message to one key, which GCM
//! alone does not.
//!
//! # Invariants
//!
//! * No plaintext of a whole message leaves before its last chunk is verified. Of one that is opened chunk by chunk ([`stream`]) each
//!   chunk leaves when it is verified, where it belongs; whether it has an end is known at its end.
//! * Only [`crate::envelope`] calls this; the salt it passes comes from [`fresh_salt`].
//! * The provider's key schedule lies on its own heap and is not wiped by us. It opens this one message only.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Prk};
use zeroize::Zeroizing;

use crate::random::{self, RandomError};
use crate::same;

pub(crate) mod stream;

/// Bytes of salt, drawn for each message.
pub(crate) const SALT_LEN: usize = 24;

/// The salt of one message.
pub(crate) fn fresh_salt() -> Result<[u8; SALT_LEN], RandomError> {
    random::bytes()
}

/// The length of the message that holds `plaintext_len` bytes; nothing if there can be none.
pub(crate) fn sealed_len(plaintext_len: usize) -> Option<usize> {
    let full_chunks = plaintext_len.checked_div(CHUNK_LEN)?;
    let chunks = full_chunks.checked_add(1)?;
    if u64::try_from(chunks).ok()? > CHUNKS_MAX {
        return None;
    }
    plaintext_len.checked_add(PREFIX_LEN)?.checked_add(chunks.checked_mul(TAG_LEN)?)
}

/// The length of the plaintext in a message of `sealed_len` bytes; nothing if no message has that length.
pub(crate) fn plaintext_len(sealed_len: usize) -> Option<usize> {
    let chunks_len = sealed_len.checked_sub(PREFIX_LEN)?;
    let full_chunks = chunks_len.checked_div(SEALED_CHUNK_LEN)?;
    let last = chunks_len.checked_rem(SEALED_CHUNK_LEN)?.checked_sub(TAG_LEN)?;
    if u64::try_from(full_chunks).ok()? >= CHUNKS_MAX {
        return None;
    }
    full_chunks.checked_mul(CHUNK_LEN)?.checked_add(last)
}

/// Seals `plaintext` into `out`, which is exactly [`sealed_len`] bytes long.
pub(crate) fn seal_into(
    key: &[u8; 32],
    salt: &[u8; SALT_LEN],
    context: &[u8],
    plaintext: &[u8],
    out: &mut [u8],
) -> Result<(), Unspecified> {
    let message = Message::derive(key, salt, context)?;
    let (salt_out, out) = out.split_first_chunk_mut().ok_or(Unspecified)?;
    let (commitment_out, mut out) = out.split_first_chunk_mut().ok_or(Unspecified)?;
    *salt_out = *salt;
    *commitment_out = message.commitment;

    let mut plaintext = plaintext;
    for number in 0..CHUNKS_MAX {
        let (chunk, later) = plaintext.split_at_checked(CHUNK_LEN).unwrap_or((plaintext, &[]));
        let (sealed, after) =
            out.split_at_mut_checked(chunk.len().saturating_add(TAG_LEN)).ok_or(Unspecified)?;
        message.seal(number, chunk, sealed)?;
        if chunk.len() < CHUNK_LEN {
            return if after.is_empty() { Ok(()) } else { Err(Unspecified) };
        }
        (plaintext, out) = (later, after);
    }
    Err(Unspecified)
}

/// Opens `sealed` into `out`, which is exactly [`plaintext_len`] bytes long: any other length is an error.
///
/// On an error `out` may hold the plaintext of some chunks: the caller wipes it and shows it to nobody.
pub(crate) fn open_into(
    key: &[u8; 32],
    context: &[u8],
    sealed: &[u8],
    out: &mut [u8],
) -> Result<(), Unspecified> {
    let (salt, sealed) = sealed.split_first_chunk().ok_or(Unspecified)?;
    let (commitment, mut sealed) = sealed.split_first_chunk::<COMMITMENT_LEN>().ok_or(Unspecified)?;
    let message = Message::derive(key, salt, context)?;
    if !same(commitment, &message.commitment) {
        return Err(Unspecified);
    }

    let mut out = out;
    for number in 0..CHUNKS_MAX {
        let (chunk, later) = sealed.split_at_checked(SEALED_CHUNK_LEN).unwrap_or((sealed, &[]));
        let len = chunk.len().checked_sub(TAG_LEN).ok_or(Unspecified)?;
        let (plaintext, after) = out.split_at_mut_checked(len).ok_or(Unspecified)?;
        message.open(number, chunk, plaintext)?;
        if len < CHUNK_LEN {
            return if after.is_empty() { Ok(()) } else { Err(Unspecified) };
        }
        (sealed, out) = (later, after);
    }
    Err(Unspecified)
}

const COMMITMENT_LEN: usize = 32;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// Bytes before the first chunk.
pub(crate) const PREFIX_LEN: usize = SALT_LEN + COMMITMENT_LEN;
/// Bytes of plaintext in every chunk but the last, which has fewer.
pub(crate) const CHUNK_LEN: usize = 16 * 1024;
/// Bytes of such a chunk, sealed.
pub(crate) const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;
const CHUNKS_MAX: u64 = 1 << 38;
const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

/// What HKDF-Expand makes for one message.
struct Message {
    aead: LessSafeKey,
    base_nonce: [u8; NONCE_LEN],
    commitment: [u8; COMMITMENT_LEN],
}

impl Message {
    fn derive(key: &[u8; 32], salt: &[u8; SALT_LEN], context: &[u8]) -> Result<Self, Unspecified> {
        let mut made = Zeroizing::new([0; MADE_LEN]);
        Prk::new_less_safe(HKDF_SHA512, key)
            .expand(&[LABEL, salt, context], MadeLen)?
            .fill(made.as_mut_slice())?;
        let (key, made) = made.split_first_chunk::<32>().ok_or(Unspecified)?;
        let (base_nonce, commitment) = made.split_first_chunk().ok_or(Unspecified)?;
        let commitment = commitment.first_chunk().ok_or(Unspecified)?;
        let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
        Ok(Self { aead, base_nonce: *base_nonce, commitment: *commitment })
    }

    /// Seals a chunk into `out`, which is longer than it by a tag.
    fn seal(&self, number: u64, chunk: &[u8], out: &mut [u8]) -> Result<(), Unspecified> {
        let (sealed, tag) = out.split_at_mut_checked(chunk.len()).ok_or(Unspecified)?;
        self.aead.seal_out_of_place_scatter(self.nonce(number), Aad::empty(), chunk, sealed, &[], tag)
    }

    /// Opens a chunk into `out`, which is shorter than it by a tag.
    fn open(&self, number: u64, sealed: &[u8], out: &mut [u8]) -> Result<(), Unspecified> {
        let (chunk, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(Unspecified)?;
        self.aead.open_separate_gather(self.nonce(number), Aad::empty(), chunk, tag, out)
    }

    /// The base nonce XOR the chunk's number, big-endian, at the end.
    fn nonce(&self, number: u64) -> Nonce {
        let mut nonce = self.base_nonce;
        for (byte, counter) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= counter;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

const MADE_LEN: usize = 32 + NONCE_LEN + COMMITMENT_LEN;

struct MadeLen;

impl KeyType for MadeLen {
    fn len(&self) -> usize {
        MADE_LEN
    }
}

#[cfg(test)]
pub(crate) mod tests;
