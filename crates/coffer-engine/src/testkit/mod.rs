//! For tests: conformance suites, fakes, and the controls that show that a test can fail.

mod authority;
pub mod crash;
pub mod exercise_storage;
mod hooked;
mod signer;
pub mod stored;
mod test_vault;

pub use crate::block_on::block_on;
pub use authority::{TestAuthority, TestCertificate, rcgen};
pub use hooked::{Hooked, Via};
pub use signer::TokenSigner;
pub use test_vault::{TestVault, clock_at, op_at};
