//! Finds secrets by what is known of them, wherever they lie.

mod wanted;

use std::collections::{BTreeSet, HashSet};

use self::wanted::Wanted;
use super::Vault;
use super::index::{Known, Secrets};
use super::list::{ListPart, ListedSecret};
use super::marks::Mark;
use super::reads::Reads;
use super::round::{Round, Scope, Stop};
use crate::access::{Place, Reach};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::metadata::Classification;
use crate::op::Op;
use crate::path::{FolderPath, SecretPath};
use crate::time::Timestamp;

/// What is looked for: all of it must be so. What says nothing lets everything through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Below this folder.
    pub folder: FolderPath,
    /// Words, each of which stands in the path, the description, the owner, the purpose, or a tag. Small letters are capital ones.
    pub words: Vec<String>,
    /// Every one of these tags.
    pub tags: BTreeSet<String>,
    /// This owner.
    pub owner: Option<String>,
    /// No owner.
    pub ownerless: bool,
    /// This classification; an inner `None`: none.
    pub classification: Option<Option<Classification>>,
    /// Whether it is, or opens, data about persons.
    pub personal_data: Option<bool>,
    /// Has to stay there.
    pub residency: Option<String>,
    /// Has expired by then.
    pub expired_by: Option<Timestamp>,
    /// Has not expired by then, or never will.
    pub good_at: Option<Timestamp>,
    /// Its value is older by then than its interval allows.
    pub overdue_by: Option<Timestamp>,
    /// Its value is from before.
    pub unchanged_since: Option<Timestamp>,
    /// Its value is from before, and was not read since.
    pub unread_since: Option<Timestamp>,
    /// In the trash, instead of not in it.
    pub trashed: bool,
    /// One of its values is one of this secret's too. Such a search finds what its asker may read.
    pub same_as: Option<SecretPath>,
    /// One of its values is another secret's too, and not a short one. Such a search finds, and compares, what its asker may read.
    pub reused: bool,
}

impl Default for Search {
    /// Everything that is not in the trash.
    fn default() -> Self {
        Self {
            folder: FolderPath::root(),
            words: Vec::new(),
            tags: BTreeSet::new(),
            owner: None,
            ownerless: false,
            classification: None,
            personal_data: None,
            residency: None,
            expired_by: None,
            good_at: None,
            overdue_by: None,
            unchanged_since: None,
            unread_since: None,
            trashed: false,
            same_as: None,
            reused: false,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In order of their paths.
    pub secrets: Vec<ListedSecret>,
    /// Whether there are more behind these.
    pub more: bool,
}

impl Vault {
    /// Finds secrets, of those whose names the caller may list; by their values, of those that he may read as well.
    ///
    /// # Errors
    /// A refusal where the caller may list nothing at all, or not read what others are to be the same as;
    /// [`crate::error::NotFound`] where that is not there; [`crate::fault::Invalid`] for too many words; storage errors as for every verb.
    pub async fn find(&self, op: &Op, search: &Search, part: ListPart<'_>) -> Result<Found, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                let found = round.find(search, part).await?;
                // Of words nothing is written down: somebody may look for a value by its text.
                let about = search.same_as.as_ref().map_or(search.folder.as_str(), SecretPath::as_str);
                round.note(Draft::new(Action::SecretFind, about, Outcome::Done)).await?;
                Ok(found)
            })
        })
        .await
    }
}

impl Round<'_> {
    async fn find(&mut self, search: &Search, part: ListPart<'_>) -> Result<Found, Stop> {
        let reach = self.reach(Action::SecretFind, Place::Folder(search.folder.clone()))?;
        let wanted = Wanted::of(search)?;
        if let Some(path) = &search.same_as {
            self.permit(Action::SecretGet, Place::Secret(path.clone()))?;
        }
        let unread = match search.unread_since {
            Some(since) => Some(Unread::since(self, since).await?),
            None => None,
        };
        let index = self.vault.index(self.tenant.ring(), self.op).await?;
        let secrets = index.secrets();
        let values = match (&search.same_as, search.reused) {
            (None, false) => None,
            (Some(path), _) => {
                let Some(known) = secrets.get(path).filter(|known| known.live().is_some()) else {
                    return Err(Round::absent(Action::SecretFind, path));
                };
                let wanted = if self.gives(known) { known.marks().collect() } else { HashSet::new() };
                Some(Values { readable: self.readable(), wanted, but: Some(path) })
            }
            (None, true) => {
                let readable = self.readable();
                let wanted = self.reused(&secrets, &readable);
                Some(Values { readable, wanted, but: None })
            }
        };
        let mut found = secrets
            .below(&search.folder, part.after)
            .filter(|(path, known)| wanted.is(path, known) && reach.covers(path.as_str()))
            .filter(|(path, known)| unread.as_ref().is_none_or(|unread| unread.is(path, known)))
            .filter(|(path, known)| {
                values.as_ref().is_none_or(|values| values.are_in(path, known) && self.gives(known))
            })
            .filter_map(|(path, known)| ListedSecret::of(path.clone(), known));
        let shown = found.by_ref().take(part.limit).collect();
        let more = found.next().is_some();
        Ok(Found { secrets: shown, more })
    }
}

impl Round<'_> {
    /// Where the asker may read.
    pub(super) fn readable(&self) -> Reach {
        self.reach_besides(Action::SecretGet).unwrap_or_default()
    }

    /// Whether `get` would give its value: what has expired and is denied then is not told by others that are equal either.
    pub(super) fn gives(&mut self, known: &Known) -> bool {
        known.live().is_some() && !known.metadata().denied_after().is_some_and(|end| self.is_over(end))
    }

    /// The values that more than one secret has, of those that the asker may read. Not the short ones: `true` is no secret.
    pub(super) fn reused(&mut self, secrets: &Secrets, readable: &Reach) -> HashSet<Mark> {
        let mut all = Vec::new();
        for (path, known) in secrets.below(&FolderPath::root(), None) {
            if !readable.covers(path.as_str()) || !self.gives(known) {
                continue;
            }
            let from = all.len();
            all.extend(known.marks().filter(|mark| !mark.is_short()));
            // What stands twice in one secret is not shared by that. Most have one value.
            if all.len().saturating_sub(from) > 1 {
                let own: BTreeSet<Mark> = all.drain(from..).collect();
                all.extend(own);
            }
        }
        all.sort_unstable();
        let twice = all.windows(2).filter_map(|pair| pair.first().filter(|first| pair.last() == Some(first)));
        twice.copied().collect()
    }
}

/// What was not read since a moment, and is from before.
pub(super) struct Unread {
    since: Timestamp,
    reads: Reads,
}

impl Unread {
    pub(super) async fn since(round: &Round<'_>, since: Timestamp) -> Result<Self, Stop> {
        let reads = round.vault.reads_since(round.tenant.ring(), since).await?;
        Ok(Self { since, reads })
    }

    pub(super) fn is(&self, path: &SecretPath, known: &Known) -> bool {
        known.current.is_some_and(|current| current.changed < self.since) && !self.reads.has(path)
    }
}

/// Values that are looked for, by their marks.
struct Values<'s> {
    readable: Reach,
    wanted: HashSet<Mark>,
    /// Whose values they are.
    but: Option<&'s SecretPath>,
}

impl Values<'_> {
    fn are_in(&self, path: &SecretPath, known: &Known) -> bool {
        self.but != Some(path)
            && self.readable.covers(path.as_str())
            && known.marks().any(|mark| self.wanted.contains(&mark))
    }
}
