//! What a promotion would do, from what is known of both sides.

use std::collections::BTreeSet;

use coffer_wire::Patch;
use coffer_wire::compare::ComparedName;
use coffer_wire::secret::{Metadata, MetadataChange, Secret};

use crate::error::{CliError, Exit};

/// What is to be done, in the order of names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// How many are there already with the same value.
    pub(super) same: usize,
    /// Those that hold files: they are carried by themselves.
    pub(super) files: Vec<String>,
}

/// One secret to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: String,
    /// The version that it comes from.
    pub(super) from: u64,
    /// The version that it follows; `None`: there is none.
    pub(super) to: Option<u64>,
}

impl Step {
    pub(super) fn what(&self) -> &'static str {
        if self.to.is_some() { "change" } else { "make" }
    }
}

impl Plan {
    /// What is to be done, of all names or of these alone. What may be different is taken to be.
    pub(super) fn of(names: &[ComparedName], only: &[String]) -> Result<Self, CliError> {
        let wanted: BTreeSet<&str> = only.iter().map(String::as_str).collect();
        let mut plan = Self::default();
        let mut met = BTreeSet::new();
        for name in names.iter().filter(|name| wanted.is_empty() || wanted.contains(name.name.as_str())) {
            let mut sides = name.found.iter();
            let (from, to) = (sides.next().and_then(Option::as_ref), sides.next().and_then(Option::as_ref));
            let Some(from) = from else { continue };
            met.insert(name.name.as_str());
            if to.is_some_and(|to| to.group.is_some() && to.group == from.group) {
                plan.same = plan.same.saturating_add(1);
                continue;
            }
            if from.is_file {
                plan.files.push(name.name.clone());
                continue;
            }
            let to = to.map(|to| to.version);
            plan.steps.push(Step { name: name.name.clone(), from: from.version, to });
        }
        wanted.difference(&met).next().map_or(Ok(plan), |name| Err(nothing(name)))
    }

    pub(super) fn made(&self) -> usize {
        self.steps.iter().filter(|step| step.to.is_none()).count()
    }

    pub(super) fn changed(&self) -> usize {
        self.steps.iter().filter(|step| step.to.is_some()).count()
    }

    /// Whether these are the versions that were shown, in the order of the steps.
    pub(super) fn is_as_shown(&self, read: &[Secret]) -> bool {
        self.steps.iter().map(|step| step.from).eq(read.iter().map(|secret| secret.version))
    }

    /// For people.
    pub(super) fn rows(&self) -> Vec<[String; 4]> {
        let version = |number: u64| format!("v{number}");
        let row = |step: &Step| {
            let to = step.to.map_or_else(|| "-".to_owned(), version);
            [step.name.clone(), step.what().to_owned(), version(step.from), to]
        };
        self.steps.iter().map(row).collect()
    }
}

/// What is known about a secret, for another one that has nothing yet. One that lay in the trash there loses what was known of it, but
/// its tags.
pub(super) fn metadata(known: &Metadata) -> MetadataChange {
    fn all<T: Clone>(known: Option<&T>) -> Patch<T> {
        known.map_or(Patch::Clear, |known| Patch::Set(known.clone()))
    }
    MetadataChange {
        owner: all(known.owner.as_ref()),
        description: all(known.description.as_ref()),
        add_tags: known.tags.clone(),
        remove_tags: BTreeSet::new(),
        expires: all(known.expires.as_ref()),
        on_expiry: Some(known.on_expiry),
        classification: all(known.classification.as_ref()),
        personal_data: Some(known.personal_data),
        residency: all(known.residency.as_ref()),
        purpose: all(known.purpose.as_ref()),
        rotate_every_seconds: all(known.rotate_every_seconds.as_ref()),
    }
}

fn nothing(name: &str) -> CliError {
    CliError::new(
        Exit::NotFound,
        "promote.nothing",
        format!("there is no {name} to promote"),
        "`coffer compare FROM TO` lists what there is, by its name below the folders",
    )
}

#[cfg(test)]
mod tests;
