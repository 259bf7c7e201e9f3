//! Random values.

use coffer_encryption::{RandomError, SecretBytes, random};
use zeroize::Zeroizing;

/// Which characters a generated value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// `A-Z a-z 0-9`: 5.95 bits a character, and nothing that a shell, a URL or a `.env` file would take for something else.
    LettersAndDigits,
    /// `0-9 a-f`: 4 bits a character.
    Hex,
}

impl Alphabet {
    const fn characters(self) -> &'static [u8] {
        match self {
            Self::LettersAndDigits => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            Self::Hex => b"0123456789abcdef",
        }
    }
}

/// A value of so many characters, each equally likely.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn generate(characters: usize, alphabet: Alphabet) -> Result<SecretBytes, RandomError> {
    let letters = alphabet.characters();
    // Bytes at or above the largest multiple of the alphabet's size are drawn again: the rest would not be even.
    let even = 256_usize.saturating_sub(256_usize.checked_rem(letters.len()).unwrap_or(0));
    let mut value = Zeroizing::new(Vec::with_capacity(characters));
    while value.len() < characters {
        let drawn: Zeroizing<[u8; 64]> = Zeroizing::new(random::bytes()?);
        let fitting = drawn.iter().filter(|byte| usize::from(**byte) < even);
        let picked = fitting.filter_map(|byte| letters.get(usize::from(*byte).checked_rem(letters.len())?));
        let wanted = characters.saturating_sub(value.len());
        value.extend(picked.take(wanted));
    }
    Ok(SecretBytes::copy_from(&value))
}

#[cfg(test)]
mod tests;
