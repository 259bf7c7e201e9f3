//! The envelope: every sealed thing of Coffer, whatever it holds, looks like this.
//!
//! ```text
//! offset  length  content
//!      0       2  magic "CF"
//!      2       1  version, 1
//!      3       1  algorithm: 1 = Cobblestone-256; 2 (XAES-256-GCM with key commitment) and 3 (a FIPS variant) reserved
//!      4       1  purpose, see `Purpose`
//!      5       1  flags, 0
//!      6       4  key generation, big-endian
//!     10      24  salt
//!     34      32  commitment
//!     66       *  chunks: AES-256-GCM of 16,384 bytes each, the last one shorter, each with its 16-byte tag
//! ```
//!
//! From offset 10 on it is a Cobblestone-256 message (<https://c2sp.org/chunked-encryption>) whose context is the
//! ten header bytes followed by the fields of the [`Place`], each prefixed with its length as a big-endian `u16`.
//! So an edited header or a moved envelope fails at the commitment. A sealed key is 114 bytes.
//!
//! # Invariants
//!
//! * The accepted versions and algorithms are a compile-time list. Nothing stored can widen it.
//! * Why something did not open is not told: a wrong key, place, bit or length are one error.
//! * No plaintext is returned unless the last chunk verified; what was decrypted until then is wiped. What is opened chunk by chunk
//!   ([`OpenStream`]) is verified chunk by chunk, and its end at its end.
//! * Age is not bound: an old envelope put back in its own place opens. The audit log notices that.

use aws_lc_rs::error::Unspecified;

use crate::chunked;
use crate::context::ContextWriter;
use crate::keys::material::{KeyMaterial, SealsAt};
use crate::place::{KeyPlace, Place, Purpose};
use crate::random::RandomError;
use crate::secret::SecretBytes;

mod stream;

pub use stream::{CHUNK_BYTES, OpenStream, SEALED_CHUNK_BYTES, STREAM_PREFIX_BYTES, SealStream};

/// Seals `plaintext` under `key` for `place`: [`sealed_len`] bytes, different each time.
///
/// # Errors
///
/// [`SealError`] when randomness fails, a variable field of the place is longer than 65,535 bytes, or the plaintext
/// is longer than a message may be.
pub fn seal<P: Place>(key: &P::Key, place: &P, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    seal_with_salt(key, place, &chunked::fresh_salt()?, plaintext)
}

/// Opens what [`seal`] made under the same key for the same place.
///
/// # Errors
///
/// [`OpenError`]; it tells a format from the future from everything else, and no more.
pub fn open<P: Place>(key: &P::Key, place: &P, sealed: &[u8]) -> Result<SecretBytes, OpenError> {
    let message = message_of(place, sealed)?;
    let mut plaintext = SecretBytes::zeroed(chunked::plaintext_len(message.len()).ok_or(OpenError::Refused)?);
    open_into(key, place, message, plaintext.expose_mut())?;
    Ok(plaintext)
}

/// Seals the key `inner` under `key` for `place`: 114 bytes.
///
/// # Errors
///
/// As [`seal`].
pub fn wrap<P: KeyPlace>(key: &P::Key, place: &P, inner: &P::Inner) -> Result<Vec<u8>, SealError> {
    seal(key, place, inner.slot().bytes())
}

/// Opens what [`wrap`] made; the key is decrypted straight into its own memory.
///
/// # Errors
///
/// As [`open`]; an envelope that does not hold exactly 32 bytes is refused.
pub fn unwrap<P: KeyPlace>(key: &P::Key, place: &P, sealed: &[u8]) -> Result<P::Inner, OpenError> {
    let message = message_of(place, sealed)?;
    let mut slot = P::Inner::HOME.slot();
    // Refuses every message that does not fill the slot exactly.
    open_into(key, place, message, slot.bytes_mut())?;
    Ok(P::Inner::from_slot(slot))
}

/// The key generation that `sealed` claims, to find the key for [`open`], which then verifies the claim.
///
/// # Errors
///
/// [`OpenError`] when the header is not one that this version writes.
pub fn generation_of(sealed: &[u8]) -> Result<u32, OpenError> {
    let (header, _message) = split_header(sealed)?;
    let [_, _, _, _, purpose, flags, generation @ ..] = *header;
    if Purpose::from_byte(purpose).is_none() || flags != FLAGS {
        return Err(OpenError::Refused);
    }
    Ok(u32::from_be_bytes(generation))
}

/// The length in bytes of an envelope that holds `plaintext_len` bytes; nothing if there can be none.
#[must_use]
pub fn sealed_len(plaintext_len: usize) -> Option<usize> {
    chunked::sealed_len(plaintext_len)?.checked_add(HEADER_LEN)
}

/// Nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The system gave no random salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The plaintext or a field of the place is too long.
    #[error("too long to be sealed")]
    TooLong,
    /// The cryptographic provider failed.
    #[error("the cryptographic provider failed")]
    Provider,
}

/// Nothing was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not an envelope, or one of a version or algorithm that this program does not know.
    #[error("not a known envelope format")]
    UnknownFormat,
    /// Anything else: wrong key, wrong place, damaged, cut, extended.
    #[error("does not open")]
    Refused,
}

const HEADER_LEN: usize = 10;
const MAGIC: [u8; 2] = *b"CF";
const VERSION: u8 = 1;
const COBBLESTONE_256: u8 = 1;
const FLAGS: u8 = 0;

/// [`seal`] with a salt from outside, for the vectors only: a repeated salt repeats a key and its nonce.
pub(crate) fn seal_with_salt<P: Place>(
    key: &P::Key,
    place: &P,
    salt: &[u8; chunked::SALT_LEN],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let header = header_of(place);
    let context = context_of(place, &header).ok_or(SealError::TooLong)?;
    let mut out = vec![0; sealed_len(plaintext.len()).ok_or(SealError::TooLong)?];
    let (header_out, message) = out.split_first_chunk_mut().ok_or(SealError::Provider)?;
    *header_out = header;
    key.sealing_key(place)
        .and_then(|key| chunked::seal_into(key.bytes(), salt, &context, plaintext, message))
        .map_err(|Unspecified| SealError::Provider)?;
    Ok(out)
}

/// The message of an envelope whose header is the one `place` asks for.
fn message_of<'a, P: Place>(place: &P, sealed: &'a [u8]) -> Result<&'a [u8], OpenError> {
    let (header, message) = split_header(sealed)?;
    if *header == header_of(place) { Ok(message) } else { Err(OpenError::Refused) }
}

fn open_into<P: Place>(key: &P::Key, place: &P, message: &[u8], out: &mut [u8]) -> Result<(), OpenError> {
    let context = context_of(place, &header_of(place)).ok_or(OpenError::Refused)?;
    key.sealing_key(place)
        .and_then(|key| chunked::open_into(key.bytes(), &context, message, out))
        .map_err(|Unspecified| OpenError::Refused)
}

/// Splits off a header of a known format; purpose, flags and generation are the caller's to check.
fn split_header(sealed: &[u8]) -> Result<(&[u8; HEADER_LEN], &[u8]), OpenError> {
    let (header, message) = sealed.split_first_chunk::<HEADER_LEN>().ok_or(OpenError::Refused)?;
    let [m0, m1, version, algorithm, ..] = *header;
    if [m0, m1] != MAGIC || version != VERSION || algorithm != COBBLESTONE_256 {
        return Err(OpenError::UnknownFormat);
    }
    Ok((header, message))
}

fn header_of<P: Place>(place: &P) -> [u8; HEADER_LEN] {
    let [m0, m1] = MAGIC;
    let [g0, g1, g2, g3] = place.generation().to_be_bytes();
    [m0, m1, VERSION, COBBLESTONE_256, P::PURPOSE.to_byte(), FLAGS, g0, g1, g2, g3]
}

fn context_of<P: Place>(place: &P, header: &[u8; HEADER_LEN]) -> Option<Vec<u8>> {
    let mut context = ContextWriter::after(header);
    place.write_context(&mut context);
    context.finish()
}

#[cfg(test)]
mod tests;
