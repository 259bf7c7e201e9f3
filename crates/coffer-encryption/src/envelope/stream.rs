//! An envelope that is made, and opened, chunk by chunk: of what is too long to be whole in memory.
//!
//! The bytes are those of [`super::seal`]: what comes before the first chunk, then the chunks, one behind the other.

use super::{HEADER_LEN, OpenError, SealError, context_of, header_of, message_of};
use crate::chunked;
use crate::chunked::stream::{Opener, Sealer};
use crate::keys::material::SealsAt;
use crate::place::Place;
use crate::secret::SecretBytes;

/// Bytes of plaintext in every chunk but the last, which has fewer.
pub const CHUNK_BYTES: usize = chunked::CHUNK_LEN;
/// Bytes of such a chunk, sealed.
pub const SEALED_CHUNK_BYTES: usize = chunked::SEALED_CHUNK_LEN;
/// Bytes of an envelope before its first chunk.
pub const STREAM_PREFIX_BYTES: usize = HEADER_LEN + chunked::PREFIX_LEN;

/// An envelope that is being sealed.
pub struct SealStream(Sealer);

impl SealStream {
    /// Begins an envelope; what comes before its first chunk.
    ///
    /// # Errors
    ///
    /// As [`super::seal`].
    pub fn begin<P: Place>(key: &P::Key, place: &P) -> Result<(Self, [u8; STREAM_PREFIX_BYTES]), SealError> {
        Self::begin_with_salt(key, place, &chunked::fresh_salt()?)
    }

    /// Seals a chunk that is not the last, onto the end of `out`.
    ///
    /// # Errors
    ///
    /// [`SealError`] when the provider fails; the envelope is then of no use.
    pub fn chunk(&mut self, chunk: &[u8; CHUNK_BYTES], out: &mut Vec<u8>) -> Result<(), SealError> {
        self.0.chunk(chunk, out).map_err(|_| SealError::Provider)
    }

    /// Seals the last chunk, which has fewer bytes than the others, perhaps none, onto the end of `out`.
    ///
    /// # Errors
    ///
    /// [`SealError::TooLong`] when it has as many; else as [`SealStream::chunk`].
    pub fn last(self, rest: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        if rest.len() >= CHUNK_BYTES {
            return Err(SealError::TooLong);
        }
        self.0.last(rest, out).map_err(|_| SealError::Provider)
    }

    /// [`SealStream::begin`] with a salt from outside, for tests only.
    fn begin_with_salt<P: Place>(
        key: &P::Key,
        place: &P,
        salt: &[u8; chunked::SALT_LEN],
    ) -> Result<(Self, [u8; STREAM_PREFIX_BYTES]), SealError> {
        let header = header_of(place);
        let context = context_of(place, &header).ok_or(SealError::TooLong)?;
        let (sealer, message) = key
            .sealing_key(place)
            .and_then(|key| Sealer::begin(key.bytes(), salt, &context))
            .map_err(|_| SealError::Provider)?;
        let mut prefix = [0; STREAM_PREFIX_BYTES];
        let (header_out, message_out) = prefix.split_at_mut(HEADER_LEN);
        header_out.copy_from_slice(&header);
        message_out.copy_from_slice(&message);
        Ok((Self(sealer), prefix))
    }
}

/// An envelope that is being opened.
pub struct OpenStream(Opener);

impl OpenStream {
    /// Begins with what comes before the first chunk: it says whether key and place are right.
    ///
    /// # Errors
    ///
    /// As [`super::open`].
    pub fn begin<P: Place>(key: &P::Key, place: &P, prefix: &[u8]) -> Result<Self, OpenError> {
        let message = message_of(place, prefix)?.try_into().map_err(|_| OpenError::Refused)?;
        let context = context_of(place, &header_of(place)).ok_or(OpenError::Refused)?;
        key.sealing_key(place)
            .and_then(|key| Opener::begin(key.bytes(), &context, message))
            .map(Self)
            .map_err(|_| OpenError::Refused)
    }

    /// Opens the next chunk.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when it is not the chunk that belongs here, or comes behind the last.
    pub fn chunk(&mut self, sealed: &[u8]) -> Result<SecretBytes, OpenError> {
        let tag = SEALED_CHUNK_BYTES.abs_diff(CHUNK_BYTES);
        let len =
            sealed.len().checked_sub(tag).filter(|len| *len <= CHUNK_BYTES).ok_or(OpenError::Refused)?;
        let mut plaintext = SecretBytes::zeroed(len);
        self.0.chunk(sealed, plaintext.expose_mut()).map_err(|_| OpenError::Refused)?;
        Ok(plaintext)
    }

    /// Whether the last chunk was opened: without it the plaintext is not all there.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.has_ended()
    }
}

#[cfg(test)]
mod tests;
