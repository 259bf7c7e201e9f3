//! A list of few: read from the storage, folder by folder.

use super::{FolderListing, ListPart, ListedSecret};
use crate::fault::Corrupt;
use crate::limits::{LIST_FOLDERS_MAX, SCAN_PAGE_MAX};
use crate::path::{FolderPath, SecretPath};
use crate::storage::record::open_record;
use crate::storage::{Key, Record, keyspace};
use crate::vault::head::Head;
use crate::vault::index::Known;
use crate::vault::round::{Round, Stop};

impl Round<'_> {
    /// What is in a folder, or below it; `None`: too much to be read one by one. That nothing comes or goes in any folder that is listed is
    /// expected by the commit.
    pub(super) async fn list_few(
        &mut self,
        folder: &FolderPath,
        recursive: bool,
        part: ListPart<'_>,
    ) -> Result<Option<FolderListing>, Stop> {
        let most = self.vault.listed_directly(self.tenant.id());
        let (mut folders, mut records) = (Vec::new(), Vec::new());
        let mut todo = vec![folder.clone()];
        while let Some(next) = todo.pop() {
            self.mark(keyspace::members(self.tenant.ring(), &next)).await?;
            let children = self.child_folders(&next).await?;
            if recursive {
                todo.extend(children.iter().cloned());
            }
            folders.extend(children);
            let is_few = self.heads_of(&next, &mut records, most).await?;
            if !is_few || folders.len() > most.min(LIST_FOLDERS_MAX) {
                return Ok(None);
            }
        }
        folders.sort();
        let mut secrets = self.live(&records)?;
        secrets.retain(|secret| part.after.is_none_or(|after| secret.path.as_str() > after));
        let more = secrets.len() > part.limit;
        secrets.truncate(part.limit);
        if part.after.is_some() {
            folders.clear();
        }
        Ok(Some(FolderListing { folders, secrets, more }))
    }

    async fn child_folders(&mut self, folder: &FolderPath) -> Result<Vec<FolderPath>, Stop> {
        let record = self.folder(folder).await?;
        let child = |name: &String| folder.child(name).map_err(|_| Corrupt::new("a folder").into());
        record.children.iter().map(child).collect()
    }

    /// Reads the heads that lie directly in a folder. Whether they are still few, with those from before.
    async fn heads_of(
        &self,
        folder: &FolderPath,
        records: &mut Vec<(Key, Record)>,
        most: usize,
    ) -> Result<bool, Stop> {
        let prefix = keyspace::heads_in(self.tenant.ring(), folder);
        let (page_max, mut after) = (most.min(SCAN_PAGE_MAX), None);
        loop {
            let page = self.vault.inner.storage.scan(prefix.as_bytes(), after, page_max).await?;
            records.extend(page.records);
            if records.len() > most || page.next.is_some() && records.len() == most {
                return Ok(false);
            }
            after = page.next;
            if after.is_none() {
                return Ok(true);
            }
        }
    }

    /// The live secrets of these heads, in order.
    fn live(&self, records: &[(Key, Record)]) -> Result<Vec<ListedSecret>, Stop> {
        let mut secrets = Vec::with_capacity(records.len());
        for (key, record) in records {
            let head = open_record::<Head>(self.tenant.ring(), key, record)?;
            let path = SecretPath::parse(&head.path).map_err(|_| Corrupt::new("a secret's head"))?;
            secrets.extend(ListedSecret::of(path, &Known::of(key, &head)?).filter(|_| head.is_live()));
        }
        secrets.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(secrets)
    }
}
