//! `/api/v1/compare`: folders side by side.

use coffer_engine::path::FolderPath;
use coffer_engine::vault::{self, Compared};
use coffer_wire::compare::{Compare, ComparedName, ComparedSecret, Comparison};

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::PageQuery;
use crate::failure::Failure;

/// Compares them, page by page. Each page is decided and compared anew.
pub(crate) async fn compare(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let wanted: Compare = call.body(&mut op).await?;
    let page = call.page(&PageQuery { limit: wanted.limit, cursor: wanted.cursor })?;
    let folders: Vec<FolderPath> =
        wanted.folders.iter().map(|folder| FolderPath::parse(folder)).collect::<Result<_, _>>()?;
    let rows = call.vault()?.compare(&op, &folders).await?;
    let (rows, next) = page.of(rows, |row| row.name.clone());
    let names = rows.into_iter().map(name).collect();
    Answer::json(&Comparison { folders: wanted.folders, names, next })
}

fn name(row: Compared) -> ComparedName {
    ComparedName { name: row.name, found: row.found.iter().map(|one| one.as_ref().map(secret)).collect() }
}

fn secret(found: &vault::ComparedSecret) -> ComparedSecret {
    // As many letters as folders are more than enough.
    let letter = |group: usize| ('a'..='z').nth(group).map(String::from);
    ComparedSecret {
        version: found.version.get(),
        changed: shapes::moment(found.changed),
        group: found.group.and_then(letter),
        is_file: found.is_file,
    }
}
