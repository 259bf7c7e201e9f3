//! The engine of Coffer: a vault that stores, encrypts, and records.

pub mod access;
pub mod action;
pub mod audit;
mod block_on;
pub mod entry_id;
pub mod error;
pub mod fault;
pub mod generate;
pub mod identity;
pub mod limits;
pub mod op;
pub mod path;
pub mod secret;
pub mod storage;
pub mod tenant;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
pub mod unlock;
pub mod vault;
pub mod version;

pub use block_on::block_on;
pub use error::Error;
pub use op::{Actor, Op, RequestId};
pub use vault::Vault;
