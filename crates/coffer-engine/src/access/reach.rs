//! Where somebody may do something: for going through many paths, of which each is decided.

use std::sync::Arc;

use super::decide::Holder;
use super::powers::{Powers, Standing, Verdict};
use crate::action::{Action, Right};

/// The paths at which an identity may do one thing.
///
/// Like a permit it is made by a decision alone, and unlike one it is asked for each path.
/// `Default` is nowhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach(Option<Where>);

#[derive(Debug, Clone)]
struct Where {
    powers: Arc<Powers>,
    standing: Arc<Standing>,
    right: Right,
}

impl Reach {
    /// Of whoever asks.
    pub(super) fn of(holder: &Holder<'_>, action: Action) -> Self {
        let (powers, standing) = (Arc::clone(holder.powers), Arc::clone(holder.standing));
        Self(Some(Where { powers, standing, right: action.needs() }))
    }

    /// Whether this path is among them.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.0.as_ref().is_some_and(|at| {
            matches!(at.powers.verdict_at(&at.standing, at.right, path), Verdict::Yes | Verdict::With(_))
        })
    }

    /// Whether any path at this folder or below it may be among them.
    pub(crate) fn covers_some_below(&self, folder: &str) -> bool {
        self.0.as_ref().is_some_and(|at| at.powers.may_have_below(&at.standing, at.right, folder))
    }

    /// Whether there is none at all.
    pub(super) fn is_nowhere(&self) -> bool {
        self.0.as_ref().is_none_or(|at| !at.powers.may_have(&at.standing, at.right))
    }
}

/// What a rule takes away even from lists, so that its names are not shown.
#[derive(Debug)]
pub(crate) struct Hidden {
    powers: Arc<Powers>,
    standing: Arc<Standing>,
}

impl Hidden {
    /// From whoever asks; `None` when nothing is.
    pub(crate) fn from(holder: &Holder<'_>) -> Option<Self> {
        let hides = holder.powers.denies();
        hides.then(|| Self { powers: Arc::clone(holder.powers), standing: Arc::clone(holder.standing) })
    }

    /// Whether this secret is.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.powers.is_denied(&self.standing, path)
    }

    /// Whether this folder is: all that lies in it.
    pub(crate) fn has_folder(&self, folder: &str) -> bool {
        self.powers.is_denied(&self.standing, &format!("{folder}/"))
    }
}
