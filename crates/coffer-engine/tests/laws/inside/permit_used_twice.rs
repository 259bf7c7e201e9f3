#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    use crate::access::{Permit, decide};

    fn spend(permit: Permit) {}

    fn twice(permit: Permit) {
        spend(permit);
        spend(permit);
    }
}

fn main() {}
