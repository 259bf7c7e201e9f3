//! One handler a route: parse, ask the vault, answer. Nothing is decided here.

pub(crate) mod folders;
pub(crate) mod log;
pub(crate) mod members;
pub(crate) mod openapi;
pub(crate) mod secrets;
pub(crate) mod shapes;
pub(crate) mod tenants;
pub(crate) mod together;
pub(crate) mod tokens;
pub(crate) mod versions;
