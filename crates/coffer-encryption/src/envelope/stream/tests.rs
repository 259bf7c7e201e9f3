//! In chunks or in one go it is the same envelope.

use super::*;
use crate::chunked::tests::{fixed_salt, pattern};
use crate::envelope::{open, seal, seal_with_salt};
use crate::keys::DataKey;
use crate::place::Content;

const PLACE: Content = Content { instance: [1; 16], tenant: [2; 16] };

#[test]
fn in_chunks_or_in_one_go_it_is_the_same_envelope() {
    let key = DataKey::generate().unwrap();
    for len in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
        let (salt, plaintext) = (fixed_salt("envelope"), pattern(len));
        let (mut sealing, prefix) = SealStream::begin_with_salt(&key, &PLACE, &salt).unwrap();
        let mut sealed = prefix.to_vec();
        let (chunks, rest) = plaintext.as_chunks();
        chunks.iter().for_each(|chunk| sealing.chunk(chunk, &mut sealed).unwrap());
        sealing.last(rest, &mut sealed).unwrap();
        assert!(sealed == seal_with_salt(&key, &PLACE, &salt, &plaintext).unwrap(), "{len}");
        assert!(open(&key, &PLACE, &sealed).unwrap().same_as(&plaintext), "{len}");

        let (prefix, chunks) = sealed.split_at(STREAM_PREFIX_BYTES);
        let mut opening = OpenStream::begin(&key, &PLACE, prefix).unwrap();
        let opened =
            chunks.chunks(SEALED_CHUNK_BYTES).map(|chunk| opening.chunk(chunk).unwrap().expose().to_vec());
        assert!(opened.collect::<Vec<_>>().concat() == plaintext, "{len}");
        assert!(opening.has_ended(), "{len}");
    }
}

#[test]
fn an_envelope_of_another_place_or_key_does_not_begin() {
    let key = DataKey::generate().unwrap();
    let sealed = seal(&key, &PLACE, b"hello").unwrap();
    let prefix = &sealed[..STREAM_PREFIX_BYTES];
    assert!(OpenStream::begin(&key, &PLACE, prefix).is_ok());
    let elsewhere = Content { tenant: [3; 16], ..PLACE };
    assert_eq!(OpenStream::begin(&key, &elsewhere, prefix).map(drop), Err(OpenError::Refused));
    assert!(OpenStream::begin(&DataKey::generate().unwrap(), &PLACE, prefix).is_err());
    for cut in [0, 9, 10, STREAM_PREFIX_BYTES - 1] {
        assert!(OpenStream::begin(&key, &PLACE, &prefix[..cut]).is_err(), "{cut}");
    }
    assert!(OpenStream::begin(&key, &PLACE, &sealed).is_err(), "a prefix and nothing more");
}

#[test]
fn chunks_of_a_wrong_length_are_refused() {
    let key = DataKey::generate().unwrap();
    let (_, prefix) = SealStream::begin(&key, &PLACE).unwrap();
    let begun = || OpenStream::begin(&key, &PLACE, &prefix).unwrap();
    for len in [0, 15, 16, SEALED_CHUNK_BYTES, SEALED_CHUNK_BYTES + 1] {
        let mut opening = begun();
        assert_eq!(opening.chunk(&vec![0; len]).map(drop), Err(OpenError::Refused), "{len}");
        assert!(!opening.has_ended());
    }
    let (sealing, _) = SealStream::begin(&key, &PLACE).unwrap();
    assert_eq!(sealing.last(&[0; CHUNK_BYTES], &mut Vec::new()), Err(SealError::TooLong));
}
