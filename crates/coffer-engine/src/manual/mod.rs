//! The manual: documentation only, compiled so that its links hold.
//!
//! 1. [`_01_model`]: the whole model in one sitting.
//! 2. [`_02_invariants`]: what must stay true, and what is deliberately absent.
//! 3. [`_03_other_vaults`]: how other vaults failed, and which test shows that this one does not.
//! 4. [`_04_howto`]: add a verb, a storage, a table.

pub mod _01_model;
pub mod _02_invariants;
pub mod _03_other_vaults;
pub mod _04_howto;
