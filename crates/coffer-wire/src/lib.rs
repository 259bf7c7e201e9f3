//! What goes over the wire: the bodies of requests and answers of the API under `/api/v1`, and the shape of its errors.
//!
//! Every type is plain data: it knows neither the engine nor HTTP. Whoever reads one from the network still has to check what
//! it says; what types can refuse here they do (unknown fields, a name twice, base64 that is none).
//!
//! # Invariants
//! - Values of secrets and tokens are [`Plain`] or [`Value`]: silent in `Debug`, wiped when dropped. They can be serialised, which is
//!   what this crate is for, and nothing else of Coffer's can.
//! - An optional field that may be `null` to take something away is [`Patch`]: "not said" and "nothing" are two things.

pub mod access;
pub mod audit;
pub mod authority;
mod bytes;
#[cfg(feature = "client")]
pub mod client;
pub mod client_secret;
pub mod code;
pub mod compare;
pub mod event;
pub mod factor;
pub mod file;
pub mod find;
pub mod health;
pub mod issuer;
pub mod member;
mod metadata;
mod moment;
pub mod password;
mod patch;
mod plain;
pub mod problem;
pub mod quota;
pub mod reference;
pub mod seal;
pub mod secret;
#[cfg(feature = "schema")]
pub mod shape;
pub mod sign_in;
pub mod store;
pub mod tenant;
pub mod token;
mod unique;
pub mod unlocker;
mod value;
mod wiped;

pub use moment::Moment;
pub use patch::Patch;
pub use plain::Plain;
pub use problem::Problem;
pub use value::{Value, ValueRef};
pub use wiped::WipedBuffer;
