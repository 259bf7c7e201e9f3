//! What a secret refers to, and what refers to it, directly and through others. No value is opened.
//!
//! # Invariants
//! - A secret is named to whoever may list it. One between two that he may list is not, and not counted.
//! - It is told from the index, and decides nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Vault;
use super::index::Secrets;
use super::round::{Round, Scope, Stop};
use crate::access::{Place, Reach};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::limits::{REFERENCES_TOLD_MAX, REFERRERS_TOLD_MAX};
use crate::op::Op;
use crate::path::{FolderPath, SecretPath};

/// What a secret refers to, and what refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// Whether its current value is a template.
    pub is_template: bool,
    /// What it is filled in with, in order of their paths.
    pub refers_to: Vec<Referred>,
    /// What is filled in with it: what changes when it does.
    pub referred_by: Vec<Referred>,
    /// Whether there are more of either than [`REFERENCES_TOLD_MAX`].
    pub more: bool,
}

/// A secret on the other side of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// Where it lies.
    pub path: SecretPath,
    /// Whether one names the other itself, and not only through others.
    pub direct: bool,
    /// Whether it is there to be read.
    pub there: bool,
}

impl Vault {
    /// What a secret refers to, and what refers to it, of what the caller may list. Of one in the trash too.
    ///
    /// # Errors
    /// [`crate::error::NotFound`] when there is no such secret; refusals and storage errors as for every verb.
    pub async fn references(&self, op: &Op, path: &SecretPath) -> Result<References, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                let references = round.references(path).await?;
                round.note(Draft::new(Action::SecretReferences, path.as_str(), Outcome::Done)).await?;
                Ok(references)
            })
        })
        .await
    }
}

impl Round<'_> {
    async fn references(&mut self, path: &SecretPath) -> Result<References, Stop> {
        self.permit(Action::SecretReferences, Place::Secret(path.clone()))?;
        let listable = self.listable();
        let index = self.vault.index(self.tenant.ring(), self.op).await?;
        let secrets = index.secrets();
        let Some(known) = secrets.get(path) else {
            return Err(Round::absent(Action::SecretReferences, path));
        };
        let down = Way::from(path, |path| {
            secrets.get(path).and_then(|known| known.references()).unwrap_or_default().iter()
        });
        let mut refers_to = down.told(&secrets, &listable);
        let mut referred_by = referring(path, &secrets).told(&secrets, &listable);
        let more = [&refers_to, &referred_by].iter().any(|side| side.len() > REFERENCES_TOLD_MAX);
        refers_to.truncate(REFERENCES_TOLD_MAX);
        referred_by.truncate(REFERENCES_TOLD_MAX);
        Ok(References { is_template: known.references().is_some(), refers_to, referred_by, more })
    }

    /// What is filled in with a secret that goes, as far as it can be told now: where another head is damaged there is no index, and that
    /// must not keep this one from going. Nor must the time that it takes to make one of many secrets, or to take in what was committed since.
    pub(super) async fn referrers_told(&mut self, path: &SecretPath) -> Vec<String> {
        if self.vault.inner.indexes.is_too_large(self.tenant.id()) {
            return Vec::new();
        }
        let near = self.vault.index_if_near(self.tenant.ring(), self.op.now).await;
        let Ok(Some(index)) = near else { return Vec::new() };
        let secrets = index.secrets();
        if !secrets.has_templates() {
            return Vec::new();
        }
        let told = referring(path, &secrets).told(&secrets, &self.listable());
        told.into_iter().take(REFERRERS_TOLD_MAX).map(|referred| referred.path.to_string()).collect()
    }

    fn listable(&self) -> Reach {
        self.reach_besides(Action::SecretList).unwrap_or_default()
    }
}

/// All that is met on the way from one secret, and whether it is the first step.
struct Way<'s>(BTreeMap<&'s SecretPath, bool>);

/// What is filled in with this one.
fn referring<'s>(path: &SecretPath, secrets: &'s Secrets) -> Way<'s> {
    let mut up: HashMap<&SecretPath, Vec<&SecretPath>> = HashMap::new();
    for (from, known) in secrets.below(&FolderPath::root(), None) {
        known.references().unwrap_or_default().iter().for_each(|to| up.entry(to).or_default().push(from));
    }
    Way::from(path, |path| up.get(path).into_iter().flatten().copied())
}

impl<'s> Way<'s> {
    fn from<I: Iterator<Item = &'s SecretPath>>(path: &SecretPath, next: impl Fn(&SecretPath) -> I) -> Self {
        let first: BTreeSet<&SecretPath> = next(path).collect();
        let mut met = BTreeMap::new();
        let mut todo: Vec<&SecretPath> = first.iter().copied().collect();
        while let Some(at) = todo.pop() {
            // Back where it began: there is a circle.
            if at != path && met.insert(at, first.contains(at)).is_none() {
                todo.extend(next(at));
            }
        }
        Self(met)
    }

    fn told(self, secrets: &Secrets, listable: &Reach) -> Vec<Referred> {
        let referred = |(path, direct): (&SecretPath, bool)| {
            let there = secrets.get(path).is_some_and(|known| known.live().is_some());
            Referred { path: path.clone(), direct, there }
        };
        self.0.into_iter().filter(|(path, _)| listable.covers(path.as_str())).map(referred).collect()
    }
}
