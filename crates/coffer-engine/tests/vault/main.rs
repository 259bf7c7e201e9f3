//! The vault through its public verbs, over memory.
mod secrets;
