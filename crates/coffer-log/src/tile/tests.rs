//! Against the definition and the examples of C2SP tlog-tiles.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

use proptest::prelude::*;

use super::*;
use crate::naive::Naive;

#[test]
fn paths_are_those_of_the_specification() {
    let path = |level, index, width| TileId { level, index }.path(width);
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(0, 1234, 256), "tile/0/x001/234");
    assert_eq!(path(0, 0, 17), "tile/0/000.p/17");
    assert_eq!(path(5, 999, 255), "tile/5/999.p/255");
    assert_eq!(path(1, 1000, 1), "tile/1/x001/000.p/1");
    assert_eq!(path(7, u64::MAX, 256), "tile/7/x018/x446/x744/x073/x709/x551/615");
    assert_eq!(entries_path(1234, 256), "tile/entries/x001/234");
    assert_eq!(entries_path(0, 3), "tile/entries/000.p/3");
}

#[test]
fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
    let tiles: Vec<(TileId, u16)> = tiles_of(70_000).collect();
    let full = |level| tiles.iter().filter(|(id, width)| id.level == level && *width == 256).count();
    let partial = |level| -> Vec<u16> {
        let partial = tiles.iter().filter(|(id, width)| id.level == level && *width < 256);
        partial.map(|(_, width)| *width).collect()
    };
    assert_eq!((full(0), partial(0)), (273, vec![112]));
    assert_eq!((full(1), partial(1)), (1, vec![17]));
    assert_eq!((full(2), partial(2)), (0, vec![1]));
    assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
}

#[test]
fn full_tiles_have_no_empty_ones_beside_them() {
    assert_eq!(tiles_of(0).count(), 0);
    let id = |level, index| TileId { level, index };
    assert_eq!(tiles_of(1).collect::<Vec<_>>(), [(id(0, 0), 1)]);
    assert_eq!(tiles_of(255).collect::<Vec<_>>(), [(id(0, 0), 255)]);
    assert_eq!(tiles_of(256).collect::<Vec<_>>(), [(id(0, 0), 256), (id(1, 0), 1)]);
    assert_eq!(tiles_of(257).collect::<Vec<_>>(), [(id(0, 0), 256), (id(0, 1), 1), (id(1, 0), 1)]);
    assert_eq!(tile_width(id(0, 1), 256), 0);
    assert_eq!(tile_width(id(9, 0), u64::MAX), 0);
    assert_eq!(tile_width(id(255, u64::MAX), u64::MAX), 0);
    assert_eq!(tile_width(id(7, 0), u64::MAX), 255);
}

#[test]
fn nodes_are_those_of_the_definition() {
    for size in [1_usize, 2, 255, 256, 257, 600, 66_000] {
        let naive = Naive::new(size);
        let tiles = naive.tiles(size as u64);
        for height in 0..17_u8 {
            let leaves = 1_usize << height;
            let nodes = size / leaves;
            for index in (0..nodes).step_by(1 + nodes / 50) {
                let expected = naive.mth(index * leaves, (index + 1) * leaves);
                assert_eq!(tiles.node(height, index as u64), Some(expected), "{height} {index} of {size}");
            }
            assert_eq!(tiles.node(height, nodes as u64), None, "{height} of {size}");
        }
    }
}

#[test]
fn a_tile_that_is_too_narrow_gives_no_node() {
    let naive = Naive::new(8);
    let id = TileId { level: 0, index: 0 };
    let mut tiles = Tiles::new();
    assert_eq!(tiles.node(0, 0), None);
    tiles.insert(id, naive.tile(id, 7));
    assert!(tiles.node(2, 0).is_some() && tiles.node(1, 2).is_some() && tiles.node(0, 6).is_some());
    assert_eq!(
        (tiles.node(2, 1), tiles.node(1, 3), tiles.node(0, 7), tiles.node(3, 0)),
        (None, None, None, None)
    );
    // A wider one takes its place.
    tiles.insert(id, naive.tile(id, 8));
    assert_eq!(tiles.node(3, 0), Some(naive.root(8)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Widths add up to the hashes of a level, and every tile has some.
    #[test]
    fn tiles_cover_each_level(size in 0_u64..300_000) {
        let mut sums = [0; 8];
        for (id, width) in tiles_of(size) {
            prop_assert!((1..=256).contains(&width));
            prop_assert_eq!(width, tile_width(id, size));
            sums[usize::from(id.level)] += u64::from(width);
        }
        for (level, sum) in sums.iter().enumerate() {
            prop_assert_eq!(*sum, size >> (8 * level));
        }
    }

    /// No number makes a panic.
    #[test]
    fn any_number_may_be_asked(height: u8, index: u64, level: u8, size: u64, width: u16) {
        let id = TileId { level, index };
        prop_assert!(tile_width(id, size) <= 256);
        prop_assert!(id.path(width).starts_with("tile/"));
        prop_assert_eq!(Tiles::new().node(height, index), None);
        prop_assert!(tiles_of(size).next().is_none_or(|(id, _)| id.level == 0 && id.index == 0));
        prop_assert_eq!(tile_of_node(height, index).level, height / 8);
    }
}
