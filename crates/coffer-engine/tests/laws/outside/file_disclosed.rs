#![allow(warnings)]
use coffer_engine::vault::disclose::disclose_file;

fn main() {}
