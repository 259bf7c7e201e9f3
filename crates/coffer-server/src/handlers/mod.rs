//! One handler a route: parse, ask the vault, answer. Nothing is decided here.

pub(crate) mod about;
pub(crate) mod codes;
pub(crate) mod compare;
pub(crate) mod content;
pub(crate) mod erase;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod files;
pub(crate) mod find;
pub(crate) mod folders;
pub(crate) mod keep;
pub(crate) mod log;
pub(crate) mod members;
pub(crate) mod names;
pub(crate) mod openapi;
pub(crate) mod proofs;
pub(crate) mod references;
pub(crate) mod seal;
pub(crate) mod secrets;
pub(crate) mod shapes;
pub(crate) mod tenants;
pub(crate) mod together;
pub(crate) mod tokens;
pub(crate) mod unlockers;
pub(crate) mod versions;
