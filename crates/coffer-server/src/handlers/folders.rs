//! `/api/v1/folders/PATH`: what is in a folder.

use coffer_engine::path::FolderPath;
use coffer_wire::secret::Listing;
use serde::Deserialize;

use super::about;
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::{Page, PageQuery};
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    recursive: bool,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Lists a folder, page by page; folders are on the first.
pub(crate) async fn list(call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let query: ListQuery = call.query()?;
    let folder = FolderPath::parse(&call.tail()?)?;
    let page = call.page(&PageQuery { limit: query.limit, cursor: query.cursor })?;
    let listing = call.vault()?.list_part(&op, &folder, query.recursive, page.part()).await?;
    let next = Page::behind(&listing.secrets, listing.more);
    let folders = listing.folders.iter().map(|folder| folder.as_str().to_owned()).collect();
    let secrets = listing.secrets.iter().map(about::listed).collect();
    Answer::json(&Listing { folders, secrets, next })
}
