//! Codes of a second factor: TOTP (RFC 6238), with HMAC-SHA-1, steps of thirty seconds and six digits, as every authenticator takes it.
//!
//! SHA-1 is broken for signatures, and not in an HMAC. Authenticators that people have read no other without a word.
//!
//! # Invariants
//!
//! * Codes are compared in constant time, and each step that may be meant is looked at, whichever it is.
//! * A secret prints nothing. Its text is there for its owner alone, once.

use std::fmt;
use std::ops::RangeInclusive;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::{RandomError, random, same};

/// Bytes of a secret: as many as RFC 4226 asks for (R6).
pub const TOTP_SECRET_BYTES: usize = 20;
/// Digits of a code.
pub const TOTP_DIGITS: usize = 6;
/// How long one code is shown, in seconds.
pub const TOTP_STEP_SECONDS: u64 = 30;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What an authenticator and the vault share.
pub struct TotpSecret(Zeroizing<[u8; TOTP_SECRET_BYTES]>);

impl TotpSecret {
    /// A random one.
    ///
    /// # Errors
    ///
    /// [`RandomError`] when the system gives no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        Ok(Self(Zeroizing::new(random::bytes()?)))
    }

    /// From a stored record.
    #[must_use]
    pub fn from_bytes(bytes: [u8; TOTP_SECRET_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; TOTP_SECRET_BYTES] {
        &self.0
    }

    /// Its text, in base32 (RFC 4648): what a person types into an authenticator. Twenty bytes need no padding.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        // All the room it takes: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(TOTP_SECRET_BYTES.saturating_mul(2)));
        for five in self.0.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
            for shift in (0..8_u32).rev() {
                let place = usize::try_from((bits >> shift.saturating_mul(5)) & 31).unwrap_or_default();
                text.extend(BASE32.get(place).map(|digit| char::from(*digit)));
            }
        }
        text
    }

    /// Which of these steps the code is of. Nothing but six digits is a code: with a space in it, it is none.
    #[must_use]
    pub fn step_of(&self, code: &str, steps: RangeInclusive<u64>) -> Option<u64> {
        let mut found = None;
        for step in steps {
            if same(self.code(step).as_bytes(), code.as_bytes()) {
                found = Some(step);
            }
        }
        found
    }

    /// The code of a step.
    #[must_use]
    pub fn code(&self, step: u64) -> Zeroizing<String> {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_slice());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        // RFC 4226, 5.3: four bytes, from where the last half byte says.
        let from = tag.as_ref().last().map_or(0, |last| usize::from(last & 15));
        let four = tag.as_ref().iter().skip(from).take(4);
        let number = four.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
        Zeroizing::new(format!("{:06}", number % 1_000_000))
    }
}

/// The step of a moment, in seconds since 1970.
#[must_use]
pub const fn totp_step(seconds: u64) -> u64 {
    seconds / TOTP_STEP_SECONDS
}

/// Says nothing of the secret.
impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

#[cfg(test)]
mod tests;
