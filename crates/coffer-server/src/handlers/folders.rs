//! `/api/v1/folders/PATH`: what is in a folder.

use coffer_engine::path::FolderPath;
use coffer_wire::secret::{Listed, Listing};
use serde::Deserialize;

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::{PageQuery, page};
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
    let page_query = PageQuery { limit: query.limit, cursor: query.cursor };
    crate::cursor::limit(page_query.limit)?;
    let listing = call.vault()?.list(&op, &folder, query.recursive).await?;
    let (secrets, next) = page(listing.secrets, |secret| secret.path.as_str().to_owned(), &page_query)?;
    let folders = match page_query.cursor {
        None => listing.folders.iter().map(|folder| folder.as_str().to_owned()).collect(),
        Some(_) => Vec::new(),
    };
    let secrets = secrets.iter().map(|secret| Listed {
        path: secret.path.as_str().to_owned(),
        version: secret.version.get(),
        changed: shapes::moment(secret.changed),
        metadata: shapes::metadata(&secret.metadata),
    });
    Answer::json(&Listing { folders, secrets: secrets.collect(), next })
}
