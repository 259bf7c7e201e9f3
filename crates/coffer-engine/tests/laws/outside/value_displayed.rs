#![allow(warnings)]
use coffer_engine::secret::Value;

fn leak(value: &Value) -> String {
    format!("{value}")
}

fn main() {}
