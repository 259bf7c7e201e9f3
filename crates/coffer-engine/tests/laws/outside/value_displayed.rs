#![allow(warnings)]
use coffer_engine::secret::Value;

fn leak(value: &Value) -> String {
    value.to_string()
}

fn main() {}
