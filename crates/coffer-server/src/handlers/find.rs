//! `/api/v1/find` and `/api/v1/report`: which secrets there are of some kind, and how many.

use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::vault;
use coffer_wire::find::{Found, Report, Search};
use serde::Deserialize;

use super::about;
use super::shapes::timestamp;
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::{Page, PageQuery};
use crate::failure::Failure;

/// Finds secrets, page by page. What is looked for is in the body: an address is logged on its way, and words may tell.
pub(crate) async fn find(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let mut wanted: Search = call.body(&mut op).await?;
    let page = call.page(&PageQuery { limit: wanted.limit, cursor: wanted.cursor.take() })?;
    let found = call.vault()?.find(&op, &search(wanted)?, page.part()).await?;
    let next = Page::behind(&found.secrets, found.more);
    Answer::json(&Found { secrets: found.secrets.iter().map(about::listed).collect(), next })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportQuery {
    #[serde(default)]
    folder: String,
}

/// Counts.
pub(crate) async fn report(call: Call) -> Result<Answer, Failure> {
    let op = call.op()?;
    let query: ReportQuery = call.query()?;
    let found = call.vault()?.report(&op, &FolderPath::parse(&query.folder)?).await?;
    Answer::json(&Report {
        secrets: found.secrets,
        trashed: found.trashed,
        expired: found.expiring.expired,
        expire_in_a_day: found.expiring.in_a_day,
        expire_in_7_days: found.expiring.in_7_days,
        expire_in_30_days: found.expiring.in_30_days,
        ownerless: found.ownerless,
        overdue: found.overdue,
        unread_in_90_days: found.unread,
        reused: found.reused,
    })
}

fn search(wanted: Search) -> Result<vault::Search, Failure> {
    Ok(vault::Search {
        folder: FolderPath::parse(&wanted.folder)?,
        words: wanted.words,
        tags: wanted.tags,
        owner: wanted.owner,
        ownerless: wanted.ownerless,
        classification: wanted.classification.into_nested().map(|wanted| wanted.map(about::classification)),
        personal_data: wanted.personal_data,
        residency: wanted.residency,
        expired_by: wanted.expired_by.map(timestamp),
        good_at: wanted.good_at.map(timestamp),
        overdue_by: wanted.overdue_by.map(timestamp),
        unchanged_since: wanted.unchanged_since.map(timestamp),
        unread_since: wanted.unread_since.map(timestamp),
        trashed: wanted.trashed,
        same_as: wanted.same_as.map(|path| SecretPath::parse(&path)).transpose()?,
        reused: wanted.reused,
    })
}
