//! The binary `coffer`.

fn main() {}
