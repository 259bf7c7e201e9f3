//! Rules by their patterns: a tree of segments, in which a path finds the most specific rule that matches it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::{Standing, Verdict};
use crate::access::Rights;
use crate::access::policy::{Rule, RulePattern};
use crate::action::Right;

/// Rules, to be found by path.
#[derive(Debug, Default)]
pub(super) struct RuleIndex {
    nodes: Vec<Node>,
    slots: Vec<Slot>,
    /// All rights that any of them gives.
    given: Rights,
}

/// Where segments have led to.
#[derive(Debug, Default)]
struct Node {
    children: HashMap<Box<str>, usize>,
    /// Behind any segment.
    plus: Option<usize>,
    /// The pattern that ends here.
    exact: Option<usize>,
    /// Patterns that end here in a part of a segment and `*`, by that part.
    globs: BTreeMap<Box<str>, usize>,
}

/// All rules of one pattern.
#[derive(Debug)]
struct Slot {
    /// The highest rank of a rule in it.
    rank: usize,
    rules: Vec<Ranked>,
}

/// A rule where it is found.
#[derive(Debug)]
struct Ranked {
    rule: Arc<Rule>,
    condition: Option<usize>,
    /// The higher the more specific: of the pattern as it was written. In an index of denials two that are written differently may lie
    /// together.
    rank: usize,
}

/// The rules that speak of a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speaking<'i> {
    slot: &'i Slot,
    /// Of those that hold.
    rank: usize,
}

impl RuleIndex {
    /// Rules with the numbers of their conditions and the ranks of their patterns; found by what `found_by` makes of the pattern.
    pub(super) fn new<'r>(
        rules: impl IntoIterator<Item = (&'r Arc<Rule>, Option<usize>, usize)>,
        found_by: impl Fn(&RulePattern) -> RulePattern,
    ) -> Self {
        let mut index = Self::default();
        for (rule, condition, rank) in rules {
            index.add(&found_by(&rule.pattern), Ranked { rule: Arc::clone(rule), condition, rank });
            index.given = index.given.and(rule.rights);
        }
        index
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether any of them gives the right.
    pub(super) fn gives(&self, right: Right) -> bool {
        self.given.has(right)
    }

    /// Of the patterns that match and have a rule that holds, the most specific one.
    pub(super) fn speaking(&self, standing: &Standing, path: &str) -> Option<Speaking<'_>> {
        let mut best = None;
        self.walk(0, path, &mut |slot| {
            let is_above = |rank| best.is_none_or(|best: Speaking<'_>| best.rank < rank);
            if is_above(slot.rank)
                && let Some(rank) = slot.rank_holding(standing).filter(|rank| is_above(*rank))
            {
                best = Some(Speaking { slot, rank });
            }
        });
        best
    }

    /// Every pattern that matches what is left of a path behind a node.
    fn walk<'i>(&'i self, at: usize, rest: &str, each: &mut impl FnMut(&'i Slot)) {
        let Some(node) = self.nodes.get(at) else { return };
        for slot in prefixes(&node.globs, rest) {
            self.slots.get(slot).into_iter().for_each(&mut *each);
        }
        let (segment, behind) = rest.split_once('/').map_or((rest, None), |(one, more)| (one, Some(more)));
        let any = node.plus.filter(|_| !segment.is_empty());
        for next in node.children.get(segment).copied().into_iter().chain(any) {
            match behind {
                Some(rest) => self.walk(next, rest, each),
                None => {
                    let exact = self.nodes.get(next).and_then(|node| node.exact);
                    exact.and_then(|slot| self.slots.get(slot)).into_iter().for_each(&mut *each);
                }
            }
        }
    }

    /// How many nodes are visited for a path.
    #[cfg(test)]
    #[expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]
    pub(super) fn steps(&self, path: &str) -> usize {
        fn below(index: &RuleIndex, at: usize, rest: &str) -> usize {
            let node = &index.nodes[at];
            let (segment, behind) =
                rest.split_once('/').map_or((rest, None), |(one, more)| (one, Some(more)));
            let next = node.children.get(segment).copied().into_iter().chain(node.plus);
            1 + behind.map_or(0, |rest| next.map(|next| below(index, next, rest)).sum::<usize>())
        }
        below(self, 0, path)
    }

    fn add(&mut self, pattern: &RulePattern, rule: Ranked) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let (whole, is_glob) = pattern.glob().map_or((pattern.as_str(), false), |glob| (glob, true));
        let (mut at, mut rest) = (0, whole);
        while let Some((segment, behind)) = rest.split_once('/') {
            at = self.child(at, segment);
            rest = behind;
        }
        if !is_glob {
            at = self.child(at, rest);
        }
        let fresh = self.slots.len();
        let Some(node) = self.nodes.get_mut(at) else { return };
        let slot = if is_glob {
            node.globs.entry(rest.into()).or_insert(fresh)
        } else {
            node.exact.get_or_insert(fresh)
        };
        match self.slots.get_mut(*slot) {
            Some(slot) => {
                slot.rank = slot.rank.max(rule.rank);
                slot.rules.push(rule);
            }
            None => self.slots.push(Slot { rank: rule.rank, rules: vec![rule] }),
        }
    }

    fn child(&mut self, at: usize, segment: &str) -> usize {
        let fresh = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else { return at };
        let next = if segment == "+" {
            *node.plus.get_or_insert(fresh)
        } else {
            *node.children.entry(segment.into()).or_insert(fresh)
        };
        if next == fresh {
            self.nodes.push(Node::default());
        }
        next
    }
}

impl Slot {
    fn holding(&self, standing: &Standing) -> impl Iterator<Item = &Ranked> {
        self.rules.iter().filter(|one| standing.holds(one.condition))
    }

    /// The rank of the most specific rule in it that holds.
    fn rank_holding(&self, standing: &Standing) -> Option<usize> {
        self.holding(standing).map(|one| one.rank).max()
    }
}

impl Speaking<'_> {
    pub(super) fn rank(&self) -> usize {
        self.rank
    }
}

impl<'i> Speaking<'i> {
    /// What they say of a right. What one gives without limits the others don't limit.
    pub(super) fn verdict(&self, standing: &Standing, right: Right) -> Verdict<'i> {
        let holding = || self.slot.holding(standing).map(|one| &one.rule);
        if holding().any(|rule| rule.deny) {
            return Verdict::Denied;
        }
        let mut verdict = Verdict::No;
        for rule in holding().filter(|rule| rule.rights.has(right)) {
            match rule.parameters.as_ref().filter(|_| right == Right::Write) {
                None => return Verdict::Yes,
                // Of two that limit, the first one speaks: what either allows is not allowed by both.
                Some(limits) if verdict == Verdict::No => verdict = Verdict::With(limits),
                Some(_) => {}
            }
        }
        verdict
    }
}

/// The slots of all texts that a text begins with, the longest first: from one that it does not begin with, on with what both begin with.
fn prefixes<'m>(globs: &'m BTreeMap<Box<str>, usize>, text: &str) -> impl Iterator<Item = usize> + use<'m> {
    let mut found = Vec::new();
    let mut limit = Some(text);
    while let Some(up_to) = limit.filter(|_| !globs.is_empty()) {
        let Some((glob, slot)) =
            globs.range::<str, _>((Bound::Unbounded, Bound::Included(up_to))).next_back()
        else {
            break;
        };
        let common = common(glob, up_to);
        if common.len() == glob.len() {
            found.push(*slot);
            // Shorter ones only.
            let last = common.char_indices().next_back();
            limit = last.and_then(|(at, _)| common.get(..at));
        } else {
            limit = Some(common);
        }
    }
    found.into_iter()
}

/// What both begin with.
fn common<'t>(one: &str, other: &'t str) -> &'t str {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    let bytes = same.fold(0_usize, |sum, (c, _)| sum.saturating_add(c.len_utf8()));
    other.get(..bytes).unwrap_or_default()
}
