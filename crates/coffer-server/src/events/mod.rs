//! Changes as they come: a tenant's log is brought up to date while somebody watches, read once for all of them, and told to each as
//! far as he may know of it.
//!
//! | Who | What it is |
//! |---|---|
//! | [`Feed`] | one tenant's log while it is watched: how far it goes, and its newest parts |
//! | [`Stream`] | one who watches: from where, and what he is told next |
//! | [`Streams`] | how many there are |
//!
//! # Invariants
//! - Nothing here decides a right: each step asks the vault, which decides anew.
//! - Nothing waits with a handle of the vault in its hand: who seals does not wait for who watches.
//! - There is no queue for anybody: a stream makes its next part when somebody takes it, from the log. Who is slow is late, and costs
//!   nothing; who stays away is let go.

mod feed;
mod parts;
mod stream;
mod streams;

pub(crate) use feed::{Feed, Feeds};
pub(crate) use stream::Stream;
pub(crate) use streams::Streams;
