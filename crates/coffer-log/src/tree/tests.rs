//! Known answers of RFC 6962's own test tree, and the frontier against the definition.

use super::*;
use crate::naive::Naive;

/// The eight leaves with which the implementations of Certificate Transparency are tested, and their roots.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn known_answers() {
    let mut tree = Frontier::new();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(format!("{:?}", tree.root()), *root, "size {size}");
        if let Some(leaf) = LEAVES.get(size) {
            tree.push(leaf_hash(leaf)).unwrap();
        }
    }
    assert_eq!(tree.size(), 8);
}

#[test]
fn leaves_and_nodes_are_hashed_apart() {
    let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
    let both = [&left.bytes()[..], right.bytes()].concat();
    assert_ne!(node_hash(&left, &right), leaf_hash(&both));
    assert_ne!(node_hash(&left, &right), node_hash(&right, &left));
    assert_eq!(node_hash(&left, &right).bytes(), &sha256(&[&[1], &both[..]].concat()));
}

#[test]
fn the_frontier_has_the_root_of_the_definition() {
    let naive = Naive::new(600);
    let mut tree = Frontier::new();
    for size in 0..600_usize {
        assert_eq!(tree.root(), naive.root(size), "{size}");
        assert_eq!(tree.nodes().len(), usize::try_from(size.count_ones()).unwrap());
        // What is kept is all there is to it.
        let kept = Frontier::from_parts(tree.size(), tree.nodes().to_vec()).unwrap();
        assert_eq!(kept, tree);
        tree.push(naive.leaf(size)).unwrap();
    }
}

#[test]
fn parts_that_do_not_fit_are_no_tree() {
    let hash = leaf_hash(b"");
    assert!(Frontier::from_parts(0, vec![]).is_some());
    assert!(Frontier::from_parts(0, vec![hash]).is_none());
    assert!(Frontier::from_parts(6, vec![hash; 1]).is_none());
    assert!(Frontier::from_parts(6, vec![hash; 2]).is_some());
    assert!(Frontier::from_parts(6, vec![hash; 3]).is_none());
    assert!(Frontier::from_parts(1 << 63, vec![hash]).is_none());
    assert!(Frontier::from_parts(u64::MAX, vec![hash; 64]).is_none());
}

#[test]
fn a_full_tree_takes_no_leaf() {
    let hash = leaf_hash(b"");
    let mut tree = Frontier::from_parts(SIZE_MAX, vec![hash; 63]).unwrap();
    let full = tree.clone();
    assert_eq!(tree.push(hash), Err(TooLarge));
    assert_eq!(tree, full);
    let mut tree = Frontier::from_parts(SIZE_MAX - 1, vec![hash; 62]).unwrap();
    assert_eq!(tree.push(hash), Ok(()));
    assert_eq!(tree.size(), SIZE_MAX);
}

#[test]
fn a_hash_has_one_spelling() {
    let hash = leaf_hash(b"");
    let text = hash.to_base64();
    assert_eq!((text.len(), Hash::from_base64(&text)), (44, Some(hash)));
    let zero = Hash::from_bytes([0; 32]).to_base64();
    assert!(zero.ends_with("AAA="));
    for bad in [
        zero.replace("AAA=", "AAB="),              // bits that are not used
        zero.replace('=', ""),                     // no padding
        format!("{zero}\n"),                       // more
        format!(" {zero}"),                        // more
        zero.replacen('A', "-", 1),                // the alphabet of URLs
        "AAAA".to_owned(),                         // too short
        format!("{zero}{zero}"),                   // two
        format!("{}AAAA", zero.replace('=', "A")), // 36 bytes
        String::new(),
    ] {
        assert_eq!(Hash::from_base64(&bad), None, "{bad}");
    }
}
