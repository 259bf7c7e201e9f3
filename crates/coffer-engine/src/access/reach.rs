//! Where somebody may do something: for going through many paths, of which each is decided.

use super::identity::Identity;
use super::pattern::PathPattern;
use crate::action::{Action, Right};

/// The paths at which an identity may do one thing, as its grants say.
///
/// Like a permit it is made by a decision alone, and unlike one it is asked for each path.
/// `Default` is nowhere.
#[derive(Debug, Default)]
pub(crate) struct Reach(Vec<PathPattern>);

impl Reach {
    /// Of this identity.
    pub(super) fn of(identity: &Identity, action: Action) -> Self {
        Self(granting(identity, action.needs()).cloned().collect())
    }

    /// Whether this path is among them.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| pattern.covers(path))
    }

    /// Whether any path at this folder or below it may be among them.
    pub(crate) fn covers_some_below(&self, folder: &str) -> bool {
        self.0.iter().any(|pattern| pattern.covers_some_below(folder))
    }

    /// Whether there is none at all.
    pub(super) fn is_nowhere(&self) -> bool {
        self.0.is_empty()
    }
}

/// The patterns of the grants that give this right.
pub(super) fn granting(identity: &Identity, needed: Right) -> impl Iterator<Item = &PathPattern> {
    identity.grants.iter().filter(move |grant| grant.role.gives(needed)).map(|grant| &grant.pattern)
}
