//! The same message, made and opened chunk by chunk: what is too long to be whole in memory.
//!
//! # Invariants
//!
//! * What is sealed here and what [`super::seal_into`] seals can't be told apart.
//! * A chunk opens at its number alone. One that is shorter than the others is the last: nothing is opened behind it.

use aws_lc_rs::error::Unspecified;

use super::{CHUNK_LEN, CHUNKS_MAX, Message, PREFIX_LEN, SALT_LEN, SEALED_CHUNK_LEN, TAG_LEN};
use crate::same;

/// A message that is being sealed.
pub(crate) struct Sealer {
    message: Message,
    next: u64,
}

impl Sealer {
    /// Begins a message; what comes before its first chunk.
    pub(crate) fn begin(
        key: &[u8; 32],
        salt: &[u8; SALT_LEN],
        context: &[u8],
    ) -> Result<(Self, [u8; PREFIX_LEN]), Unspecified> {
        let message = Message::derive(key, salt, context)?;
        let mut prefix = [0; PREFIX_LEN];
        let (salt_out, commitment_out) = prefix.split_at_mut(SALT_LEN);
        salt_out.copy_from_slice(salt);
        commitment_out.copy_from_slice(&message.commitment);
        Ok((Self { message, next: 0 }, prefix))
    }

    /// Seals a chunk that is not the last, onto the end of `out`.
    pub(crate) fn chunk(&mut self, chunk: &[u8; CHUNK_LEN], out: &mut Vec<u8>) -> Result<(), Unspecified> {
        self.append(chunk, out)
    }

    /// Seals the last chunk, which is shorter than the others and may be empty, onto the end of `out`.
    pub(crate) fn last(mut self, rest: &[u8], out: &mut Vec<u8>) -> Result<(), Unspecified> {
        if rest.len() < CHUNK_LEN { self.append(rest, out) } else { Err(Unspecified) }
    }

    fn append(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Unspecified> {
        let number = take(&mut self.next)?;
        let begin = out.len();
        out.resize(begin.saturating_add(chunk.len()).saturating_add(TAG_LEN), 0);
        self.message.seal(number, chunk, out.get_mut(begin..).ok_or(Unspecified)?)
    }
}

/// A message that is being opened.
pub(crate) struct Opener {
    message: Message,
    next: u64,
    has_ended: bool,
}

impl Opener {
    /// Begins a message with what comes before its first chunk.
    pub(crate) fn begin(
        key: &[u8; 32],
        context: &[u8],
        prefix: &[u8; PREFIX_LEN],
    ) -> Result<Self, Unspecified> {
        let (salt, commitment) = prefix.split_first_chunk().ok_or(Unspecified)?;
        let message = Message::derive(key, salt, context)?;
        if !same(commitment, &message.commitment) {
            return Err(Unspecified);
        }
        Ok(Self { message, next: 0, has_ended: false })
    }

    /// Opens the next chunk into `out`, which is shorter than it by a tag. On an error the caller wipes it and shows it to nobody.
    pub(crate) fn chunk(&mut self, sealed: &[u8], out: &mut [u8]) -> Result<(), Unspecified> {
        if self.has_ended || sealed.len() > SEALED_CHUNK_LEN {
            return Err(Unspecified);
        }
        let number = take(&mut self.next)?;
        self.message.open(number, sealed, out)?;
        self.has_ended = sealed.len() < SEALED_CHUNK_LEN;
        Ok(())
    }

    /// Whether the last chunk was opened.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }
}

/// The number of the next chunk; none is used twice, whatever becomes of it.
fn take(next: &mut u64) -> Result<u64, Unspecified> {
    let number = *next;
    if number >= CHUNKS_MAX {
        return Err(Unspecified);
    }
    *next = number.saturating_add(1);
    Ok(number)
}

#[cfg(test)]
pub(crate) mod tests;
