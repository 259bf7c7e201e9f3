//! The newest checkpoint of a log, shown to the outside: a file, a webhook, witnesses.
//!
//! A log that is kept in one place can be put back, or forked, and nobody would see it. Whoever has an older checkpoint
//! from elsewhere does. So each of these is given every new checkpoint, as the text of a signed note (C2SP
//! tlog-checkpoint):
//!
//! | To | What it is good for |
//! |---|---|
//! | [`to_file`] | a folder that is copied elsewhere: a backup, a repository, a share |
//! | [`to_webhook`] | whatever takes a POST: a chat, a collector of logs |
//! | [`cosign`] | a witness: it checks that the log only grows, and signs what it saw (C2SP tlog-witness) |
//!
//! Nothing here reads settings or keeps state. [`Address`] and [`Witness`] are read from settings once, [`Web`] is made
//! once; what a witness holds is remembered by the caller.
//!
//! # Invariants
//!
//! * A checkpoint is public: origin, size, root, signatures. Nothing else leaves.
//! * A copy outside that has a longer log, or another one of the same size, is not replaced: it is what tells that an
//!   older store was put back.
//! * Nothing outside is believed: an answer is short ([`ANSWER_MAX_BYTES`]), comes in time ([`TIME_LIMIT`]) and from
//!   where it was asked for, and a cosignature counts once it was checked. What a witness says without signing it is a
//!   reason to look, and no proof.
//! * An error names host and port at most: the path of a webhook is often its password.

mod file;
mod web;
mod webhook;
mod witness;

pub use coffer_wire::client::{Address, AddressError};
pub use file::{ToFileError, to_file};
pub use web::{ANSWER_MAX_BYTES, TIME_LIMIT, Web, WebError};
pub use webhook::to_webhook;
pub use witness::{CosignError, Cosigned, Witness, WitnessError, cosign};
