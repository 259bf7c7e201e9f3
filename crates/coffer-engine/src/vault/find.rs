//! Finds secrets by what is known of them, wherever they lie.

use std::collections::{BTreeSet, HashSet};

use memchr::memchr2_iter;

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
use crate::fault::Invalid;
use crate::limits::SEARCH_WORDS_MAX;
use crate::metadata::{Classification, Metadata};
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
    /// [`crate::error::NotFound`] where that is not there; [`Invalid`] for too many words; storage errors as for every verb.
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
        let index = self.vault.index(self.tenant.ring(), self.op.now).await?;
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

/// A search that can be asked of each secret.
struct Wanted<'s> {
    search: &'s Search,
    words: Vec<Word>,
}

impl<'s> Wanted<'s> {
    fn of(search: &'s Search) -> Result<Self, Invalid> {
        if search.words.len() > SEARCH_WORDS_MAX {
            return Err(Invalid::new("search.words", "more than 16 words", "search for fewer"));
        }
        Ok(Self { search, words: search.words.iter().map(|word| Word::of(word)).collect() })
    }

    fn is(&self, path: &SecretPath, known: &Known) -> bool {
        let said = known.metadata();
        known.trashed.is_some() == self.search.trashed
            && self.is_said(said)
            && self.is_due(said, known)
            && self.words.iter().all(|word| word.stands_in_any(path, said))
    }

    fn is_said(&self, said: &Metadata) -> bool {
        let Search { tags, owner, ownerless, classification, personal_data, residency, .. } = self.search;
        tags.is_subset(&said.tags)
            && (owner.is_none() || *owner == said.owner)
            && !(*ownerless && said.owner.is_some())
            && classification.is_none_or(|wanted| wanted == said.classification)
            && personal_data.is_none_or(|wanted| wanted == said.personal_data())
            && (residency.is_none() || *residency == said.residency)
    }

    fn is_due(&self, said: &Metadata, known: &Known) -> bool {
        let Search { expired_by, good_at, overdue_by, unchanged_since, .. } = self.search;
        let changed = known.current.map(|current| current.changed);
        expired_by.is_none_or(|by| said.expires().is_some_and(|end| end < by))
            && good_at.is_none_or(|at| said.expires().is_none_or(|end| end >= at))
            && overdue_by.is_none_or(|by| changed.is_some_and(|changed| said.is_overdue(changed, by)))
            && unchanged_since.is_none_or(|since| changed.is_some_and(|changed| changed < since))
    }
}

/// A word, as it is compared: small and capital letters are the same.
enum Word {
    /// Compared byte by byte.
    Ascii(Vec<u8>),
    /// Compared with the text in small letters.
    Other(String),
}

impl Word {
    fn of(word: &str) -> Self {
        if word.is_ascii() {
            Self::Ascii(word.to_ascii_lowercase().into_bytes())
        } else {
            Self::Other(word.to_lowercase())
        }
    }

    fn stands_in_any(&self, path: &SecretPath, said: &Metadata) -> bool {
        let texts = [&said.description, &said.owner, &said.purpose].into_iter().flatten();
        self.stands_in(path.as_str()) || texts.chain(&said.tags).any(|text| self.stands_in(text))
    }

    fn stands_in(&self, text: &str) -> bool {
        match self {
            Self::Ascii(word) => stands_in(text.as_bytes(), word),
            Self::Other(word) => text.to_lowercase().contains(word),
        }
    }
}

/// Whether a word of ASCII stands in a text, in small letters or capital ones: from each place where its first letter does.
fn stands_in(text: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else { return true };
    memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        let rest = text.get(at..).and_then(|rest| rest.get(..word.len()));
        rest.is_some_and(|part| part.eq_ignore_ascii_case(word))
    })
}
