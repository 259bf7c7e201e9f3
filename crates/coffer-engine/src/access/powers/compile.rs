//! From records to powers.

use std::collections::HashMap;
use std::sync::Arc;

use super::index::RuleIndex;
use super::{Given, Powers, Share};
use crate::access::condition::Conditions;
use crate::access::identity::{Attached, Grant, Identity};
use crate::access::policy::{Rule, RulePattern};
use crate::access::{Rights, Role};
use crate::fault::Invalid;
use crate::limits::POWERS_RULES_MAX;
use crate::slug::{PolicyName, RoleName};

/// What an identity's powers come from: its record, and what that names.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Groups that it is in: what they are called, and give.
    pub(crate) groups: Vec<(String, Vec<Grant>, Vec<Attached>)>,
    /// The tenant's own roles that any of it names.
    pub(crate) roles: HashMap<RoleName, Rights>,
    /// The policies that any of it names.
    pub(crate) policies: HashMap<PolicyName, Vec<Arc<Rule>>>,
}

/// Compiles what an identity may do. A role or a policy that is not there gives nothing.
///
/// # Errors
/// [`Invalid`] beyond [`POWERS_RULES_MAX`] rules: nothing is given then, because what is left out might be a deny.
pub(crate) fn compile(identity: &Identity, sources: &Sources) -> Result<Powers, Invalid> {
    let mut powers = Powers::default();
    let own = (None, &identity.grants, &identity.policies);
    let by_groups = sources.groups.iter().map(|(name, grants, policies)| (Some(name), grants, policies));
    for (group, grants, policies) in std::iter::once(own).chain(by_groups) {
        for grant in grants {
            let rights = rights_of(&grant.role, sources);
            let condition = powers.condition(&grant.when);
            powers.grants.add(&grant.pattern, rights, condition);
            let given = Given::Role { role: grant.role.clone(), rights, pattern: grant.pattern.clone() };
            powers.shares.push(Share { group: group.cloned(), given, condition });
        }
        for attached in policies {
            let condition = powers.condition(&attached.when);
            for rule in sources.policies.get(&attached.policy).into_iter().flatten() {
                let given = Given::Rule { policy: attached.policy.clone(), rule: Arc::clone(rule) };
                powers.shares.push(Share { group: group.cloned(), given, condition });
            }
        }
        if powers.shares.len() > POWERS_RULES_MAX {
            return Err(Invalid::new(
                "access.too_many_rules",
                format!("what it may do is said by more than {POWERS_RULES_MAX} grants and rules"),
                "take it out of a group, or a policy from it",
            ));
        }
    }
    powers.index_rules();
    Ok(powers)
}

/// The rights of a role, a built-in one or the tenant's own.
pub(in crate::access) fn rights_of(role: &RoleName, sources: &Sources) -> Rights {
    match Role::named(role.as_str()) {
        Some(role) => role.rights(),
        None => sources.roles.get(role).copied().unwrap_or_default(),
    }
}

impl Powers {
    /// The number of these conditions; equal ones share it.
    fn condition(&mut self, when: &Conditions) -> Option<usize> {
        if when.is_none() {
            return None;
        }
        let known = self.conditions.iter().position(|one| one == when);
        Some(known.unwrap_or_else(|| {
            self.conditions.push(when.clone());
            self.conditions.len().saturating_sub(1)
        }))
    }

    pub(super) fn index_rules(&mut self) {
        let rules = || {
            self.shares.iter().filter_map(|share| match &share.given {
                Given::Rule { rule, .. } => Some((rule, share.condition)),
                Given::Role { .. } => None,
            })
        };
        let mut patterns: Vec<&RulePattern> = rules().map(|(rule, _)| &rule.pattern).collect();
        patterns.sort_by(|one, other| one.specificity(other));
        patterns.dedup();
        let ranks: HashMap<&RulePattern, usize> =
            patterns.into_iter().enumerate().map(|(rank, pattern)| (pattern, rank)).collect();
        let ranked = || {
            rules().map(|(rule, condition)| {
                (rule, condition, ranks.get(&rule.pattern).copied().unwrap_or_default())
            })
        };
        let index = RuleIndex::new(ranked(), RulePattern::clone);
        let denials = RuleIndex::new(ranked().filter(|(rule, _, _)| rule.deny), RulePattern::folded);
        (self.rules, self.denials) = (index, denials);
    }
}
