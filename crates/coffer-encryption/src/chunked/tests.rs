//! The construction against its published shape, and against messages built to open under two keys.

mod two_keys;

use super::*;
use crate::hash::sha256;

const KEY: [u8; 32] = [7; 32];
const CONTEXT: &[u8] = b"somewhere";

#[test]
fn known_answer() {
    let key: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    let salt: [u8; SALT_LEN] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    // Agrees with pyca/cryptography 50.0.2, `Cobblestone256Decryptor`.
    let expected = concat!(
        "000102030405060708090a0b0c0d0e0f1011121314151617",
        "b6fe6367216cedd73e2f8b7d3df36631fd0c61d26abd15f68f514a30bace2ac4",
        "6545f896549166b97c542ad30bcdb4cf4d7e31a329",
    );
    let mut out = vec![0; 77];
    seal_into(&key, &salt, b"tenant=A", b"hello", &mut out).unwrap();
    assert_eq!(crate::vectors::to_hex(&out), expected);
    assert_eq!(open_vec(&key, b"tenant=A", &out).unwrap(), b"hello");
}

#[test]
fn lengths_follow_the_specification() {
    for (plaintext, sealed) in [
        (0, 72),
        (1, 73),
        (32, 104),
        (16_383, 16_455),
        (16_384, 16_472),
        (16_385, 16_473),
        (32_768, 32_872),
        (40_000, 40_104),
    ] {
        assert_eq!(sealed_len(plaintext), Some(sealed));
        assert_eq!(plaintext_len(sealed), Some(plaintext));
    }
    // Between a full chunk and the tag of the last one there is no message.
    for sealed in (0..72).chain(56 + 16_400..56 + 16_400 + 16) {
        assert_eq!(plaintext_len(sealed), None, "{sealed}");
    }
    assert_eq!(sealed_len(usize::MAX), None);
    assert_eq!(sealed_len(usize::try_from(CHUNKS_MAX).unwrap() * CHUNK_LEN), None);
    assert!(sealed_len(usize::try_from(CHUNKS_MAX).unwrap() * CHUNK_LEN - 1).is_some());
    assert!(plaintext_len(usize::MAX).is_none());
}

#[test]
fn buffers_of_another_length_are_refused() {
    for len in [0, 10, 55, 72, 76, 78, 77 + 16] {
        assert!(seal_into(&KEY, &[1; SALT_LEN], CONTEXT, b"hello", &mut vec![0; len]).is_err(), "{len}");
    }
    let sealed = seal_vec(&KEY, CONTEXT, b"hello");
    for len in [0, 4, 6] {
        assert!(open_into(&KEY, CONTEXT, &sealed, &mut vec![0; len]).is_err(), "{len}");
    }
    // Cut at the end of a full chunk, with room for just that chunk.
    let sealed = seal_vec(&KEY, CONTEXT, &pattern(CHUNK_LEN + 5));
    assert!(
        open_into(&KEY, CONTEXT, &sealed[..PREFIX_LEN + SEALED_CHUNK_LEN], &mut vec![0; CHUNK_LEN]).is_err()
    );
}

#[test]
fn chunks_cannot_be_moved() {
    let plaintext = pattern(3 * CHUNK_LEN + 5);
    let sealed = seal_vec(&KEY, CONTEXT, &plaintext);
    assert_eq!(open_vec(&KEY, CONTEXT, &sealed).unwrap(), plaintext);
    let (prefix, chunks) = sealed.split_at(PREFIX_LEN);
    let chunks: Vec<&[u8]> = chunks.chunks(SEALED_CHUNK_LEN).collect();
    for order in [
        &[1, 0, 2, 3][..],
        &[0, 2, 1, 3],
        &[2, 1, 0, 3],
        &[0, 1, 3],
        &[1, 2, 3],
        &[0, 0, 1, 2, 3],
        &[0, 1, 2],
        &[3],
    ] {
        let moved: Vec<&[u8]> = order.iter().map(|&i| chunks[i]).collect();
        let moved = [prefix, &moved.concat()].concat();
        assert!(open_vec(&KEY, CONTEXT, &moved).is_none(), "{order:?}");
    }
}

#[test]
fn chunks_of_another_message_do_not_fit() {
    let plaintext = pattern(CHUNK_LEN + 5);
    let (one, two) = (seal_vec(&KEY, CONTEXT, &plaintext), seal_vec(&KEY, CONTEXT, &plaintext));
    let cut = PREFIX_LEN + SEALED_CHUNK_LEN;
    assert!(open_vec(&KEY, CONTEXT, &[&one[..cut], &two[cut..]].concat()).is_none());
    assert!(open_vec(&KEY, CONTEXT, &[&one[..PREFIX_LEN], &two[PREFIX_LEN..]].concat()).is_none());
}

/// A salt for tests that is the same in each run.
pub(crate) fn fixed_salt(name: &str) -> [u8; SALT_LEN] {
    *sha256(name.as_bytes()).first_chunk().unwrap()
}

/// 0, 1, .., 250, 0, 1, ..
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

pub(crate) fn seal_vec(key: &[u8; 32], context: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut out = vec![0; sealed_len(plaintext.len()).unwrap()];
    seal_into(key, &fresh_salt().unwrap(), context, plaintext, &mut out).unwrap();
    out
}

pub(crate) fn open_vec(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; plaintext_len(sealed.len())?];
    open_into(key, context, sealed, &mut out).ok()?;
    Some(out)
}
