#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    fn leak(secret: &crate::secret::Secret) -> String {
        format!("{secret}")
    }
}

fn main() {}
