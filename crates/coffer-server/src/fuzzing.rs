//! Doors to what reads requests, for fuzzing: behind the feature `fuzzing`, which no release has.

use axum::http::{HeaderMap, HeaderValue, header};
use coffer_engine::vault::Expect;

use crate::cursor::{self, Page, PageQuery};
use crate::handlers::secrets;
use crate::{body, target};

/// What stands behind a route, decoded. The error is a failure's code, here as in all that follows.
///
/// # Errors
/// What can be read in more than one way.
pub fn decode_target(raw: &str) -> Result<String, &'static str> {
    target::decode(raw).map_err(|failure| failure.code)
}

/// Looks over a body, as is done before it is parsed.
///
/// # Errors
/// What is too deep, too much, or has too long a number.
pub fn check_body(bytes: &[u8]) -> Result<(), &'static str> {
    body::check(bytes).map_err(|failure| failure.code)
}

/// One page of names that are in order, asked for with this query; and the cursor of the next.
///
/// # Errors
/// What is no query of a list, a page of another size than there are, a cursor that is none.
pub fn page_of(names: &[String], query: &str) -> Result<(Vec<String>, Option<String>), &'static str> {
    let query: PageQuery = target::query(Some(query)).map_err(|failure| failure.code)?;
    let most = cursor::limit(query.limit).map_err(|failure| failure.code)?;
    let page = Page::new(most, query.cursor.as_deref()).map_err(|failure| failure.code)?;
    Ok(page.of(names.to_vec(), String::clone))
}

/// The name in a cursor.
///
/// # Errors
/// What is no cursor.
pub fn read_cursor(text: &str) -> Result<Vec<u8>, &'static str> {
    cursor::decode(text).map_err(|failure| failure.code)
}

/// The cursor behind a name.
#[must_use]
pub fn write_cursor(name: &[u8]) -> String {
    cursor::encode(name)
}

/// What `If-Match` and `If-None-Match` expect, if they say so. `None`: they can't be headers.
pub fn precondition(
    if_match: Option<&[u8]>,
    if_none_match: Option<&[u8]>,
) -> Option<Result<Option<Expect>, &'static str>> {
    let mut headers = HeaderMap::new();
    for (name, value) in [(header::IF_MATCH, if_match), (header::IF_NONE_MATCH, if_none_match)] {
        if let Some(value) = value {
            headers.insert(name, HeaderValue::from_bytes(value).ok()?);
        }
    }
    Some(secrets::expect(&headers).map_err(|failure| failure.code))
}
