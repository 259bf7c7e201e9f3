#![allow(warnings)]
use coffer_engine::path::SecretPath;
use coffer_engine::secret::{Secret, Value};
use coffer_engine::version::VersionNumber;

fn forge(path: SecretPath) -> Secret {
    Secret::new(path, VersionNumber::FIRST, Value::text("x"))
}

fn main() {}
