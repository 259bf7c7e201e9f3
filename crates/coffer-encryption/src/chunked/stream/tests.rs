//! Chunk by chunk it is the same message as in one go.

use proptest::prelude::{any, proptest};
use proptest::test_runner::Config;

use super::*;
use crate::chunked::tests::{fixed_salt, open_vec, pattern};
use crate::chunked::{plaintext_len, seal_into, sealed_len};

const KEY: [u8; 32] = [7; 32];
const CONTEXT: &[u8] = b"somewhere";

/// The message, chunk by chunk.
pub(crate) fn seal_stream(
    key: &[u8; 32],
    salt: &[u8; SALT_LEN],
    context: &[u8],
    plaintext: &[u8],
) -> Vec<u8> {
    let (mut sealer, prefix) = Sealer::begin(key, salt, context).unwrap();
    let mut out = prefix.to_vec();
    let (chunks, rest) = plaintext.as_chunks();
    chunks.iter().for_each(|chunk| sealer.chunk(chunk, &mut out).unwrap());
    sealer.last(rest, &mut out).unwrap();
    out
}

/// What was opened until its end, or nothing.
pub(crate) fn open_stream(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (prefix, sealed) = sealed.split_first_chunk()?;
    let mut opener = Opener::begin(key, context, prefix).ok()?;
    let mut all = Vec::new();
    for chunk in sealed.chunks(SEALED_CHUNK_LEN) {
        let mut out = vec![0; chunk.len().checked_sub(TAG_LEN)?];
        opener.chunk(chunk, &mut out).ok()?;
        all.extend(out);
    }
    opener.has_ended().then_some(all)
}

#[test]
fn in_chunks_or_in_one_go_it_is_the_same_message() {
    for len in [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 5 * CHUNK_LEN, 70_000] {
        let (salt, plaintext) = (fixed_salt("stream"), pattern(len));
        let mut whole = vec![0; sealed_len(len).unwrap()];
        seal_into(&KEY, &salt, CONTEXT, &plaintext, &mut whole).unwrap();
        assert!(seal_stream(&KEY, &salt, CONTEXT, &plaintext) == whole, "{len}");
        assert_eq!(open_stream(&KEY, CONTEXT, &whole).as_deref(), Some(&*plaintext), "{len}");
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(64) })]

    /// Cut, doubled, exchanged, flipped: what does not open in one go does not come to its end in chunks, and the reverse.
    #[test]
    fn what_does_not_open_whole_does_not_end_in_chunks(
        len in 0_usize..60_000,
        from in any::<proptest::sample::Index>(),
        to in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        what in 0_u8..4,
    ) {
        let sealed = seal_stream(&KEY, &fixed_salt("damaged"), CONTEXT, &pattern(len));
        let (prefix, body) = sealed.split_at(PREFIX_LEN);
        let mut chunks: Vec<Vec<u8>> = body.chunks(SEALED_CHUNK_LEN).map(<[u8]>::to_vec).collect();
        let (from, to) = (from.index(chunks.len()), to.index(chunks.len()));
        match what {
            0 => chunks.swap(from, to),
            1 => drop(chunks.remove(from)),
            2 => chunks.insert(to, chunks[from].clone()),
            _ => {
                let at = at.index(chunks[from].len());
                chunks[from][at] ^= 1;
            }
        }
        let damaged = [prefix, &chunks.concat()].concat();
        let whole = plaintext_len(damaged.len()).and_then(|_| open_vec(&KEY, CONTEXT, &damaged));
        assert_eq!(open_stream(&KEY, CONTEXT, &damaged), whole);
    }
}

#[test]
fn nothing_is_opened_behind_the_end() {
    let sealed = seal_stream(&KEY, &fixed_salt("end"), CONTEXT, b"hello");
    let (prefix, chunk) = sealed.split_first_chunk().unwrap();
    let mut opener = Opener::begin(&KEY, CONTEXT, prefix).unwrap();
    assert!(!opener.has_ended());
    opener.chunk(chunk, &mut [0; 5]).unwrap();
    assert!(opener.has_ended());
    assert!(opener.chunk(chunk, &mut [0; 5]).is_err());
}

#[test]
fn a_message_of_another_key_or_place_does_not_begin() {
    let sealed = seal_stream(&KEY, &fixed_salt("begin"), CONTEXT, b"hello");
    let prefix = sealed.first_chunk().unwrap();
    assert!(Opener::begin(&[8; 32], CONTEXT, prefix).is_err());
    assert!(Opener::begin(&KEY, b"elsewhere", prefix).is_err());
}

#[test]
fn the_last_chunk_is_shorter_than_the_others() {
    let (sealer, _) = Sealer::begin(&KEY, &fixed_salt("last"), CONTEXT).unwrap();
    assert!(sealer.last(&[0; CHUNK_LEN], &mut Vec::new()).is_err());
}
