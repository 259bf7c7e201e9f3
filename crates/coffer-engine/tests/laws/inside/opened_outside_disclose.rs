#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    use crate::vault::disclose::SealedVersion;

    fn leak(sealed: &SealedVersion) -> crate::secret::Value {
        sealed.open_value().unwrap()
    }
}

fn main() {}
