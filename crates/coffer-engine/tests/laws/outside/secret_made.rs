#![allow(warnings)]
use coffer_engine::path::SecretPath;
use coffer_engine::secret::{Form, Secret, Value};
use coffer_engine::version::VersionNumber;

fn forge(path: SecretPath) -> Secret {
    let (value, form) = (Value::text("x"), Form::Plain);
    Secret { path, version: VersionNumber::FIRST, value, expires: None, own: false, form }
}

fn main() {}
