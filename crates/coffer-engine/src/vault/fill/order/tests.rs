use proptest::prelude::*;

use super::*;

fn path(number: usize) -> SecretPath {
    SecretPath::parse(&format!("dev/{number:02}")).unwrap()
}

fn graph(edges: &[(usize, usize)]) -> Graph {
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.entry(path(*from)).or_default().push(path(*to));
        graph.entry(path(*to)).or_default();
    }
    graph
}

fn numbers(paths: &[SecretPath]) -> Vec<usize> {
    paths.iter().map(|path| path.name().parse().unwrap()).collect()
}

#[test]
fn each_comes_behind_what_it_refers_to() {
    let ordered = bottom_up(&graph(&[(1, 2), (1, 3), (2, 3), (4, 3)]), 3).unwrap();
    assert_eq!(numbers(&ordered), [3, 2, 4, 1]);
    assert_eq!(bottom_up(&Graph::new(), 0), Ok(Vec::new()));
    // What is named and not there holds nobody up.
    let dangling = Graph::from([(path(1), vec![path(9)])]);
    assert_eq!(bottom_up(&dangling, 1), Ok(vec![path(1)]));
}

#[test]
fn a_circle_is_named_and_what_leads_to_it_is_not() {
    let Err(Knot::Cycle(circle)) = bottom_up(&graph(&[(1, 2), (2, 3), (3, 4), (4, 2)]), 9) else { panic!() };
    assert_eq!(numbers(&circle), [2, 3, 4, 2]);
    let Err(Knot::Cycle(circle)) = bottom_up(&graph(&[(5, 5)]), 9) else { panic!() };
    assert_eq!(numbers(&circle), [5, 5]);
}

#[test]
fn only_so_many_are_followed_behind_each_other() {
    let chain = graph(&[(1, 2), (2, 3), (3, 4), (1, 4)]);
    assert_eq!(bottom_up(&chain, 4).map(|ordered| numbers(&ordered)), Ok(vec![4, 3, 2, 1]));
    assert_eq!(bottom_up(&chain, 3), Err(Knot::TooDeep));
}

proptest! {
    /// There is an order exactly where no way leads back, and every circle is one.
    #[test]
    fn there_is_an_order_unless_there_is_a_circle(edges in proptest::collection::vec((0_usize..8, 0_usize..8), 0..14)) {
        let graph = graph(&edges);
        let mut reach = [[false; 8]; 8];
        edges.iter().for_each(|(from, to)| reach[*from][*to] = true);
        for middle in 0..8 {
            for from in 0..8 {
                for to in 0..8 {
                    reach[from][to] |= reach[from][middle] && reach[middle][to];
                }
            }
        }
        match bottom_up(&graph, usize::MAX) {
            Ok(ordered) => {
                prop_assert!((0..8).all(|number| !reach[number][number]));
                prop_assert_eq!(ordered.len(), graph.len());
                let at = |wanted: &SecretPath| ordered.iter().position(|path| path == wanted).unwrap();
                for (from, references) in &graph {
                    prop_assert!(references.iter().all(|to| at(to) < at(from)));
                }
            }
            Err(Knot::Cycle(circle)) => {
                prop_assert!(circle.len() > 1 && circle.first() == circle.last());
                prop_assert!(circle.windows(2).all(|pair| graph[&pair[0]].contains(&pair[1])));
            }
            Err(Knot::TooDeep) => prop_assert!(false),
        }
    }
}
