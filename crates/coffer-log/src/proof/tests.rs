//! Against the definitions of RFC 6962, for every small size and some large ones; every wrong proof refused.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::naive::Naive;
use crate::tree::leaf_hash;

/// The proofs are those of the RFC, made from exactly the tiles that were asked for, and they hold.
#[test]
fn inclusion_is_that_of_the_rfc() {
    let naive = Naive::new(600);
    for size in 1..=600 {
        let step = if size < 70 || size % 100 == 0 { 1 } else { 13 };
        for index in (0..size).step_by(step).chain([size - 1]) {
            check_inclusion(&naive, index, size);
        }
    }
}

#[test]
fn consistency_is_that_of_the_rfc() {
    let naive = Naive::new(600);
    for new in 1..=600 {
        let step = if new < 70 || new % 100 == 0 { 1 } else { 13 };
        for old in (0..=new).step_by(step).chain([new]) {
            check_consistency(&naive, old, new);
        }
    }
}

#[test]
fn roots_come_from_the_tiles_that_were_asked_for() {
    for size in (0..600).chain([65_535, 65_536, 65_537, 70_000]) {
        let tiles = LARGE.these(root_tiles(size as u64));
        assert_eq!(root_of(size as u64, &tiles).unwrap(), LARGE.naive().root(size), "{size}");
    }
}

/// The tree of seven leaves in C2SP merkle-tree.
#[test]
fn the_example_of_the_specification() {
    let naive = Naive::new(7);
    let [a, b, c, d, e, f, g] = std::array::from_fn(|nth| naive.leaf(nth));
    let (h, i, j) = (node_hash(&a, &b), node_hash(&c, &d), node_hash(&e, &f));
    let (k, l) = (node_hash(&h, &i), node_hash(&j, &g));
    let tiles = naive.tiles(7);
    assert_eq!(root_of(7, &tiles).unwrap(), node_hash(&k, &l));
    for (index, proof) in [(0, vec![b, i, l]), (3, vec![c, h, l]), (4, vec![f, g, k]), (6, vec![j, k])] {
        assert_eq!(inclusion_proof(index, 7, &tiles).unwrap(), proof, "{index}");
    }
    for (old, proof) in [(3, vec![c, d, h, l]), (4, vec![l]), (6, vec![j, g, k]), (7, vec![]), (0, vec![])] {
        assert_eq!(consistency_proof(old, 7, &tiles).unwrap(), proof, "{old}");
    }
}

#[test]
fn every_wrong_inclusion_is_refused() {
    let naive = Naive::new(70);
    let foreign = leaf_hash(b"foreign");
    for size in 1..=70_u64 {
        let (root, smaller_root) = (naive.root(size as usize), naive.root(size as usize - 1));
        for index in 0..size {
            let proof = naive.path(index as usize, 0, size as usize);
            let leaf = naive.leaf(index as usize);
            let refused = |leaf, index, size, proof: &[Hash], root| {
                assert!(verify_inclusion(leaf, index, size, proof, root).is_err(), "{index} of {size}");
            };
            for wrong in wrong_proofs(&proof) {
                refused(&leaf, index, size, &wrong, &root);
            }
            refused(&foreign, index, size, &proof, &root);
            refused(&leaf, index, size, &proof, &foreign);
            refused(&leaf, index, size, &proof, &smaller_root);
            refused(&leaf, size, size, &proof, &root);
            for other in (0..size).filter(|other| *other != index) {
                refused(&leaf, other, size, &proof, &root);
            }
        }
    }
}

#[test]
fn every_wrong_consistency_is_refused() {
    let naive = Naive::new(70);
    let foreign = leaf_hash(b"foreign");
    for new in 1..=70_u64 {
        let new_root = naive.root(new as usize);
        for old in 1..=new {
            let old_root = naive.root(old as usize);
            let proof = if old < new { naive.proof(old as usize, new as usize) } else { Vec::new() };
            let refused = |old, old_root, new, new_root, proof: &[Hash]| {
                let verified = verify_consistency(old, old_root, new, new_root, proof);
                assert!(verified.is_err(), "{old} to {new}");
            };
            for wrong in wrong_proofs(&proof) {
                refused(old, &old_root, new, &new_root, &wrong);
            }
            refused(old, &foreign, new, &new_root, &proof);
            refused(old, &old_root, new, &foreign, &proof);
            refused(new + 1, &old_root, new, &new_root, &proof);
            if old < new {
                refused(new, &new_root, old, &old_root, &proof);
                refused(new, &old_root, new, &new_root, &[]);
                refused(0, &old_root, new, &new_root, &[]);
            }
        }
    }
}

/// A root does not say of how many leaves it is: a proof that holds for one size may fit another one of the same
/// shape. Of another shape, it is refused for its length, even where its hashes lead to the root.
#[test]
fn a_proof_is_as_long_as_the_sizes_say() {
    let naive = Naive::new(40);
    let mut refused = 0;
    for (size, claimed) in (1..=40).flat_map(|size| (1..=40).map(move |claimed| (size, claimed))) {
        let root = naive.root(size);
        for index in 0..size.min(claimed) {
            let (proof, leaf) = (naive.path(index, 0, size), naive.leaf(index));
            let verified = verify_inclusion(&leaf, index as u64, claimed as u64, &proof, &root);
            if naive.path(index, 0, claimed).len() != proof.len() {
                assert_eq!(verified, Err(ProofError::Length), "{index} of {size}, as of {claimed}");
                refused += 1;
            }
        }
        for old in 1..size.min(claimed) {
            let (proof, old_root) = (naive.proof(old, size), naive.root(old));
            let verified = verify_consistency(old as u64, &old_root, claimed as u64, &root, &proof);
            if naive.proof(old, claimed).len() != proof.len() {
                assert_eq!(verified, Err(ProofError::Length), "{old} to {size}, as to {claimed}");
                refused += 1;
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn an_empty_tree_has_one_root() {
    let (empty, root) = (empty_root(), leaf_hash(b""));
    assert_eq!(root_of(0, &Tiles::new()), Ok(empty));
    assert_eq!(verify_consistency(0, &empty, 0, &empty, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &empty, 1, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &root, 0, &root, &[]), Err(ProofError::OtherRoot { size: 0 }));
    assert_eq!(verify_consistency(0, &root, 1, &root, &[]), Err(ProofError::OtherRoot { size: 0 }));
    assert_eq!(verify_consistency(0, &empty, 0, &root, &[]), Err(ProofError::OtherRoot { size: 0 }));
    assert_eq!(verify_consistency(0, &empty, 1, &root, &[root]), Err(ProofError::Length));
    assert_eq!(verify_inclusion(&root, 0, 0, &[], &empty), Err(ProofError::NoSuchLeaf { index: 0, size: 0 }));
}

#[test]
fn what_is_missing_is_named() {
    let id = |level, index| TileId { level, index };
    assert_eq!(inclusion_tiles(0, 1), []);
    assert_eq!(inclusion_tiles(5, 5), []);
    assert_eq!(inclusion_tiles(0, 257), [(id(0, 0), 256), (id(0, 1), 1)]);
    assert_eq!(inclusion_proof(0, 257, &Tiles::new()), Err(ProofError::MissingTile(id(0, 0))));
    assert_eq!(consistency_tiles(256, 257), [(id(0, 1), 1)]);
    assert_eq!(consistency_proof(256, 257, &Tiles::new()), Err(ProofError::MissingTile(id(0, 1))));
    assert_eq!(consistency_proof(258, 257, &Tiles::new()), Err(ProofError::Shrunk { old: 258, new: 257 }));
    assert_eq!(root_of(65_536, &Tiles::new()), Err(ProofError::MissingTile(id(2, 0))));
    let told = ProofError::MissingTile(id(2, 0)).to_string();
    assert_eq!(told, "tile 0 of level 2 is missing, or too narrow");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn large_trees_hold_too(size in 1..=LARGE_SIZE, index: prop::sample::Index, old: prop::sample::Index) {
        check_inclusion(&LARGE.naive(), index.index(size), size);
        check_consistency(&LARGE.naive(), old.index(size + 1), size);
    }

    /// No numbers and no hashes make a panic, and none of them prove anything.
    #[test]
    fn any_numbers_may_be_claimed(
        a: u64,
        b: u64,
        hashes in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash::from_bytes), 0..70),
    ) {
        let (small, large) = (a.min(b), a.max(b));
        let root = leaf_hash(b"root");
        prop_assert!(verify_inclusion(&root, a, b, &hashes, &leaf_hash(b"other")).is_err());
        prop_assert!(verify_consistency(a, &root, b, &leaf_hash(b"other"), &hashes).is_err());
        prop_assert!(inclusion_tiles(a, b).len() <= 64);
        prop_assert!(consistency_tiles(a, b).len() <= 64);
        prop_assert!(root_tiles(a).len() <= 8);
        prop_assert!(inclusion_proof(small, large, &Tiles::new()).is_err());
        prop_assert!(small == 0 || small == large || consistency_proof(small, large, &Tiles::new()).is_err());
    }
}

fn check_inclusion(naive: &Naive, index: usize, size: usize) {
    let (proof, root, leaf) = (naive.path(index, 0, size), naive.root(size), naive.leaf(index));
    let (index, size) = (index as u64, size as u64);
    let tiles = naive.these_tiles(inclusion_tiles(index, size));
    assert_eq!(inclusion_proof(index, size, &tiles).unwrap(), proof, "{index} of {size}");
    assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()), "{index} of {size}");
}

fn check_consistency(naive: &Naive, old: usize, new: usize) {
    let proof = if old == 0 || old == new { Vec::new() } else { naive.proof(old, new) };
    let roots = (naive.root(old), naive.root(new));
    let (old, new) = (old as u64, new as u64);
    let tiles = naive.these_tiles(consistency_tiles(old, new));
    assert_eq!(consistency_proof(old, new, &tiles).unwrap(), proof, "{old} to {new}");
    assert_eq!(verify_consistency(old, &roots.0, new, &roots.1, &proof), Ok(()), "{old} to {new}");
}

/// One bit of each hash flipped, each hash left out, one more at either end, two exchanged.
fn wrong_proofs(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let more = leaf_hash(b"more");
    let mut wrong = vec![[proof, &[more]].concat(), [&[more], proof].concat()];
    for nth in 0..proof.len() {
        let mut flipped = proof.to_vec();
        let mut bytes = *flipped[nth].bytes();
        bytes[nth % 32] ^= 1 << (nth % 8);
        flipped[nth] = Hash::from_bytes(bytes);
        let mut shorter = proof.to_vec();
        shorter.remove(nth);
        let mut exchanged = proof.to_vec();
        exchanged.rotate_left(nth);
        wrong.extend([flipped, shorter]);
        if nth > 0 {
            wrong.push(exchanged);
        }
    }
    wrong
}

const LARGE_SIZE: usize = 70_000;

/// One large tree for all who need one.
static LARGE: LazyLock<Large> = LazyLock::new(|| Large(std::sync::Mutex::new(Naive::new(LARGE_SIZE))));

struct Large(std::sync::Mutex<Naive>);

impl Large {
    fn naive(&self) -> std::sync::MutexGuard<'_, Naive> {
        self.0.lock().unwrap()
    }

    fn these(&self, which: Vec<(TileId, u16)>) -> Tiles {
        self.naive().these_tiles(which)
    }
}
