//! `/api/v1/openapi.json`: this API, described. The file is made from the list of routes, by a test.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

const DOCUMENT: &str = include_str!("../../../../openapi.json");

/// The document.
pub(crate) async fn openapi(_: Call) -> Result<Answer, Failure> {
    Ok(Answer::of("application/json", DOCUMENT))
}
