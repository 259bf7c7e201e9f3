//! In which order secrets are filled in that refer to each other, if there is one.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::SecretPath;

/// What each secret refers to. What is named and not in it refers to nothing.
pub(in crate::vault) type Graph = BTreeMap<SecretPath, Vec<SecretPath>>;

/// Why there is no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::vault) enum Knot {
    /// These refer to each other in a circle; the first is the last.
    Cycle(Vec<SecretPath>),
    /// There are more behind each other than may be.
    TooDeep,
}

/// All of them, each behind all that it refers to; at most so many behind each other.
pub(in crate::vault) fn bottom_up(graph: &Graph, depth_max: usize) -> Result<Vec<SecretPath>, Knot> {
    let (mut ordered, mut placed) = (Vec::with_capacity(graph.len()), BTreeSet::new());
    let mut depth = 0_usize;
    while placed.len() < graph.len() {
        let is_open = |path: &SecretPath| graph.contains_key(path) && !placed.contains(path);
        let ready: Vec<&SecretPath> = graph
            .iter()
            .filter(|(path, references)| is_open(path) && !references.iter().any(is_open))
            .map(|(path, _)| path)
            .collect();
        if ready.is_empty() {
            return Err(Knot::Cycle(cycle(graph, is_open)));
        }
        depth = depth.saturating_add(1);
        ordered.extend(ready.iter().copied().cloned());
        placed.extend(ready);
    }
    if depth > depth_max { Err(Knot::TooDeep) } else { Ok(ordered) }
}

/// A circle among those that are open, each of which refers to another open one.
fn cycle(graph: &Graph, is_open: impl Fn(&SecretPath) -> bool) -> Vec<SecretPath> {
    let mut way: Vec<SecretPath> = Vec::new();
    let mut next = graph.keys().find(|path| is_open(path));
    while let Some(path) = next {
        if let Some(met) = way.iter().position(|before| before == path) {
            let mut circle = way.split_off(met);
            circle.push(path.clone());
            return circle;
        }
        way.push(path.clone());
        next = graph.get(path).and_then(|references| references.iter().find(|path| is_open(path)));
    }
    way
}

#[cfg(test)]
mod tests;
