#![allow(warnings)]
use coffer_engine::secret::{Secret, Value};

fn leak(secret: &Secret) {
    serde_json::to_string(secret);
    serde_json::to_string(secret.value());
}

fn main() {}
