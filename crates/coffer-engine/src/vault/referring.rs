//! What a template may refer to when it is written.
//!
//! # Invariants
//! - Whoever writes a reference may read what it names: nobody has a stronger reader fetch something for him.
//! - It is asked whether he may before it is looked whether it is there.
//! - All heads on the way are expected by the commit: two writers can't close a circle together. Undoing a change can; then reading says so.

use std::collections::BTreeMap;

use super::fill::order::{Graph, Knot, bottom_up};
use super::head::Head;
use super::held::Held;
use super::round::{Round, Stop};
use super::set::Plain;
use crate::access::{Place, Reach};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::fault::Corrupt;
use crate::limits::{REFERENCES_DEPTH_MAX, REFERENCES_FOLLOWED_MAX};
use crate::path::SecretPath;
use crate::reference::{Reference, Template, Unresolved};
use crate::storage::keyspace;

/// What readers get at a path when the writes are done, without the value.
struct Standing {
    is_file: bool,
    fields: bool,
    references: Vec<SecretPath>,
}

/// What is written together, by its path.
type Written<'w> = BTreeMap<&'w SecretPath, &'w Plain>;

impl Round<'_> {
    /// Checks what the templates among these writes refer to, as all will stand together.
    pub(super) async fn check_templates(&mut self, action: Action, writes: &[Plain]) -> Result<(), Stop> {
        if writes.iter().all(|write| write.template.is_none()) {
            return Ok(());
        }
        let written: Written<'_> =
            writes.iter().filter(|write| write.held.is_some()).map(|write| (&write.path, write)).collect();
        for write in writes {
            let Some(template) = &write.template else { continue };
            let refuse = |why| refused(action, &write.path, why);
            for reference in template.references() {
                self.permit(Action::SecretGet, Place::Secret(reference.path.clone()))?;
                let standing = self.standing(&reference.path, &written).await?;
                fits(reference, standing.as_ref()).map_err(refuse)?;
            }
            let graph =
                self.graph_from(&write.path, &written).await?.ok_or_else(|| refuse(Unresolved::TooMany))?;
            self.is_no_knot(&graph).map_err(refuse)?;
        }
        Ok(())
    }

    /// What a secret that is written will be filled in with, and what that refers to; `None`: it is too much.
    async fn graph_from(&mut self, path: &SecretPath, written: &Written<'_>) -> Result<Option<Graph>, Stop> {
        let mut graph = Graph::new();
        let mut todo = vec![path.clone()];
        while let Some(next) = todo.pop() {
            if graph.contains_key(&next) {
                continue;
            }
            // Itself besides.
            if graph.len() > REFERENCES_FOLLOWED_MAX {
                return Ok(None);
            }
            let standing = self.standing(&next, written).await?;
            let references = standing.map(|standing| standing.references).unwrap_or_default();
            todo.extend(references.iter().cloned());
            graph.insert(next, references);
        }
        Ok(Some(graph))
    }

    /// Whether a secret that is written will not be filled in with itself, nor from too deep.
    fn is_no_knot(&self, graph: &Graph) -> Result<(), Unresolved> {
        match bottom_up(graph, REFERENCES_DEPTH_MAX.saturating_add(1)) {
            Ok(_) => Ok(()),
            Err(Knot::TooDeep) => Err(Unresolved::TooDeep),
            Err(Knot::Cycle(chain)) => {
                let reach = self.reach_besides(Action::SecretList).unwrap_or_default();
                Err(Unresolved::Cycle(named(&chain, &reach)))
            }
        }
    }

    /// What will stand at a path.
    async fn standing(&mut self, path: &SecretPath, written: &Written<'_>) -> Result<Option<Standing>, Stop> {
        if let Some(write) = written.get(path) {
            let references = write.template.as_ref().map(Template::paths).unwrap_or_default();
            let references = references.into_iter().cloned().collect();
            // A file is written alone, and no template with it.
            return Ok(Some(Standing {
                is_file: false,
                fields: write.held.as_ref().is_some_and(Held::is_fields),
                references,
            }));
        }
        let key = keyspace::head(self.tenant.ring(), path);
        let Some(seen) = self.read::<Head>(key).await? else { return Ok(None) };
        if seen.value.path != path.as_str() {
            return Err(Corrupt::new("a secret's head").into());
        }
        let Some(record) = seen.value.current_record().filter(|_| seen.value.is_live()) else {
            return Ok(None);
        };
        let references = record.references()?.unwrap_or_default();
        let is_file = seen.value.holds_file();
        Ok(Some(Standing { is_file, fields: seen.value.holds_fields(), references }))
    }
}

/// Whether there will be what a reference names.
fn fits(reference: &Reference, standing: Option<&Standing>) -> Result<(), Unresolved> {
    let named = || reference.path.as_str().to_owned();
    match standing {
        None => Err(Unresolved::Absent(named())),
        Some(standing) if standing.is_file => Err(Unresolved::File(named())),
        Some(standing) if standing.fields != reference.field.is_some() => Err(Unresolved::Field(named())),
        Some(_) => Ok(()),
    }
}

fn refused(action: Action, path: &SecretPath, why: Unresolved) -> Stop {
    let is_absent = matches!(why, Unresolved::Absent(_));
    let outcome = if is_absent { Outcome::Absent } else { Outcome::Invalid };
    Stop::recorded(Draft::new(action, path.as_str(), outcome), why)
}

/// The circle, as far as the asker may know of it.
fn named(chain: &[SecretPath], reach: &Reach) -> Vec<Option<String>> {
    let named = |path: &SecretPath| reach.covers(path.as_str()).then(|| path.as_str().to_owned());
    chain.iter().map(named).collect()
}
