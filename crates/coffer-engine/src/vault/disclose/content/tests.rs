//! How a content is cut into parts, and how little of it is here at a time.

use coffer_encryption::{IndexKey, OwnerKey, sealed_len};

use super::*;
use crate::content::MediaType;
use crate::secret::Value;
use crate::storage::keyring::Generation;
use crate::tenant::TenantId;

const PART: u64 = FILE_PART_BYTES as u64;
const CHUNK: u64 = CHUNK_BYTES as u64;

fn ring() -> KeyRing {
    let owner = TenantId::from_bytes([1; 16]);
    let generation = Generation::derive(&OwnerKey::generate().unwrap(), owner, 1).unwrap();
    KeyRing::new([9; 16], owner, IndexKey::generate().unwrap(), generation, [])
}

/// A content of so many bytes, in pieces of so many.
fn sealed(ring: &KeyRing, bytes: u64, piece: usize) -> SealedContent {
    let mut sealer = ContentSealer::begin(ring).unwrap();
    for piece in vec![7; usize::try_from(bytes).unwrap()].chunks(piece) {
        sealer.push(piece).unwrap();
        assert!(
            sealer.chunk.len() < CHUNK_BYTES && sealer.chunk.capacity() == CHUNK_BYTES,
            "one chunk is here, and never moves"
        );
    }
    sealer.finish().unwrap()
}

#[test]
fn parts_are_as_many_and_as_long_as_the_size_says() {
    let ring = ring();
    for bytes in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, PART - 1, PART, PART + 1, 2 * PART + 5 * CHUNK, 3 * PART]
    {
        for piece in [997, CHUNK_BYTES, 100_000] {
            let content = sealed(&ring, bytes, piece);
            let file = FileInfo { bytes: content.bytes, media_type: MediaType::bytes() };
            assert_eq!(content.bytes, bytes);
            assert_eq!(content.parts.len(), parts_of(&file) as usize, "{bytes}");
            for (number, part) in (0..).zip(&content.parts) {
                assert_eq!(part.len(), part_bytes(&file, number), "part {number} of {bytes}");
            }
            let whole: usize = content.parts.iter().map(|part| part.len()).sum();
            let envelope = sealed_len(usize::try_from(bytes).unwrap()).unwrap();
            assert_eq!(content.begin.len() + whole, envelope, "{bytes}: one envelope");
        }
    }
}

#[test]
fn a_file_is_marked_as_a_value_of_the_same_bytes_is() {
    let ring = ring();
    for bytes in [0, 1, 7, 8, 70_000] {
        let value = Value::Bytes(SecretBytes::from_vec(vec![7; bytes]));
        assert!(sealed(&ring, bytes as u64, 1000).marks == Marks::of(&ring, &value), "{bytes}");
    }
}

#[test]
fn what_is_too_large_is_refused_at_the_first_byte_too_many() {
    let mut sealer = ContentSealer::begin(&ring()).unwrap();
    let piece = vec![7; FILE_PART_BYTES];
    for _ in 0..FILE_MAX_BYTES / PART {
        sealer.push(&piece).unwrap();
    }
    assert_eq!(sealer.push(b"x").unwrap_err().code(), "file.too_large");
}
