//! `vectors/chunked`: Cobblestone-256 messages without an envelope around them.
#![expect(clippy::arithmetic_side_effects, reason = "small fixed numbers")]

use super::{Case, Outcome, to_hex};
use crate::chunked::stream::tests::open_stream;
use crate::chunked::tests::{fixed_salt, open_vec, pattern};
use crate::chunked::{seal_into, sealed_len};

pub(super) fn outcome(case: &Case) -> Outcome {
    let (key, context, sealed) = (case.array("key"), case.bytes("context"), case.bytes("sealed"));
    let opened = open_vec(&key, &context, &sealed);
    // What is opened chunk by chunk comes to its end when it opens in one go, and at no other time.
    if open_stream(&key, &context, &sealed) != opened {
        return Outcome::Wrong;
    }
    match opened {
        None => Outcome::Refused,
        Some(plaintext) if case.get("expect") == "ok" && plaintext == case.plaintext() => Outcome::Ok,
        Some(_) => Outcome::Wrong,
    }
}

pub(super) fn all() -> Vec<Case> {
    let mut cases = vec![known_answer()];
    for len in [0, 1, 32, 16_383, 16_384, 16_385, 40_000] {
        cases.push(sealed(&format!("size-{len}"), "a round trip", &[&[0x11; 32], CONTEXT], len));
    }
    cases.push(sealed("context-empty", "the context may be empty", &[&[0x11; 32], b""], 5));
    cases.push(sealed("context-long", "and long", &[&[0x11; 32], &pattern(3000)], 5));

    let short = sealed("short", "", &[&[0x11; 32], CONTEXT], 20);
    let bytes = short.bytes("sealed");
    let bad =
        |name: &str, about: &str, bytes: &[u8]| refused(&short, name, about).with("sealed", to_hex(bytes));
    for (name, at) in
        [("salt", 0), ("commitment", 24), ("commitment-end", 55), ("ciphertext", 56), ("tag", 91)]
    {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        cases.push(bad(&format!("flipped-{name}"), "one bit is flipped", &flipped));
    }
    cases.push(bad("truncated-by-one", "the last byte is missing", &bytes[..bytes.len() - 1]));
    cases.push(bad("truncated-in-tag", "the last chunk is shorter than its tag", &bytes[..56 + 15]));
    cases.push(bad("truncated-to-prefix", "there is no chunk", &bytes[..56]));
    cases.push(bad("truncated-in-prefix", "shorter than salt and commitment", &bytes[..55]));
    cases.push(bad("empty", "nothing at all", &[]));
    cases.push(bad("extended-by-one", "a byte more", &[&bytes[..], &[0]].concat()));
    cases.push(bad("doubled", "the message twice", &bytes.repeat(2)));
    cases.push(refused(&short, "wrong-key", "another key").with("key", to_hex(&[0x12; 32])));
    cases.push(
        refused(&short, "wrong-context", "another context").with("context", to_hex(b"vectors/chunkeD")),
    );
    cases.push(
        refused(&short, "wrong-context-shorter", "a shorter context").with("context", to_hex(&CONTEXT[1..])),
    );

    let long = sealed("long", "", &[&[0x11; 32], CONTEXT], 2 * 16_384 + 3);
    let bytes = long.bytes("sealed");
    let (prefix, first, second, last) =
        (&bytes[..56], &bytes[56..][..16_400], &bytes[56 + 16_400..][..16_400], &bytes[56 + 2 * 16_400..]);
    let bad = |name: &str, about: &str, parts: &[&[u8]]| {
        refused(&long, name, about).with("sealed", to_hex(&[prefix, &parts.concat()].concat()))
    };
    cases.push(bad("chunks-reordered", "the first two chunks are exchanged", &[second, first, last]));
    cases.push(bad("chunks-first-missing", "the first chunk is missing", &[second, last]));
    cases.push(bad("chunks-last-missing", "cut at the end of a full chunk", &[first, second]));
    cases.push(bad("chunks-middle-missing", "the second chunk is missing", &[first, last]));
    cases
}

const CONTEXT: &[u8] = b"vectors/chunked";

/// The one that was first made by another implementation.
fn known_answer() -> Case {
    let count: Vec<u8> = (0..32).collect();
    let mut out = vec![0; 77];
    seal_into(
        &count.clone().try_into().unwrap(),
        &count[..24].try_into().unwrap(),
        b"tenant=A",
        b"hello",
        &mut out,
    )
    .unwrap();
    Case::new("known-answer", "agrees with pyca/cryptography 50.0.2")
        .with("key", to_hex(&count))
        .with("context", to_hex(b"tenant=A"))
        .with("sealed", to_hex(&out))
        .with("expect", "ok")
        .with_plaintext(b"hello")
}

fn sealed(name: &str, about: &str, key_and_context: &[&[u8]; 2], len: usize) -> Case {
    let [key, context] = key_and_context;
    let plaintext = pattern(len);
    let mut out = vec![0; sealed_len(len).unwrap()];
    seal_into((*key).try_into().unwrap(), &fixed_salt(name), context, &plaintext, &mut out).unwrap();
    Case::new(name, about)
        .with("key", to_hex(key))
        .with("context", to_hex(context))
        .with("sealed", to_hex(&out))
        .with("expect", "ok")
        .with_plaintext(&plaintext)
}

fn refused(good: &Case, name: &str, about: &str) -> Case {
    let mut case = good.clone().renamed(name.to_owned(), about).with("expect", "refused");
    case.fields.retain(|(field, _)| !field.starts_with("plaintext"));
    case
}
