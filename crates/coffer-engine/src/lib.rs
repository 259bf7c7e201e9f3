//! The engine of Coffer: a vault that stores, encrypts, and records. Start here.
//!
//! # The cast
//!
//! | Who | What it is |
//! |---|---|
//! | [`Vault`] | the only handle anyone holds; its methods are the verbs |
//! | [`Op`] | one operation: who asks, in which tenant, when. Made once, at the edge |
//! | [`access::Permit`] | proof of a yes; only [`access`] makes one |
//! | [`audit::Receipt`] | proof that the entry is durable; only [`audit`] makes one |
//! | [`secret::Secret`] | a disclosed version: silent, not cloneable, wiped |
//! | [`storage::Storage`] | where the bytes lie; not trusted |
//! | [`unlock::Unlocker`] | who holds the root key |
//! | [`Error`] | what went wrong, with a code, a fix, and the entry that says so |
//!
//! # Reading order
//!
//! `vault/get.rs` (the way of one read), `vault/round.rs` (what every verb goes through), `vault/disclose/mod.rs` (the one door
//! for plaintext), then the layer you came for, its `mod.rs` first. The [`manual`] explains the model, what must stay true, how
//! other vaults failed, and how to add things. `ARCHITECTURE.md` has the two walks and the map.
//!
//! # The laws
//!
//! 1. Plaintext leaves through one door, which takes a permit and a receipt by value.
//! 2. Audit or nothing, refusals included.
//! 3. One commit decides: entry, changes, and all that the decision was based on.
//! 4. Storage is not trusted: what lies there is sealed and bound to its place.
//! 5. The engine reads no clock, no environment, no network.
//! 6. Background work takes no input and has no back door.
//! 7. Recovery walks the path of success.
//! 8. A bad input gets a clear error; nothing is lost; nothing panics.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "testkit")]
//! # fn main() -> Result<(), coffer_engine::Error> {
//! use coffer_engine::access::Role;
//! use coffer_engine::audit::EntryFilter;
//! use coffer_engine::block_on;
//! use coffer_engine::path::SecretPath;
//! use coffer_engine::secret::Value;
//! use coffer_engine::testkit::TestVault;
//! use coffer_engine::version::Which;
//!
//! block_on(async {
//!     // A store in memory with a cheap key. A real one: `Vault::open_or_create` over `storage::sqlite`.
//!     let store = TestVault::in_memory().await?;
//!     store.set("prod/db/PASSWORD", "hunter2").await?;
//!
//!     let path = SecretPath::parse("prod/db/PASSWORD")?;
//!     let op = TestVault::op()?;
//!     let secret = store.vault.get(&op, &path, Which::CURRENT).await?;
//!     assert!(matches!(secret.value(), Value::Bytes(value) if value.same_as(b"hunter2")));
//!     assert!(!format!("{secret:?}").contains("hunter2"));
//!
//!     // Somebody who may read elsewhere is refused, and the refusal has its entry.
//!     let member = store.member(7, &[(Role::Reader, "dev/**")]).await?;
//!     let refused = store.vault.get(&member, &path, Which::CURRENT).await.err();
//!     assert_eq!(refused.as_ref().map(|error| error.code()), Some("access.denied"));
//!     let entry = refused.and_then(|error| error.entry()).map(|id| id.to_string());
//!
//!     let log = store.vault.audit_query(&op, &EntryFilter::default(), None, 100, false).await?.entries;
//!     let found = log.iter().find(|line| Some(&line.id) == entry.as_ref());
//!     assert_eq!(found.map(|line| line.outcome.as_str()), Some("refused"));
//!     Ok(())
//! })
//! # }
//! # #[cfg(not(feature = "testkit"))]
//! # fn main() {}
//! ```

pub mod access;
pub mod action;
pub mod audit;
mod block_on;
pub mod client;
pub mod code;
pub mod content;
mod copied;
pub mod entry_id;
pub mod error;
pub mod fault;
pub mod generate;
pub mod identity;
pub mod jwt;
pub mod limits;
pub mod lock_code;
pub mod manual;
pub mod message;
pub mod metadata;
pub mod monitoring;
pub mod network;
pub mod once;
pub mod op;
mod own_thread;
pub mod path;
mod private_dir;
pub mod proof;
pub mod quota;
pub mod reference;
pub mod secret;
pub mod slug;
pub mod storage;
pub mod tenant;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
pub mod token;
pub mod unlock;
pub mod vault;
pub mod version;
pub mod version_name;
pub mod x509;
mod yield_once;

pub use block_on::block_on;
pub use error::Error;
pub use op::{Actor, Manager, Op, RequestId};
pub use vault::Vault;
