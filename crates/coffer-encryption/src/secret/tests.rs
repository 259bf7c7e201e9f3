//! Secrets say nothing and leave nothing behind.

use super::*;
use crate::memory::tests::read_memory;

// One for each test that looks at freed memory, which another test may be given meanwhile.
const CANARY: &[u8; 16] = b"canary-3f9a27c1-";
const OTHER: &[u8; 16] = b"canary-b86d0e54-";

#[test]
fn debug_tells_nothing() {
    let secret = SecretBytes::copy_from(CANARY);
    assert_eq!(format!("{secret:?} {secret:#?}"), "SecretBytes(..) SecretBytes(..)");
    assert_eq!(format!("{:?}", Some(SecretBytes::copy_from(b""))), "Some(SecretBytes(..))");
}

#[test]
fn bytes_come_back() {
    let secret = SecretBytes::from_string("hunter2".to_owned());
    assert_eq!((secret.expose(), secret.len(), secret.is_empty()), (&b"hunter2"[..], 7, false));
    assert!(SecretBytes::from_vec(Vec::new()).is_empty());
}

#[test]
fn sameness_needs_every_byte() {
    let secret = SecretBytes::copy_from(b"hunter2");
    assert!(secret.same_as(b"hunter2"));
    for other in [&b"hunter3"[..], b"iunter2", b"hunter", b"hunter22", b""] {
        assert!(!secret.same_as(other));
    }
    assert!(same(b"", b""));
}

#[test]
fn dropped_secrets_are_wiped() {
    let secret = SecretBytes::copy_from(&CANARY.repeat(512));
    let (address, mut memory) = (secret.expose().as_ptr().addr(), vec![0; secret.len()]);
    read_memory(address, &mut memory);
    assert!(holds(&memory, CANARY));
    drop(secret);
    read_memory(address, &mut memory);
    assert!(!holds(&memory, CANARY));
}

#[test]
fn a_vector_taken_over_is_wiped_with_its_spare_room() {
    let mut bytes = OTHER.repeat(512);
    bytes.truncate(OTHER.len());
    let (address, mut memory) = (bytes.as_ptr().addr(), vec![0; bytes.capacity()]);
    read_memory(address, &mut memory);
    assert!(holds(&memory[4096..], OTHER));
    let secret = SecretBytes::from_vec(bytes);
    assert_eq!(secret.expose(), OTHER);
    read_memory(address, &mut memory);
    assert!(!holds(&memory, OTHER));
}

fn holds(memory: &[u8], canary: &[u8; 16]) -> bool {
    memory.windows(canary.len()).any(|window| window == canary)
}
