//! FIPS 180-4 by its examples.

use super::*;
use crate::vectors::to_hex;

#[test]
fn sha256_of_abc() {
    // NIST, "SHA-256 examples": one block.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(to_hex(&sha256(b"abc")), expected);
    let mut pieces = Sha256::new();
    pieces.update(b"a");
    pieces.update(b"");
    pieces.update(b"bc");
    assert_eq!(to_hex(&pieces.finish()), expected);
    assert_eq!(Sha256::default().finish(), sha256(b""));
}
