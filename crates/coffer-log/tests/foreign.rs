//! Both ways against another implementation: Cloudflare's port of the Go libraries from which the formats come
//! (`tlog_tiles`, `signed_note`). It has a SHA-256 and an Ed25519 of its own.
#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test and its helpers")]
#![expect(clippy::indexing_slicing, reason = "a test and its helpers")]

use std::collections::BTreeSet;

use coffer_encryption::SigningKey;
use coffer_log::proof::{
    consistency_proof, consistency_tiles, inclusion_proof, inclusion_tiles, root_of, root_tiles,
    verify_consistency, verify_inclusion,
};
use coffer_log::tile::{tile_width, tiles_of};
use coffer_log::tree::{leaf_hash, node_hash};
use coffer_log::{
    Checkpoint, Frontier, Hash, KeyHistory, KeyName, Origin, SignedNote, TileId, Tiles, VerifierKey,
};
use coffer_log::{cosign, make_genesis, sign_note};
use signed_note::{Note, StandardSigner, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{HashReader, Tile, TileHashReader, TileReader};

const SIZE: u64 = 70_000;
/// Powers of two and their neighbours, tiles and their neighbours, and some others.
const SIZES: [u64; 20] = [
    1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 600, 1023, 4097, 65_535, 65_536, 65_537, 65_792, 65_793, 69_999,
    SIZE,
];

#[test]
fn their_hashes_are_ours() {
    assert_eq!(theirs(&leaf_hash(b"leaf")), tlog_tiles::record_hash(b"leaf"));
    let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
    assert_eq!(theirs(&node_hash(&left, &right)), tlog_tiles::node_hash(theirs(&left), theirs(&right)));
    assert_eq!(theirs(&Frontier::new().root()), tlog_tiles::EMPTY_HASH);
    assert_eq!(tlog_tiles::Hash::parse_hash(&left.to_base64()).unwrap(), theirs(&left));
    assert_eq!(Hash::from_base64(&theirs(&left).to_string()), Some(left));
}

/// The same tiles, under the same paths but for the height, which C2SP fixes and leaves out.
#[test]
fn their_tiles_are_ours() {
    for size in SIZES {
        let made: BTreeSet<String> = tiles_of(size).map(|(id, width)| id.path(width)).collect();
        let expected = Tile::new_tiles(8, 0, size)
            .iter()
            .map(|tile| tile.path().replacen("tile/8/", "tile/", 1))
            .collect();
        assert_eq!(made, expected, "{size}");
    }
    let (ours, stored) = (Ours::new(SIZE), Stored::new(SIZE));
    for size in SIZES {
        for (id, width) in tiles_of(size).filter(|(id, width)| id.index < 3 || *width < 256) {
            let bytes = ours.tile(id, width).iter().flat_map(|hash| *hash.bytes()).collect::<Vec<u8>>();
            assert_eq!(tile(id, width).read_data(&stored).unwrap(), bytes, "{id:?} of {size}");
        }
    }
}

#[test]
fn they_accept_our_proofs_and_tiles() {
    let ours = Ours::new(SIZE);
    for size in SIZES {
        let root = ours.root(size);
        let claimed = root_of(size, &ours.fetch(root_tiles(size))).unwrap();
        assert_eq!(claimed, root, "{size}");
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = inclusion_proof(index, size, &ours.fetch(inclusion_tiles(index, size))).unwrap();
            let leaf = theirs(&ours.levels[0][index as usize]);
            tlog_tiles::check_record(&all_theirs(&proof), size, theirs(&root), index, leaf).unwrap();
            // They fetch our tiles, and check them on the way.
            let read = TileHashReader::new(size, theirs(&root), &ours);
            assert_eq!(tlog_tiles::prove_record(size, index, &read).unwrap(), all_theirs(&proof));
        }
        for old in [1, size / 3, size / 2, size - 1, size].into_iter().filter(|old| *old > 0) {
            let proof = consistency_proof(old, size, &ours.fetch(consistency_tiles(old, size))).unwrap();
            let old_root = theirs(&ours.root(old));
            tlog_tiles::check_tree(&all_theirs(&proof), size, theirs(&root), old, old_root).unwrap();
        }
    }
}

#[test]
fn we_accept_their_proofs() {
    let (ours, stored) = (Ours::new(SIZE), Stored::new(SIZE));
    for size in SIZES {
        let root = our(&tlog_tiles::tree_hash(size, &stored).unwrap());
        assert_eq!(root, ours.root(size), "{size}");
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = all_ours(&tlog_tiles::prove_record(size, index, &stored).unwrap());
            verify_inclusion(&leaf_hash(&leaf(index)), index, size, &proof, &root).unwrap();
        }
        for old in [1, size / 3, size / 2, size - 1, size].into_iter().filter(|old| *old > 0) {
            let proof = all_ours(&tlog_tiles::prove_tree(size, old, &stored).unwrap());
            let old_root = our(&tlog_tiles::tree_hash(old, &stored).unwrap());
            verify_consistency(old, &old_root, size, &root, &proof).unwrap();
        }
    }
}

#[test]
fn they_accept_our_notes() {
    let key = SigningKey::generate().unwrap();
    let origin = Origin::parse("log.example/a").unwrap();
    let genesis = make_genesis(&origin, &key).unwrap();
    let history = KeyHistory::from_notes(std::slice::from_ref(&genesis)).unwrap();
    let checkpoint = Checkpoint { origin, size: 9, root: leaf_hash(b"") };
    let note = checkpoint.sign(&key, 1_800_000_000).unwrap();
    let known =
        || VerifierList::new(vec![Box::new(StandardVerifier::new(&history.genesis().to_string()).unwrap())]);

    for note in [&genesis, &note] {
        let read = Note::from_bytes(note.to_string().as_bytes()).unwrap();
        let (verified, others) = read.verify(&known()).unwrap();
        assert_eq!((verified.len(), others.len()), (1, note.signatures().len() - 1));
        assert_eq!((verified[0].id(), verified[0].name()), (history.genesis().id(), "log.example/a"));
        assert_eq!(read.to_bytes(), note.to_string().as_bytes());
    }
    let read = tlog_tiles::Checkpoint::from_bytes(note.text().as_bytes()).unwrap();
    assert_eq!((read.origin(), read.size(), read.extension()), ("log.example/a", 9, ""));
    assert_eq!(our(read.hash()), checkpoint.root);

    // They know no cosignatures; but they know the signature in one.
    let verifier = StandardVerifier::new(&history.genesis().to_string()).unwrap();
    let message = format!("cosignature/v1\ntime 1800000000\n{}", note.text());
    assert!(verifier.verify(message.as_bytes(), &note.signatures()[1].bytes()[8..]));
    assert!(!verifier.verify(note.text().as_bytes(), &note.signatures()[1].bytes()[8..]));
}

#[test]
fn we_accept_their_notes() {
    // The key of their example.
    let signer = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let signer = StandardSigner::new(signer).unwrap();
    let key =
        VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
    let checkpoint = tlog_tiles::Checkpoint::new("PeterNeumann", 5, theirs(&leaf_hash(b"")), "").unwrap();

    let mut note = Note::new(&checkpoint.to_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let read = SignedNote::parse(std::str::from_utf8(&note.to_bytes()).unwrap()).unwrap();
    read.verify(&key).unwrap();
    let parsed = Checkpoint::parse(read.text()).unwrap();
    assert_eq!((parsed.origin.as_str(), parsed.size, parsed.root), ("PeterNeumann", 5, leaf_hash(b"")));

    // A note with a signature of each side, one after the other.
    let ours = SigningKey::generate().unwrap();
    let name = KeyName::parse("witness.example").unwrap();
    let both = read.with_signature(sign_note(read.text(), &name, &ours).unwrap()).unwrap();
    let both = both.with_signature(cosign(&parsed, &name, &ours, 5).unwrap()).unwrap();
    let mut again = Note::from_bytes(both.to_string().as_bytes()).unwrap();
    assert_eq!(again.to_bytes(), both.to_string().as_bytes());
    again.add_sigs(&[&signer]).unwrap();
    let again = SignedNote::parse(std::str::from_utf8(&again.to_bytes()).unwrap()).unwrap();
    assert_eq!(again.signatures().len(), 3);
    again.verify(&key).unwrap();
}

fn leaf(index: u64) -> Vec<u8> {
    format!("leaf {index}").into_bytes()
}

/// The tree as this crate hashes it: the rows of the tiles of each level.
struct Ours {
    levels: Vec<Vec<Hash>>,
}

impl Ours {
    fn new(size: u64) -> Self {
        let mut levels: Vec<Vec<Hash>> = vec![(0..size).map(|index| leaf_hash(&leaf(index))).collect()];
        while levels.last().unwrap().len() >= 256 {
            let above = levels.last().unwrap().chunks_exact(256).map(root_over).collect();
            levels.push(above);
        }
        Self { levels }
    }

    fn root(&self, size: u64) -> Hash {
        root_over(&self.levels[0][..size as usize])
    }

    fn tile(&self, id: TileId, width: u16) -> &[Hash] {
        &self.levels[usize::from(id.level)][id.index as usize * 256..][..width.into()]
    }

    fn fetch(&self, which: Vec<(TileId, u16)>) -> Tiles {
        let mut tiles = Tiles::new();
        for (id, width) in which {
            tiles.insert(id, self.tile(id, width).to_vec());
        }
        tiles
    }
}

/// They fetch from us.
impl TileReader for Ours {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            let id = TileId { level: tile.level(), index: tile.level_index() };
            self.tile(id, tile.width() as u16).iter().flat_map(|hash| *hash.bytes()).collect()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, tiles: &[Tile], _data: &[Vec<u8>]) {
        assert!(tiles.iter().all(|tile| tile.width()
            <= u32::from(tile_width(TileId { level: tile.level(), index: tile.level_index() }, SIZE,))));
    }
}

/// The tree as they hash and store it.
struct Stored(Vec<tlog_tiles::Hash>);

impl Stored {
    fn new(size: u64) -> Self {
        let mut stored = Self(Vec::new());
        for index in 0..size {
            let hashes = tlog_tiles::stored_hashes(index, &leaf(index), &stored).unwrap();
            stored.0.extend(hashes);
        }
        stored
    }
}

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

fn tile(id: TileId, width: u16) -> Tile {
    Tile::new(8, id.level, id.index, width.into(), false)
}

fn root_over(hashes: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    hashes.iter().for_each(|hash| tree.push(*hash).unwrap());
    tree.root()
}

fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.bytes())
}

fn our(hash: &tlog_tiles::Hash) -> Hash {
    Hash::from_bytes(hash.0)
}

fn all_theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(theirs).collect()
}

fn all_ours(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(our).collect()
}
