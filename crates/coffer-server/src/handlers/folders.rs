//! `/api/v1/folders/PATH`: what is in a folder.

use coffer_engine::path::FolderPath;
use coffer_wire::secret::{Listed, Listing};
use serde::Deserialize;

use super::{about, shapes};
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::PageQuery;
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
    let listing = call.vault()?.list(&op, &folder, query.recursive).await?;
    let (secrets, next) = page.of(listing.secrets, |secret| secret.path.as_str().to_owned());
    let folders = if page.is_first() {
        listing.folders.iter().map(|folder| folder.as_str().to_owned()).collect()
    } else {
        Vec::new()
    };
    let secrets = secrets.iter().map(|secret| Listed {
        path: secret.path.as_str().to_owned(),
        version: secret.version.get(),
        changed: shapes::moment(secret.changed),
        metadata: about::metadata(&secret.metadata),
    });
    Answer::json(&Listing { folders, secrets: secrets.collect(), next })
}
