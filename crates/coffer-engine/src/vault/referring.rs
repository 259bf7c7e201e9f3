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
            for reference in template.references() {
                self.permit(Action::SecretGet, Place::Secret(reference.path.clone()))?;
                if let Err(why) = self.fits(reference, &written).await? {
                    let is_absent = matches!(why, Unresolved::Absent(_));
                    let outcome = if is_absent { Outcome::Absent } else { Outcome::Invalid };
                    return Err(Stop::recorded(Draft::new(action, write.path.as_str(), outcome), why));
                }
            }
            if let Err(why) = self.is_no_knot(&write.path, &written).await? {
                return Err(Stop::recorded(Draft::new(action, write.path.as_str(), Outcome::Invalid), why));
            }
        }
        Ok(())
    }

    /// Whether there will be what a reference names.
    async fn fits(
        &mut self,
        reference: &Reference,
        written: &Written<'_>,
    ) -> Result<Result<(), Unresolved>, Stop> {
        let path = &reference.path;
        Ok(match self.standing(path, written).await? {
            None => Err(Unresolved::Absent(path.as_str().to_owned())),
            Some(standing) if standing.is_file => Err(Unresolved::File(path.as_str().to_owned())),
            Some(standing) if standing.fields != reference.field.is_some() => {
                Err(Unresolved::Field(path.as_str().to_owned()))
            }
            Some(_) => Ok(()),
        })
    }

    /// Whether a secret that is written will not be filled in with itself, or with too much.
    async fn is_no_knot(
        &mut self,
        path: &SecretPath,
        written: &Written<'_>,
    ) -> Result<Result<(), Unresolved>, Stop> {
        let mut graph = Graph::new();
        let mut todo = vec![path.clone()];
        while let Some(next) = todo.pop() {
            if graph.contains_key(&next) {
                continue;
            }
            // Itself besides.
            if graph.len() > REFERENCES_FOLLOWED_MAX {
                return Ok(Err(Unresolved::TooMany));
            }
            let standing = self.standing(&next, written).await?;
            let references = standing.map(|standing| standing.references).unwrap_or_default();
            todo.extend(references.iter().cloned());
            graph.insert(next, references);
        }
        Ok(match bottom_up(&graph, REFERENCES_DEPTH_MAX.saturating_add(1)) {
            Ok(_) => Ok(()),
            Err(Knot::TooDeep) => Err(Unresolved::TooDeep),
            Err(Knot::Cycle(chain)) => {
                let reach = self.reach_besides(Action::SecretList).unwrap_or_default();
                Err(Unresolved::Cycle(named(&chain, &reach)))
            }
        })
    }

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

/// The circle, as far as the asker may know of it.
fn named(chain: &[SecretPath], reach: &Reach) -> Vec<Option<String>> {
    let named = |path: &SecretPath| reach.covers(path.as_str()).then(|| path.as_str().to_owned());
    chain.iter().map(named).collect()
}
