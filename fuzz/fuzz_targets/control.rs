//! The control: a fault that nobody finds by chance, and a fuzzer that sees the way finds in a moment. `cargo xtask fuzz` runs it
//! first: when it is not found, nothing that follows would have found anything.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // One step after the other: each is seen when it is taken.
    if input.first() == Some(&b'c')
        && input.get(1) == Some(&b'o')
        && input.get(2) == Some(&b'f')
        && input.get(3) == Some(&b'f')
        && input.get(4) == Some(&b'e')
        && input.get(5) == Some(&b'r')
    {
        panic!("the control was found, as it should be");
    }
});
