//! Fills templates in: with the current versions of what they refer to, and of what these refer to.
//!
//! What is to be read is known from heads, before anything is opened. Each secret is read as if it had been asked for: with a permit, an
//! entry and a receipt of its own, in the one commit of the read, which expects the heads of all.
//!
//! # Invariants
//! - Whoever may not read a secret gets nothing that it stands in; whether it is there is not told to him. Its name he learns if he may
//!   list it, or may read the template that names it, which he can have as it was written.
//! - What has expired and is denied then stands in nothing.
//! - A read without templates looks at nothing more than it did.
//! - Filled in values are made in memory of their size, which is wiped.

use std::collections::BTreeMap;

use coffer_encryption::{SecretBytes, hash};

use self::order::Knot;
use super::get::{Found, Opened};
use super::round::{Round, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{ErrorKind, NotFound};
use crate::fault::Corrupt;
use crate::limits::{FILLED_IN_MAX_BYTES, REFERENCES_DEPTH_MAX, REFERENCES_FOLLOWED_MAX, VALUE_MAX_BYTES};
use crate::path::SecretPath;
use crate::reference::{Piece, Reference, Unresolved, pieces};
use crate::secret::{Secret, Value};
use crate::time::Timestamp;
use crate::version::Which;

pub(super) mod order;

impl Round<'_> {
    /// What these are filled in with, each once, in an order in which none refers to one behind it.
    pub(super) async fn followed(&mut self, asked: &[Found]) -> Result<Vec<Found>, Stop> {
        let mut followed: BTreeMap<SecretPath, Found> = BTreeMap::new();
        let mut graph = BTreeMap::new();
        let mut todo: Vec<(SecretPath, SecretPath)> = asked.iter().flat_map(from_it).collect();
        while let Some((from, to)) = todo.pop() {
            if followed.contains_key(&to) {
                continue;
            }
            if followed.len() >= REFERENCES_FOLLOWED_MAX {
                return Err(unresolved(&from, Unresolved::TooMany));
            }
            let found = self.target(&from, &to).await?;
            todo.extend(from_it(&found));
            graph.insert(to.clone(), found.references.clone().unwrap_or_default());
            followed.insert(to, found);
        }
        if followed.is_empty() {
            return Ok(Vec::new());
        }
        let ordered = order::bottom_up(&graph, REFERENCES_DEPTH_MAX).map_err(|knot| knotted(asked, knot))?;
        Ok(ordered.iter().filter_map(|path| followed.remove(path)).collect())
    }

    /// A secret that another one is filled in with.
    async fn target(&mut self, from: &SecretPath, to: &SecretPath) -> Result<Found, Stop> {
        let permit = match self.permit(Action::SecretGet, Place::Secret(to.clone())) {
            Err(Stop::Recorded(no)) if matches!(no.1, ErrorKind::Refused(_)) && !self.may_list(to) => {
                return Err(Stop::recorded(no.0, Unresolved::Denied(from.as_str().to_owned())));
            }
            permit => permit?,
        };
        match self.found_version(to, &Which::CURRENT, permit).await {
            Ok(found) => {
                found.holds_a_value(Unresolved::File(to.as_str().to_owned()))?;
                Ok(found.filled_into(from.clone()))
            }
            Err(Stop::Recorded(no))
                if matches!(no.1, ErrorKind::NotFound(NotFound::Secret(_) | NotFound::Version(_))) =>
            {
                Err(Stop::recorded(no.0, broken(from, to.as_str())))
            }
            Err(stop) => Err(stop),
        }
    }

    /// Whether the asker may know of this secret.
    pub(super) fn may_list(&self, path: &SecretPath) -> bool {
        self.reach_besides(Action::SecretList).is_some_and(|reach| reach.covers(path.as_str()))
    }
}

/// What it refers to, with who says so.
fn from_it(found: &Found) -> Vec<(SecretPath, SecretPath)> {
    let references = found.references.iter().flatten();
    references.map(|to| (found.path().clone(), to.clone())).collect()
}

fn knotted(asked: &[Found], knot: Knot) -> Stop {
    let first = asked.first().map_or("", |found| found.path().as_str());
    let why = match knot {
        Knot::TooDeep => Unresolved::TooDeep,
        // All of them may be read.
        Knot::Cycle(chain) => {
            Unresolved::Cycle(chain.iter().map(|path| Some(path.as_str().to_owned())).collect())
        }
    };
    Stop::recorded(Draft::new(Action::SecretGet, first, Outcome::Invalid), why)
}

fn broken(from: &SecretPath, target: &str) -> Unresolved {
    Unresolved::Broken { from: from.as_str().to_owned(), target: target.to_owned() }
}

fn unresolved(path: &SecretPath, why: Unresolved) -> Stop {
    Stop::recorded(Draft::new(Action::SecretGet, path.as_str(), Outcome::Invalid), why)
}

/// Fills in, one after the other, the first so many for those behind them, which are what was asked for.
pub(super) fn in_order(opened: Vec<Opened>, followed: usize) -> Result<Vec<Secret>, Stop> {
    let mut filler = Filler { done: BTreeMap::new(), left: FILLED_IN_MAX_BYTES };
    let mut opened = opened.into_iter();
    for target in opened.by_ref().take(followed) {
        let path = target.secret.path().clone();
        let known = filler.known(&target);
        let secret = filler.filled(target, &known)?;
        filler.done.insert(path, Done { known, value: secret.into_value() });
    }
    let asked = |asked: Opened| match &asked.references {
        None => Ok(asked.secret),
        Some(_) => {
            let known = filler.known(&asked);
            filler.filled(asked, &known)
        }
    };
    opened.map(asked).collect()
}

/// What has been filled in, for what is still to be.
struct Filler {
    done: BTreeMap<SecretPath, Done>,
    /// Bytes that may still be filled in.
    left: usize,
}

struct Done {
    value: Value,
    known: Known,
}

/// What is known of a value by all that is in it.
struct Known {
    /// Another one when anything in it has another version.
    versions: [u8; 32],
    /// The first end of any of them.
    expires: Option<Timestamp>,
}

impl Filler {
    fn known(&self, opened: &Opened) -> Known {
        let mut versions = [opened.id.as_slice(), &opened.secret.version().get().to_be_bytes()].concat();
        let mut expires = opened.secret.expires();
        let within = opened.references.iter().flatten().filter_map(|path| self.done.get(path));
        for Done { known, .. } in within {
            versions.extend_from_slice(&known.versions);
            expires = [expires, known.expires].into_iter().flatten().min();
        }
        Known { versions: hash::sha256(&versions), expires }
    }

    fn filled(&mut self, opened: Opened, known: &Known) -> Result<Secret, Stop> {
        let secret = opened.secret;
        if opened.references.is_none() {
            return Ok(secret);
        }
        let mut left = VALUE_MAX_BYTES.min(self.left);
        let room = left;
        let value = match secret.value() {
            Value::Bytes(template) => self.text(secret.path(), template, &mut left).map(Value::Bytes),
            Value::Fields(fields) => {
                let fields = fields.iter().map(|(name, template)| {
                    Ok((name.clone(), self.text(secret.path(), template, &mut left)?))
                });
                fields.collect::<Result<_, Stop>>().map(Value::Fields)
            }
        }?;
        self.left = self.left.saturating_sub(room.saturating_sub(left));
        let [a, b, c, d, e, f, g, h, ..] = known.versions;
        Ok(secret.that_expires(known.expires).filled_in(value, [a, b, c, d, e, f, g, h]))
    }

    /// One template filled in; `left` bytes there may be.
    fn text(&self, path: &SecretPath, template: &SecretBytes, left: &mut usize) -> Result<SecretBytes, Stop> {
        let folder = path.folder();
        let mut parts = Vec::new();
        for piece in pieces(template.expose(), &folder) {
            let part = match piece.map_err(|_| Corrupt::new("a template"))? {
                Piece::Text(text) => text,
                Piece::Reference(reference) => self.held(path, &reference)?,
            };
            *left = left.checked_sub(part.len()).ok_or_else(|| unresolved(path, Unresolved::TooLarge))?;
            parts.push(part);
        }
        let length = parts.iter().fold(0, |sum: usize, part| sum.saturating_add(part.len()));
        let mut filled = Vec::with_capacity(length);
        parts.iter().for_each(|part| filled.extend_from_slice(part));
        Ok(SecretBytes::from_vec(filled))
    }

    fn held(&self, from: &SecretPath, reference: &Reference) -> Result<&[u8], Stop> {
        // What the head does not name was not followed.
        let done = self.done.get(&reference.path).ok_or(Corrupt::new("a template"))?;
        let held = match (&done.value, &reference.field) {
            (Value::Bytes(value), None) => Some(value),
            (Value::Fields(fields), Some(field)) => fields.get(field),
            _ => None,
        };
        held.map(SecretBytes::expose).ok_or_else(|| {
            let field = reference.field.as_ref().map(|field| format!("#{field}")).unwrap_or_default();
            unresolved(from, broken(from, &format!("{}{field}", reference.path)))
        })
    }
}
