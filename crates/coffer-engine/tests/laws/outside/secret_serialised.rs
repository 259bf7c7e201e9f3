#![allow(warnings)]
use coffer_engine::secret::Secret;

fn leak(secret: &Secret) {
    serde_json::to_string(secret);
}

fn main() {}
