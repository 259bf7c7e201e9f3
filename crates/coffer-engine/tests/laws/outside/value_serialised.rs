#![allow(warnings)]
use coffer_engine::secret::Value;

fn leak(value: &Value) {
    serde_json::to_string(value);
}

fn main() {}
