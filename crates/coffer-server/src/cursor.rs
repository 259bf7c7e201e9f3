//! Pages: where the next one begins.
//!
//! A cursor is the name of the last item, in base64url: whoever lists has seen it. It is no secret and proves nothing; a page is decided
//! like the first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::failure::Failure;
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};

/// Which page is asked for.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct PageQuery {
    pub(crate) limit: Option<usize>,
    pub(crate) cursor: Option<String>,
}

/// The items behind the cursor, at most so many, and the next cursor. They come in the order of their names.
pub(crate) fn page<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> String,
    query: &PageQuery,
) -> Result<(Vec<T>, Option<String>), Failure> {
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(decode).transpose()?;
    let mut rest = items.into_iter().filter(|item| after.as_ref().is_none_or(|after| name(item) > *after));
    let shown: Vec<T> = rest.by_ref().take(limit).collect();
    let next = rest.next().and_then(|_| shown.last()).map(|last| encode(&name(last)));
    Ok((shown, next))
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

fn encode(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

/// The name in a cursor.
fn decode(cursor: &str) -> Result<String, Failure> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
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
            let mut query = PageQuery { limit: Some(limit), cursor: None };
            loop {
                let (shown, next) = page(items.clone(), String::clone, &query).unwrap();
                prop_assert!(shown.len() <= limit);
                for name in shown {
                    prop_assert!(names.remove(&name));
                }
                query.cursor = next;
                if query.cursor.is_none() {
                    break;
                }
            }
            prop_assert!(names.is_empty());
        }

        #[test]
        fn a_cursor_from_nowhere_does_no_harm(cursor in ".{0,30}") {
            let query = PageQuery { limit: None, cursor: Some(cursor) };
            let _ = page(vec!["a".to_owned()], String::clone, &query);
        }
    }

    #[test]
    fn a_page_has_a_limit() {
        assert!([0, PAGE_MAX + 1].into_iter().all(|wrong| limit(Some(wrong)).is_err()));
        assert_eq!(limit(None).unwrap(), PAGE_DEFAULT);
    }
}
