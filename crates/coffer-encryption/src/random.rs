//! Random bytes from the provider's generator (AWS-LC, seeded by the kernel, safe across `fork`).
//!
//! # Invariants
//!
//! * There is no seed and no way to replace the generator, in tests neither.

use aws_lc_rs::rand;

/// The system gave no randomness. Nothing was sealed or generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct RandomError;

/// `N` fresh random bytes.
///
/// For ids, salts and revisions. Keys have their own `generate`, which never puts the bytes on the stack.
///
/// # Errors
///
/// [`RandomError`] when the generator fails.
pub fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}

/// Fills `out`, for keys that are born in their final place.
pub(crate) fn fill(out: &mut [u8]) -> Result<(), RandomError> {
    rand::fill(out).map_err(|_unspecified| RandomError)
}

#[cfg(test)]
mod tests;
