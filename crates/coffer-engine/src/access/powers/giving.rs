//! What may be given: nobody grants more than they hold.
//!
//! Where it is not sure that all of something is held, it counts as not held. So what only a rule with a `+` gives, or what lasts for less
//! long than what is to be given, can't be given on.

use std::collections::HashMap;
use std::sync::Arc;

use super::compile::rights_of;
use super::{Given, Powers, Sources, Standing};
use crate::access::identity::{Attached, Grant};
use crate::access::policy::Rule;
use crate::access::{PathPattern, Rights};
use crate::action::Right;
use crate::slug::PolicyName;

impl Powers {
    /// The rights of a grant that are not held on all that it covers, for as long as it does.
    pub(crate) fn lacks_for(&self, standing: &Standing, grant: &Grant, sources: &Sources) -> Rights {
        let held =
            self.held_on_all(standing, grant.pattern.path(), grant.pattern.is_below(), grant.when.until_ms);
        rights_of(&grant.role, sources).without(held)
    }

    /// The same, of rights on everything, for as long as there is no end.
    pub(crate) fn lacks_everywhere(&self, standing: &Standing, rights: Rights) -> Rights {
        rights.without(self.held_on_all(standing, "", true, None))
    }

    /// What is not held of all that a rule takes away, should it be gone.
    pub(crate) fn lacks_for_denial(&self, standing: &Standing, rule: &Rule) -> Rights {
        if !rule.deny {
            return Rights::NONE;
        }
        Rights::of(Right::ON_SECRETS).without(self.held_on_all(standing, rule.pattern.folder().0, true, None))
    }

    /// The same, of a rule of a policy.
    pub(crate) fn lacks_for_rule(&self, standing: &Standing, rule: &Rule, until_ms: Option<u64>) -> Rights {
        if rule.deny {
            return Rights::NONE;
        }
        rule.rights.without(self.held_on_all(standing, rule.pattern.folder().0, true, until_ms))
    }

    /// The same, of a policy that is attached.
    pub(crate) fn lacks_for_policy(
        &self,
        standing: &Standing,
        attached: &Attached,
        policies: &HashMap<PolicyName, Vec<Arc<Rule>>>,
    ) -> Rights {
        let rules = policies.get(&attached.policy).into_iter().flatten();
        rules.fold(Rights::NONE, |lacks, rule| {
            lacks.and(self.lacks_for_rule(standing, rule, attached.when.until_ms))
        })
    }

    /// What somebody else has and this one has not.
    pub(crate) fn lacks_of(&self, standing: &Standing, other: &Self) -> Rights {
        other.shares.iter().fold(Rights::NONE, |lacks, share| {
            let until =
                share.condition.and_then(|at| other.conditions.get(at)).and_then(|when| when.until_ms);
            lacks.and(match &share.given {
                Given::Role { rights, pattern, .. } => {
                    rights.without(self.held_on_all(standing, pattern.path(), pattern.is_below(), until))
                }
                Given::Rule { rule, .. } => self.lacks_for_rule(standing, rule, until),
            })
        })
    }

    /// What is surely held on a whole folder, or on one path, for at least so long.
    fn held_on_all(&self, standing: &Standing, path: &str, below: bool, until_ms: Option<u64>) -> Rights {
        let lasts = |condition: Option<usize>| {
            let end = condition.and_then(|at| self.conditions.get(at)).and_then(|when| when.until_ms);
            standing.holds(condition) && end.is_none_or(|end| until_ms.is_some_and(|until| until <= end))
        };
        // Any deny at all: it is not looked for where it reaches.
        if self.shares.iter().any(|share| matches!(&share.given, Given::Rule { rule, .. } if rule.deny)) {
            return Rights::NONE;
        }
        let covers = |pattern: &PathPattern| {
            if below { pattern.covers_all_below(path) } else { pattern.covers(path) }
        };
        self.shares.iter().filter(|share| lasts(share.condition)).fold(Rights::NONE, |held, share| {
            match &share.given {
                Given::Role { rights, pattern, .. } if covers(pattern) => held.and(*rights),
                _ => held,
            }
        })
    }
}
