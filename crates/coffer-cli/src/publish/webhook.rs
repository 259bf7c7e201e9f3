//! To whatever takes a POST.

use coffer_log::SignedNote;

use super::{Address, Web, WebError};

/// Posts `note` to `to`: the body is the text of the note, as `text/plain; charset=utf-8`.
///
/// Any status from 200 to 299 is a success, and the rest of the answer is not read.
///
/// # Errors
/// [`WebError`].
pub fn to_webhook(web: &Web, to: &Address, note: &SignedNote) -> Result<(), WebError> {
    let answer = web.post(to, &note.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(answer.into_error()) }
}
