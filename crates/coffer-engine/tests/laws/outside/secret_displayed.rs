#![allow(warnings)]
use coffer_engine::secret::Secret;

fn leak(secret: &Secret) -> String {
    format!("{secret}")
}

fn main() {}
