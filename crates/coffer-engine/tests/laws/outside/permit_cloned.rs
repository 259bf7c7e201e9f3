#![allow(warnings)]
use coffer_engine::access::Permit;
use coffer_engine::audit::Receipt;

fn must_clone<T: Clone>() {}

fn main() {
    must_clone::<Permit>();
    must_clone::<Receipt>();
}
