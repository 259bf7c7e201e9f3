#![allow(warnings)]
use coffer_engine::path::SecretPath;
use coffer_engine::secret::{Secret, Value};
use coffer_engine::version::VersionNumber;

fn forge(path: SecretPath) -> Secret {
    Secret { path, version: VersionNumber::FIRST, value: Value::text("x"), expires: None }
}

fn main() {}
