//! What an identity may do, compiled: from its own grants and policies and from those of its groups, once for an epoch.
//!
//! A decision asks this and nothing else. It costs what the path costs, not what the rules do: a look for each folder above it, and one way down
//! a tree of segments.
//!
//! # Invariants
//! - Roles add up. Of all rules that match, the most specific one speaks; where several policies have the very same pattern, what they give
//!   adds up. A deny from it is stronger than every role.
//! - A rule or a grant whose conditions don't hold is not there. Which hold is found out once for a round ([`Standing`]), and until when that
//!   is so; the commit does not hold for longer.
//! - Deny matches names that differ by case alone (T-P3).

pub(crate) use compile::{Sources, compile};
pub use explain::{Effect, Reason};
pub(crate) use standing::Standing;

mod compile;
mod explain;
mod giving;
mod grants;
mod index;
mod standing;

use std::sync::Arc;

use self::grants::GrantIndex;
use self::index::{RuleIndex, Speaking};
use super::condition::{Circumstances, Conditions};
use super::decide::Place;
use super::policy::{Parameters, Rule};
use crate::action::Right;

/// How much of what somebody holds a refusal names.
const HELD_SHOWN: usize = 8;

/// What an identity may do.
#[derive(Debug, Default)]
pub(crate) struct Powers {
    conditions: Vec<Conditions>,
    grants: GrantIndex,
    rules: RuleIndex,
    /// The same rules by folded patterns, but only those that deny.
    denials: RuleIndex,
    /// All of it once more, in the order in which it was given, for those who ask why.
    shares: Vec<Share>,
}

/// One thing that gives, or takes: a grant, or a rule of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// The group that it comes from; `None`: it is the identity's own.
    pub(crate) group: Option<String>,
    pub(crate) given: Given,
    /// The number of its conditions; `None`: it always holds.
    condition: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) enum Given {
    /// A role on a pattern, with the rights that the role has.
    Role { role: crate::slug::RoleName, rights: super::Rights, pattern: super::PathPattern },
    /// A rule of a policy.
    Rule { policy: crate::slug::PolicyName, rule: Arc<Rule> },
}

/// What a decision says of one right at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict<'p> {
    Yes,
    /// For a write that has only such fields.
    With(&'p Parameters),
    /// Nothing gives it.
    No,
    /// A rule of a policy takes it.
    Denied,
}

impl Powers {
    /// Whether any of it holds under conditions.
    pub(crate) fn has_conditions(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Which conditions hold in these circumstances.
    pub(crate) fn standing(&self, circumstances: &Circumstances) -> Standing {
        Standing::of(&self.conditions, circumstances)
    }

    /// Whether there is the right at this place.
    pub(super) fn verdict(&self, standing: &Standing, right: Right, place: &Place) -> Verdict<'_> {
        match place {
            Place::Secret(path) => self.verdict_at(standing, right, path.as_str()),
            Place::Folder(folder) => self.verdict_of_folder(standing, right, folder.as_str()),
            Place::Tenant => self.verdict_of_folder(standing, right, ""),
        }
    }

    /// Of one path.
    pub(super) fn verdict_at(&self, standing: &Standing, right: Right, path: &str) -> Verdict<'_> {
        if self.rules.is_empty() {
            return if self.grants.at(standing, path).has(right) { Verdict::Yes } else { Verdict::No };
        }
        let speaking = self.rules.speaking(standing, path);
        if self.is_denied_by(standing, path, speaking.as_ref()) {
            return Verdict::Denied;
        }
        if self.grants.at(standing, path).has(right) {
            return Verdict::Yes;
        }
        speaking.map_or(Verdict::No, |speaking| speaking.verdict(standing, right))
    }

    /// Of a folder, with and without the slash at its end: in a rule both mean it.
    fn verdict_of_folder(&self, standing: &Standing, right: Right, folder: &str) -> Verdict<'_> {
        let mut speaking = None;
        if !self.rules.is_empty() {
            let slashed = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let spelled = [slashed.as_str(), folder];
            let all = spelled.map(|path| self.rules.speaking(standing, path));
            speaking = all.into_iter().flatten().max_by_key(Speaking::rank);
            if spelled.iter().any(|path| self.is_denied_by(standing, path, speaking.as_ref())) {
                return Verdict::Denied;
            }
        }
        if self.grants.below(standing, folder).has(right) {
            return Verdict::Yes;
        }
        speaking.map_or(Verdict::No, |speaking| speaking.verdict(standing, right))
    }

    /// Whether a rule denies this path, and none that speaks is more specific.
    fn is_denied_by(&self, standing: &Standing, path: &str, speaking: Option<&Speaking<'_>>) -> bool {
        if self.denials.is_empty() {
            return false;
        }
        let denial = self.denials.speaking(standing, &path.to_lowercase());
        denial.is_some_and(|denial| speaking.is_none_or(|speaking| denial.rank() >= speaking.rank()))
    }

    /// Whether a rule takes this path away, so that not even its name is shown in a list.
    pub(super) fn is_denied(&self, standing: &Standing, path: &str) -> bool {
        !self.denials.is_empty()
            && self.is_denied_by(standing, path, self.rules.speaking(standing, path).as_ref())
    }

    /// Whether anything could be denied.
    pub(super) fn denies(&self) -> bool {
        !self.denials.is_empty()
    }

    /// Whether the right may be had at any path at this folder or below it. Perhaps, where there are policies.
    pub(super) fn may_have_below(&self, standing: &Standing, right: Right, folder: &str) -> bool {
        self.rules.gives(right) || self.grants.some_below(standing, folder).has(right)
    }

    /// Whether the right may be had anywhere.
    pub(super) fn may_have(&self, standing: &Standing, right: Right) -> bool {
        self.may_have_below(standing, right, "")
    }

    /// What is held, in words: `reader on dev/**`.
    pub(super) fn described(&self) -> String {
        let described = self.shares.iter().take(HELD_SHOWN).map(|share| share.described(&self.conditions));
        let more = self.shares.len().saturating_sub(HELD_SHOWN);
        let more = (more > 0).then(|| format!("{more} more"));
        described.chain(more).collect::<Vec<_>>().join(", ")
    }
}

impl Share {
    /// `reader on dev/** (until ...)`, `policy ci: read, list on prod/*`.
    pub(crate) fn described(&self, conditions: &[Conditions]) -> String {
        let what = match &self.given {
            Given::Role { role, pattern, .. } => format!("{role} on {pattern}"),
            Given::Rule { policy, rule } if rule.deny => format!("policy {policy}: deny on {}", rule.pattern),
            Given::Rule { policy, rule } => {
                format!("policy {policy}: {} on {}", rule.rights.listed(), rule.pattern)
            }
        };
        let group = self.group.as_ref().map(|group| format!("by group {group}"));
        let conditions = self.condition.and_then(|at| conditions.get(at)).map(Conditions::described);
        let more: Vec<String> = group.into_iter().chain(conditions.into_iter().flatten()).collect();
        if more.is_empty() { what } else { format!("{what} ({})", more.join("; ")) }
    }
}

#[cfg(test)]
mod tests;
