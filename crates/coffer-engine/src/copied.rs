//! Random text that a person copies by hand: groups of letters that can't be taken for each other, and a check that tells a slip.
//!
//! `NAME-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`: 26 random letters and 4 that follow from them, of Crockford's base 32. It is read in
//! either case, with or without the lines between groups; `O` is read as `0`, `I` and `L` as `1`.
//!
//! # Invariants
//! - What is read is what was made, in its one spelling: what is hashed or derived from never depends on how it was typed.
//! - A wrong letter, and two that were exchanged, are told with a chance of a million to one. No letter is mended.

use coffer_encryption::{RandomError, hash, random};
use zeroize::Zeroizing;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 5 random bits each: 130 in all.
const RANDOM_LETTERS: usize = 26;
const CHECK_LETTERS: usize = 4;
const ALL_LETTERS: usize = RANDOM_LETTERS + CHECK_LETTERS;
const GROUP: usize = 5;
/// Bytes of a name.
const NAME_BYTES: usize = 4;
/// Bytes of the whole text.
const TEXT_BYTES: usize = NAME_BYTES + ALL_LETTERS + ALL_LETTERS / GROUP;

/// A kind of such texts. The name is what it begins with; the check of one kind does not fit another.
pub(crate) struct Copied(pub(crate) &'static [u8; NAME_BYTES]);

/// What a text turned out to be.
pub(crate) enum Read {
    /// One of this kind, in its one spelling.
    Whole(Zeroizing<String>),
    /// It begins like one, and is none.
    Mistyped,
    /// Something else.
    Other,
}

impl Copied {
    /// A new one.
    pub(crate) fn generate(&self) -> Result<Zeroizing<String>, RandomError> {
        let drawn = Zeroizing::new(random::bytes::<RANDOM_LETTERS>()?);
        let mut letters = Zeroizing::new([0; RANDOM_LETTERS]);
        for (letter, byte) in letters.iter_mut().zip(drawn.iter()) {
            *letter = letter_of(*byte);
        }
        Ok(self.spelled(&letters))
    }

    /// What somebody has typed.
    pub(crate) fn read(&self, typed: &[u8]) -> Read {
        let typed = typed.trim_ascii();
        let Some((name, rest)) = typed.split_at_checked(NAME_BYTES) else { return Read::Other };
        if !name.eq_ignore_ascii_case(self.0) || !rest.first().is_some_and(|byte| is_between(*byte)) {
            return Read::Other;
        }
        let mut letters = Zeroizing::new([0; ALL_LETTERS]);
        let mut room = letters.iter_mut();
        for byte in rest.iter().filter(|byte| !is_between(**byte)) {
            let (Some(place), Some(letter)) = (room.next(), read_letter(*byte)) else {
                return Read::Mistyped;
            };
            *place = letter;
        }
        if room.next().is_some() {
            return Read::Mistyped;
        }
        let Some(random) = letters.first_chunk::<RANDOM_LETTERS>() else { return Read::Mistyped };
        let spelled = self.spelled(random);
        let given = letters.split_at(RANDOM_LETTERS).1;
        if self.check(random).as_slice() == given { Read::Whole(spelled) } else { Read::Mistyped }
    }

    fn spelled(&self, random: &[u8; RANDOM_LETTERS]) -> Zeroizing<String> {
        // All its room at once: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_BYTES));
        text.extend(self.0.iter().copied().map(char::from));
        let check = self.check(random);
        for (index, letter) in random.iter().chain(&check).enumerate() {
            if index % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(*letter));
        }
        text
    }

    /// Twenty bits of a hash of more than a hundred random ones tell nothing about them.
    fn check(&self, random: &[u8; RANDOM_LETTERS]) -> [u8; CHECK_LETTERS] {
        let both = Zeroizing::new([self.0.as_slice(), random].concat());
        let mut check = [0; CHECK_LETTERS];
        for (letter, byte) in check.iter_mut().zip(hash::sha256(both.as_slice())) {
            *letter = letter_of(byte);
        }
        check
    }
}

/// The letter of the five low bits: each is as likely as another.
fn letter_of(byte: u8) -> u8 {
    LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'0')
}

fn read_letter(typed: u8) -> Option<u8> {
    let upper = match typed.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    LETTERS.contains(&upper).then_some(upper)
}

fn is_between(byte: u8) -> bool {
    matches!(byte, b'-' | b' ')
}

#[cfg(test)]
mod tests;
