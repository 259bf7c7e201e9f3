//! A GCM ciphertext that is valid under two keys: made by solving one linear equation over GF(2^128), accepted by
//! plain AES-256-GCM under both (the control), refused by the commitment.
//!
//! Such messages exist for every pair of keys because GHASH is linear (Len, Grubbs, Ristenpart: "Partitioning Oracle
//! Attacks", USENIX Security 2021; CVE-2025-14760 is the same against an envelope without commitment).

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};

use super::*;

#[test]
fn t_c3_a_ciphertext_valid_under_two_keys_is_refused() {
    let (key_a, key_b) = ([0xA; 32], [0xB; 32]);
    let salt = fixed_salt("two keys");
    let message_a = Message::derive(&key_a, &salt, CONTEXT).unwrap();
    let message_b = Message::derive(&key_b, &salt, CONTEXT).unwrap();
    let chunk = valid_under_both([derived(&key_a, &salt), derived(&key_b, &salt)]);

    // Control: plain GCM accepts the chunk under both keys, with two different plaintexts.
    let plain = |message: &Message| {
        let mut chunk = chunk.clone();
        let opened = message.aead.open_in_place(message.nonce(0), Aad::empty(), &mut chunk);
        opened.expect("GCM alone accepts it").to_vec()
    };
    assert_ne!(plain(&message_a), plain(&message_b));

    // With A's commitment it is A's message and nobody else's, and the other way round.
    let with = |commitment: [u8; COMMITMENT_LEN]| [&salt[..], &commitment, &chunk].concat();
    assert!(open_vec(&key_a, CONTEXT, &with(message_a.commitment)).is_some());
    assert!(open_vec(&key_b, CONTEXT, &with(message_a.commitment)).is_none());
    assert!(open_vec(&key_a, CONTEXT, &with(message_b.commitment)).is_none());
    assert!(open_vec(&key_b, CONTEXT, &with(message_b.commitment)).is_some());
    // A commitment that is neither opens under neither.
    assert!(open_vec(&key_a, CONTEXT, &with([0; COMMITMENT_LEN])).is_none());
    assert!(open_vec(&key_b, CONTEXT, &with([0; COMMITMENT_LEN])).is_none());
}

/// A chunk of two blocks and a tag that both (AES key, nonce) pairs accept.
///
/// The tag of blocks C1, C2 with length block L is `C1 H^3 + C2 H^2 + L H + E`, where `H` is the encrypted zero block
/// and `E` the encrypted nonce block. Equal tags under both keys leave one equation for C2.
fn valid_under_both(keys: [([u8; 32], [u8; NONCE_LEN]); 2]) -> Vec<u8> {
    let [(h1, e1), (h2, e2)] = keys.map(|(key, nonce)| {
        let mut counter = [0; 16];
        counter[..NONCE_LEN].copy_from_slice(&nonce);
        counter[15] = 1;
        (aes_block(&key, [0; 16]), aes_block(&key, counter))
    });
    let lengths = u128::from(32_u64 * 8);
    let c1 = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128;
    let (square1, square2) = (mul(h1, h1), mul(h2, h2));
    let (cube1, cube2) = (mul(square1, h1), mul(square2, h2));
    let known = mul(c1, cube1 ^ cube2) ^ mul(lengths, h1 ^ h2) ^ e1 ^ e2;
    let c2 = mul(known, inverse(square1 ^ square2));
    let tag = mul(c1, cube1) ^ mul(c2, square1) ^ mul(lengths, h1) ^ e1;
    assert_eq!(tag, mul(c1, cube2) ^ mul(c2, square2) ^ mul(lengths, h2) ^ e2);
    [c1, c2, tag].map(u128::to_be_bytes).concat()
}

/// The AES key and base nonce of a message, as `Message::derive` makes them.
fn derived(key: &[u8; 32], salt: &[u8; SALT_LEN]) -> ([u8; 32], [u8; NONCE_LEN]) {
    let mut made = [0; MADE_LEN];
    let prk = Prk::new_less_safe(HKDF_SHA512, key);
    prk.expand(&[LABEL, salt, CONTEXT], MadeLen).unwrap().fill(&mut made).unwrap();
    (*made.first_chunk().unwrap(), *made[32..].first_chunk().unwrap())
}

/// One block through AES-256: counter mode over zeros with the block as counter.
fn aes_block(key: &[u8; 32], block: [u8; 16]) -> u128 {
    let cipher = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, key).unwrap()).unwrap();
    let mut out = [0; 16];
    cipher.less_safe_encrypt(&mut out, EncryptionContext::Iv128(block.into())).unwrap();
    u128::from_be_bytes(out)
}

/// Multiplication in the field of GCM (NIST SP 800-38D, 6.3), whose bits run from the most significant one.
fn mul(x: u128, y: u128) -> u128 {
    let (mut product, mut shifted) = (0, y);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= shifted;
        }
        let carry = shifted & 1;
        shifted >>= 1;
        if carry == 1 {
            shifted ^= 0xe1 << 120;
        }
    }
    product
}

/// `x` to the power of 2^128 - 2.
fn inverse(x: u128) -> u128 {
    const ONE: u128 = 1 << 127;
    let (mut result, mut power) = (ONE, x);
    for _ in 1..128 {
        power = mul(power, power);
        result = mul(result, power);
    }
    assert_eq!(mul(result, x), ONE);
    result
}
