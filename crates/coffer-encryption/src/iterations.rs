//! How often PBKDF2 turns: counts that cannot be too low.
//!
//! Floors follow the OWASP Password Storage Cheat Sheet (600,000 for PBKDF2-HMAC-SHA256 over a passphrase) and the
//! promise of 100,000 for keys derived from a key that is already random.
//!
//! # Invariants
//!
//! * A count is never clamped: one outside its bounds is an error, so an edited row or setting is noticed.
//! * Without the feature `testkit` there is no cheap count, and a stored one is refused.

use std::num::NonZeroU32;

/// The count for keys derived from a [`crate::RootKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iterations(NonZeroU32);

impl Iterations {
    /// The lowest count that is accepted, and the default.
    pub const FLOOR: u32 = 100_000;
    /// The highest count that is accepted: about a second of work.
    pub const CEILING: u32 = CEILING;
    /// [`Self::FLOOR`] turns.
    pub const DEFAULT: Self = Self(non_zero(Self::FLOOR));

    /// A count from a setting or a stored row.
    ///
    /// # Errors
    ///
    /// [`IterationsError`] when `count` is below [`Self::FLOOR`] or above [`Self::CEILING`].
    pub fn new(count: u32) -> Result<Self, IterationsError> {
        bounded(count, Self::FLOOR).map(Self)
    }

    /// The count.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// A count that protects nothing.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub fn cheap_for_tests() -> Self {
        Self(non_zero(CHEAP))
    }

    pub(crate) fn non_zero(self) -> NonZeroU32 {
        self.0
    }
}

impl Default for Iterations {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The count for an [`crate::UnlockerKey`] derived from a passphrase, which can be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseIterations(NonZeroU32);

impl PassphraseIterations {
    /// The lowest count that is accepted, and the default.
    pub const FLOOR: u32 = 600_000;
    /// The highest count that is accepted.
    pub const CEILING: u32 = CEILING;
    /// [`Self::FLOOR`] turns.
    pub const DEFAULT: Self = Self(non_zero(Self::FLOOR));

    /// A count from a setting or a stored row.
    ///
    /// # Errors
    ///
    /// [`IterationsError`] when `count` is below [`Self::FLOOR`] or above [`Self::CEILING`].
    pub fn new(count: u32) -> Result<Self, IterationsError> {
        bounded(count, Self::FLOOR).map(Self)
    }

    /// The count.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// A count that protects nothing.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub fn cheap_for_tests() -> Self {
        Self(non_zero(CHEAP))
    }

    pub(crate) fn non_zero(self) -> NonZeroU32 {
        self.0
    }
}

impl Default for PassphraseIterations {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A count outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given} iterations are not between {floor} and {ceiling}")]
pub struct IterationsError {
    /// The count that was refused.
    pub given: u32,
    /// The lowest one accepted.
    pub floor: u32,
    /// The highest one accepted.
    pub ceiling: u32,
}

const CEILING: u32 = 10_000_000;

#[cfg(feature = "testkit")]
const CHEAP: u32 = 2;

fn bounded(count: u32, floor: u32) -> Result<NonZeroU32, IterationsError> {
    #[cfg(feature = "testkit")]
    if count == CHEAP {
        return Ok(non_zero(CHEAP));
    }
    NonZeroU32::new(count).filter(|count| (floor..=CEILING).contains(&count.get())).ok_or(IterationsError {
        given: count,
        floor,
        ceiling: CEILING,
    })
}

/// For constants, none of which is zero.
const fn non_zero(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MAX,
    }
}

#[cfg(test)]
mod tests;
