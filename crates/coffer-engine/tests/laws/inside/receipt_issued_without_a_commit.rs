#![allow(warnings)]
include!("../engine.rs");

mod intruder {
    use crate::audit::{Entry, Receipt};

    fn forge(entries: Vec<Entry>) -> Vec<Receipt> {
        Receipt::issue(entries, &())
    }
}

fn main() {}
