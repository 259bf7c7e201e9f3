//! Whether a secret is what is looked for, by what is known of it.

use memchr::memchr2_iter;

use super::Search;
use crate::fault::Invalid;
use crate::limits::SEARCH_WORDS_MAX;
use crate::metadata::Metadata;
use crate::path::SecretPath;
use crate::vault::index::Known;

/// A search that can be asked of each secret.
pub(super) struct Wanted<'s> {
    search: &'s Search,
    words: Vec<Word>,
}

impl<'s> Wanted<'s> {
    pub(super) fn of(search: &'s Search) -> Result<Self, Invalid> {
        if search.words.len() > SEARCH_WORDS_MAX {
            return Err(Invalid::new("search.words", "more than 16 words", "search for fewer"));
        }
        Ok(Self { search, words: search.words.iter().map(|word| Word::of(word)).collect() })
    }

    pub(super) fn is(&self, path: &SecretPath, known: &Known) -> bool {
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
