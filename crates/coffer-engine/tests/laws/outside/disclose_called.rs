#![allow(warnings)]
use coffer_engine::vault::disclose::disclose;

fn main() {}
