//! Why: all that speaks of a right at a place, and what came of it.

use super::{Given, Powers, Standing, Verdict};
use crate::access::decide::Place;
use crate::action::Right;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What it says: `reader on dev/**`, `policy ci: deny on prod/*`.
    pub what: String,
    /// What it does here.
    pub effect: Effect,
}

/// What a grant or a rule does at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It gives the right here.
    Gives,
    /// It takes every right here.
    Denies,
    /// It is about this place, and gives other rights.
    GivesOthers,
    /// It would, but its conditions don't hold now.
    NotNow,
    /// It would, but a rule that is more specific speaks in its place.
    LessSpecific,
    /// It gives the right elsewhere.
    Elsewhere,
}

impl Effect {
    /// As the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gives => "gives",
            Self::Denies => "denies",
            Self::GivesOthers => "gives_other_rights",
            Self::NotNow => "conditions_not_met",
            Self::LessSpecific => "less_specific",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl Powers {
    /// What was looked at, and what each does: those that decide first.
    pub(crate) fn reasons(&self, standing: &Standing, right: Right, place: &Place) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .shares
            .iter()
            .filter_map(|share| {
                let effect = self.effect(standing, &share.given, share.condition, (right, place))?;
                Some(Reason { what: share.described(&self.conditions), effect })
            })
            .collect();
        reasons.sort_by_key(|reason| match reason.effect {
            Effect::Denies => 0,
            Effect::Gives => 1,
            Effect::NotNow => 2,
            Effect::LessSpecific => 3,
            Effect::GivesOthers => 4,
            Effect::Elsewhere => 5,
        });
        reasons
    }

    fn effect(
        &self,
        standing: &Standing,
        given: &Given,
        condition: Option<usize>,
        (right, place): (Right, &Place),
    ) -> Option<Effect> {
        let alone = self.alone(given);
        let everything = Standing::default();
        match given {
            Given::Role { rights, .. } => Some(match alone.verdict(&everything, right, place) {
                Verdict::Yes if standing.holds(condition) => Effect::Gives,
                Verdict::Yes => Effect::NotNow,
                _ if !rights.has(right) => Effect::GivesOthers,
                _ => Effect::Elsewhere,
            }),
            Given::Rule { rule, .. } => {
                let effect = match alone.verdict(&everything, right, place) {
                    Verdict::Denied => Effect::Denies,
                    Verdict::Yes | Verdict::With(_) => Effect::Gives,
                    Verdict::No if rule.rights.has(right) => return Some(Effect::Elsewhere),
                    // A rule that gives other rights elsewhere has nothing to do with it.
                    Verdict::No => return None,
                };
                Some(match (standing.holds(condition), self.verdict(standing, right, place)) {
                    (false, _) => Effect::NotNow,
                    (true, Verdict::Denied) if effect == Effect::Denies => effect,
                    (true, Verdict::Yes | Verdict::With(_)) if effect == Effect::Gives => effect,
                    (true, _) => Effect::LessSpecific,
                })
            }
        }
    }

    /// Powers that come from one thing alone, which always holds.
    fn alone(&self, given: &Given) -> Self {
        let mut alone = Self::default();
        let share = super::Share { group: None, given: given.clone(), condition: None };
        if let Given::Role { rights, pattern, .. } = given {
            alone.grants.add(pattern, *rights, None);
        }
        alone.shares.push(share);
        alone.index_rules();
        alone
    }
}
