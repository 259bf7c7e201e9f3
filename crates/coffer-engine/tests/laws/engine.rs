// The modules of `src/lib.rs`, line by line, for a crate whose root lies elsewhere. A test in `laws.rs` compares the two.
#[path = "../../src/access/mod.rs"]
pub mod access;
#[path = "../../src/action.rs"]
pub mod action;
#[path = "../../src/audit/mod.rs"]
pub mod audit;
#[path = "../../src/block_on.rs"]
mod block_on;
#[path = "../../src/code.rs"]
pub mod code;
#[path = "../../src/content.rs"]
pub mod content;
#[path = "../../src/copied.rs"]
mod copied;
#[path = "../../src/entry_id.rs"]
pub mod entry_id;
#[path = "../../src/error.rs"]
pub mod error;
#[path = "../../src/fault.rs"]
pub mod fault;
#[path = "../../src/generate.rs"]
pub mod generate;
#[path = "../../src/identity.rs"]
pub mod identity;
#[path = "../../src/limits.rs"]
pub mod limits;
#[path = "../../src/manual/mod.rs"]
pub mod manual;
#[path = "../../src/message.rs"]
pub mod message;
#[path = "../../src/metadata.rs"]
pub mod metadata;
#[path = "../../src/monitoring/mod.rs"]
pub mod monitoring;
#[path = "../../src/network.rs"]
pub mod network;
#[path = "../../src/once.rs"]
pub mod once;
#[path = "../../src/op.rs"]
pub mod op;
#[path = "../../src/own_thread.rs"]
mod own_thread;
#[path = "../../src/path.rs"]
pub mod path;
#[path = "../../src/private_dir.rs"]
mod private_dir;
#[path = "../../src/quota.rs"]
pub mod quota;
#[path = "../../src/reference/mod.rs"]
pub mod reference;
#[path = "../../src/secret.rs"]
pub mod secret;
#[path = "../../src/storage/mod.rs"]
pub mod storage;
#[path = "../../src/tenant.rs"]
pub mod tenant;
#[cfg(feature = "testkit")]
#[path = "../../src/testkit/mod.rs"]
pub mod testkit;
#[path = "../../src/time.rs"]
pub mod time;
#[path = "../../src/token.rs"]
pub mod token;
#[path = "../../src/unlock/mod.rs"]
pub mod unlock;
#[path = "../../src/vault/mod.rs"]
pub mod vault;
#[path = "../../src/version.rs"]
pub mod version;
#[path = "../../src/version_name.rs"]
pub mod version_name;
#[path = "../../src/yield_once.rs"]
mod yield_once;
pub use block_on::block_on;
pub use error::Error;
pub use op::{Actor, Op, RequestId};
pub use vault::Vault;
