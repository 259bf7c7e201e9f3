//! Roles on patterns, by the folder or the path that the pattern names.

use std::collections::HashMap;

use super::Standing;
use crate::access::{PathPattern, Rights};

/// What roles give, at each folder and path that is named.
#[derive(Debug, Default)]
pub(super) struct GrantIndex(HashMap<Box<str>, Here>);

/// What is given here.
#[derive(Debug, Default)]
struct Here {
    /// On everything below.
    below: Rights,
    /// On this very path.
    exact: Rights,
    /// What holds under conditions: their number, the rights, and whether they are on everything below.
    sometimes: Vec<(usize, Rights, bool)>,
}

impl GrantIndex {
    pub(super) fn add(&mut self, pattern: &PathPattern, rights: Rights, condition: Option<usize>) {
        let here = self.0.entry(pattern.path().into()).or_default();
        match (condition, pattern.is_below()) {
            (Some(condition), below) => here.sometimes.push((condition, rights, below)),
            (None, true) => here.below = here.below.and(rights),
            (None, false) => here.exact = here.exact.and(rights),
        }
    }

    /// At a path.
    pub(super) fn at(&self, standing: &Standing, path: &str) -> Rights {
        let above = path.rfind('/').map_or("", |end| path.get(..end).unwrap_or_default());
        self.below(standing, above).and(self.here(standing, path, false))
    }

    /// On everything below a folder.
    pub(super) fn below(&self, standing: &Standing, folder: &str) -> Rights {
        let mut rights = self.here(standing, "", true);
        if folder.is_empty() {
            return rights;
        }
        for (end, _) in folder.match_indices('/') {
            rights = rights.and(self.here(standing, folder.get(..end).unwrap_or_default(), true));
        }
        rights.and(self.here(standing, folder, true))
    }

    /// On anything at this folder or below it.
    pub(super) fn some_below(&self, standing: &Standing, folder: &str) -> Rights {
        let lies_below = |path: &str| {
            folder.is_empty()
                || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let named = self.0.keys().filter(|path| lies_below(path));
        named.fold(self.below(standing, folder), |rights, path| {
            rights.and(self.here(standing, path, true)).and(self.here(standing, path, false))
        })
    }

    fn here(&self, standing: &Standing, path: &str, below: bool) -> Rights {
        let Some(here) = self.0.get(path) else { return Rights::NONE };
        let always = if below { here.below } else { here.exact };
        let sometimes = here
            .sometimes
            .iter()
            .filter(|(condition, _, is_below)| *is_below == below && standing.holds(Some(*condition)));
        sometimes.fold(always, |rights, (_, more, _)| rights.and(*more))
    }
}
