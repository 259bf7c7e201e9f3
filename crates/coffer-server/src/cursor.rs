//! Pages: where the next one begins.
//!
//! A cursor is the name of the last item, in base64url: whoever lists has seen it. It is no secret and proves nothing; a page is decided
//! like the first. Any other bytes are a place in the order of names too.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use coffer_engine::vault::{ListPart, ListedSecret};

use crate::failure::Failure;
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};

/// Which page is asked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    pub(crate) limit: Option<usize>,
    pub(crate) cursor: Option<String>,
}

/// A page that may be given.
pub(crate) struct Page {
    most: usize,
    after: Option<Vec<u8>>,
}

impl Page {
    /// The page behind this cursor, of at most so many items. `Call::page` says how many that may be.
    pub(crate) fn new(most: usize, cursor: Option<&str>) -> Result<Self, Failure> {
        Ok(Self { most, after: cursor.map(decode).transpose()? })
    }

    /// The part of a list that it is.
    pub(crate) fn part(&self) -> ListPart<'_> {
        // Bytes that are no text came from nobody's page: they mean the place of what is text of them.
        let texts = self.after.as_deref().map(|after| after.utf8_chunks().next());
        let after = texts.map(|text| text.map_or("", |chunk| chunk.valid()));
        ListPart { after, limit: self.most }
    }

    /// The cursor behind these secrets, when there are more.
    pub(crate) fn behind(secrets: &[ListedSecret], more: bool) -> Option<String> {
        secrets.last().filter(|_| more).map(|last| encode(last.path.as_str()))
    }

    /// Its items, and the next cursor. They come in the order of their names.
    pub(crate) fn of<T>(&self, items: Vec<T>, name: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let after = self.after.as_deref();
        let mut rest =
            items.into_iter().filter(|item| after.is_none_or(|after| name(item).as_bytes() > after));
        let shown: Vec<T> = rest.by_ref().take(self.most).collect();
        let next = rest.next().and_then(|_| shown.last()).map(|last| encode(name(last)));
        (shown, next)
    }
}

/// How many items are wanted.
pub(crate) fn limit(limit: Option<usize>) -> Result<usize, Failure> {
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("a page has 1 to {PAGE_MAX} items");
    Err(Failure::invalid("page.limit", detail, "ask for so many, and for the next page"))
}

pub(crate) fn encode(name: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

/// The name in a cursor.
pub(crate) fn decode(cursor: &str) -> Result<Vec<u8>, Failure> {
    URL_SAFE_NO_PAD.decode(cursor).map_err(|_| {
        Failure::invalid(
            "page.cursor",
            "the cursor is none",
            "take it from `next` of the page before, as it is",
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_pages_together_are_all_items(mut names in proptest::collection::btree_set(".{0,8}", 0..40), limit in 1_usize..12) {
            let items: Vec<String> = names.iter().cloned().collect();
            let mut cursor: Option<String> = None;
            loop {
                let page = Page::new(limit, cursor.as_deref()).unwrap();
                let (shown, next) = page.of(items.clone(), String::clone);
                prop_assert!(shown.len() <= limit);
                for name in shown {
                    prop_assert!(names.remove(&name));
                }
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            prop_assert!(names.is_empty());
        }

        #[test]
        fn a_cursor_from_nowhere_does_no_harm(cursor in ".{0,30}") {
            if let Ok(page) = Page::new(1, Some(&cursor)) {
                let _ = page.of(vec!["a".to_owned()], String::clone);
            }
        }
    }

    #[test]
    fn a_page_has_a_limit() {
        assert!([0, PAGE_MAX + 1].into_iter().all(|wrong| limit(Some(wrong)).is_err()));
        assert_eq!(limit(None).unwrap(), PAGE_DEFAULT);
    }
}
