#![allow(warnings)]
use coffer_engine::secret::{Secret, Value};

fn must_clone<T: Clone>() {}

fn main() {
    must_clone::<Secret>();
    must_clone::<Value>();
}
