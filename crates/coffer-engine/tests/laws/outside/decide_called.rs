#![allow(warnings)]
use coffer_engine::access::decide;

fn main() {}
