//! Secrets: read, written, listed, and what becomes of their versions.

use std::fmt;

use super::{Client, ClientError, Request, Target};
use crate::compare::{Compare, Comparison};
use crate::find::{Found, Report, Search};
use crate::reference::References;
use crate::secret::{
    BatchRead, BatchWrite, BatchWritten, Destroy, Destroyed, Given, History, Label, Listed, Listing, Named,
    Overridden, Pin, Removed, Secret, SecretWrite, Secrets, Undone, Written,
};

/// Which version of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The asker's own value, where there is one; else the current version.
    Own,
    /// The one of this number.
    Version(u64),
    /// The one at this stage.
    Stage(Stage),
    /// The one that is called so.
    Label(String),
    /// The one that is pinned for this consumer; where none is, the current one.
    Consumer(String),
}

/// A stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What is in use.
    Current,
    /// What is to be.
    Pending,
    /// What was before.
    Previous,
}

impl Which {
    /// What is in use, whoever asks.
    pub const CURRENT: Self = Self::Stage(Stage::Current);
}

impl Which {
    /// The target that names this version.
    pub(super) fn of(&self, target: Target) -> Target {
        match self {
            Self::Own => target,
            Self::Version(number) => target.with("version", Some(number)),
            Self::Stage(stage) => target.with("stage", Some(stage)),
            Self::Label(label) => target.with("label", Some(label)),
            Self::Consumer(consumer) => target.with("consumer", Some(consumer)),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "current",
            Self::Pending => "pending",
            Self::Previous => "previous",
        })
    }
}

/// What has to be there for a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever there is.
    Anything,
    /// Nothing: it is new.
    Nothing,
    /// Some version.
    Something,
    /// This version.
    Version(u64),
}

impl Expect {
    /// The target of a write that is done whatever there is, where it is.
    pub(super) fn at(self, target: Target) -> Target {
        target.when("overwrite", self == Self::Anything)
    }

    /// The request that is done only if this is so.
    pub(super) fn of(self, request: Request) -> Request {
        match self {
            Self::Anything => request,
            Self::Nothing => request.header("if-none-match", "*".to_owned()),
            Self::Something => request.header("if-match", "*".to_owned()),
            Self::Version(number) => request.header("if-match", format!("\"{number}\"")),
        }
    }
}

const SECRETS: &str = "/api/v1/secrets/";
const OVERRIDES: &str = "/api/v1/overrides/";

impl Client {
    /// Reads one version of a secret; what was written with references is filled in.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_get(&self, path: &str, which: &Which) -> Result<Secret, ClientError> {
        self.secret_version(path, which, false)
    }

    /// Reads one version of a secret as it was written.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_get_raw(&self, path: &str, which: &Which) -> Result<Secret, ClientError> {
        self.secret_version(path, which, true)
    }

    fn secret_version(&self, path: &str, which: &Which, raw: bool) -> Result<Secret, ClientError> {
        self.json(self.get(which.of(Target::new(SECRETS).below(path)).when("raw", raw)))
    }

    /// Writes a secret: a new version, other metadata, or both.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_set(
        &self,
        path: &str,
        write: &SecretWrite,
        expect: Expect,
    ) -> Result<Written, ClientError> {
        let request = self.request("PUT", expect.at(Target::new(SECRETS).below(path))).with(write);
        self.json(expect.of(request))
    }

    /// Puts a secret into the trash.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_remove(&self, path: &str) -> Result<Removed, ClientError> {
        self.json(self.request("DELETE", Target::new(SECRETS).below(path)))
    }

    /// Lists a folder, all pages; the empty path is the root.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_list(&self, folder: &str, recursive: bool) -> Result<Listing, ClientError> {
        if folder.is_empty() {
            return self.secret_list_root(recursive);
        }
        self.listing(|| Target::new("/api/v1/folders/").below(folder), recursive)
    }

    /// Lists the root, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_list_root(&self, recursive: bool) -> Result<Listing, ClientError> {
        self.listing(|| Target::new("/api/v1/folders"), recursive)
    }

    fn listing(&self, target: impl Fn() -> Target, recursive: bool) -> Result<Listing, ClientError> {
        let mut folders = Vec::new();
        let secrets = self.pages(|most, cursor| {
            let target =
                target().when("recursive", recursive).with("limit", Some(most)).with("cursor", cursor);
            let page: Listing = self.json(self.get(target))?;
            folders.extend(page.folders);
            Ok((page.secrets, page.next))
        })?;
        Ok(Listing { folders, secrets, next: None })
    }

    /// Finds secrets by what is known of them, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_find(&self, search: &Search) -> Result<Vec<Listed>, ClientError> {
        self.pages(|most, cursor| {
            let page = Search { limit: Some(most), cursor: cursor.map(str::to_owned), ..search.clone() };
            let found: Found = self.json(self.post(Target::new("/api/v1/find")).with(&page))?;
            Ok((found.secrets, found.next))
        })
    }

    /// How things are with the secrets of a folder.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_report(&self, folder: &str) -> Result<Report, ClientError> {
        let folder = Some(folder).filter(|folder| !folder.is_empty());
        self.json(self.get(Target::new("/api/v1/report").with("folder", folder)))
    }

    /// Reads several secrets, or all of a folder, in one decision: all of them, or none.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_get_together(&self, wanted: &BatchRead) -> Result<Secrets, ClientError> {
        self.json(self.post(Target::new("/api/v1/batch/get")).with(wanted))
    }

    /// Writes several secrets in one commit: all of them, or none.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_set_together(&self, wanted: &BatchWrite) -> Result<BatchWritten, ClientError> {
        self.json(self.post(Target::new("/api/v1/batch/set")).with(wanted))
    }

    /// Compares folders and all that lies below them, all pages: names, and which values are equal, of those that the asker may read.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_compare(&self, folders: &[String]) -> Result<Comparison, ClientError> {
        let names = self.pages(|most, cursor| {
            let cursor = cursor.map(str::to_owned);
            let wanted = Compare { folders: folders.to_vec(), limit: Some(most), cursor };
            let page: Comparison = self.json(self.post(Target::new("/api/v1/compare")).with(&wanted))?;
            Ok((page.names, page.next))
        })?;
        Ok(Comparison { folders: folders.to_vec(), names, next: None })
    }

    /// The versions of a secret, without their values.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_history(&self, path: &str) -> Result<History, ClientError> {
        self.json(self.get(Target::new("/api/v1/history/").below(path)))
    }

    /// What a secret refers to, and what refers to it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_references(&self, path: &str) -> Result<References, ClientError> {
        self.json(self.get(Target::new("/api/v1/references/").below(path)))
    }

    /// Takes the last change of a secret back.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_undo(&self, path: &str) -> Result<Undone, ClientError> {
        self.json(self.post(Target::new("/api/v1/undo/").below(path)))
    }

    /// Gives a secret a new value: a random one, unless one is said.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_rotate(&self, path: &str, wanted: &Given) -> Result<Written, ClientError> {
        self.json(self.post(Target::new("/api/v1/rotate/").below(path)).with(wanted))
    }

    /// Calls a version by a name, or takes the name away.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_label(&self, path: &str, wanted: &Label) -> Result<Named, ClientError> {
        self.json(self.request("PUT", Target::new("/api/v1/labels/").below(path)).with(wanted))
    }

    /// Says which version a consumer uses, or that it is the current one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_pin(&self, path: &str, wanted: &Pin) -> Result<Named, ClientError> {
        self.json(self.request("PUT", Target::new("/api/v1/pins/").below(path)).with(wanted))
    }

    /// Gives the asker a value of his own in place of the current one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_override(&self, path: &str, wanted: &Given) -> Result<Overridden, ClientError> {
        self.json(self.request("PUT", Target::new(OVERRIDES).below(path)).with(wanted))
    }

    /// Takes it away.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_override_remove(&self, path: &str) -> Result<Overridden, ClientError> {
        self.json(self.request("DELETE", Target::new(OVERRIDES).below(path)))
    }

    /// Destroys one version, or the whole secret, for good.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn secret_destroy(&self, path: &str, wanted: &Destroy) -> Result<Destroyed, ClientError> {
        self.json(self.post(Target::new("/api/v1/destroy/").below(path)).with(wanted))
    }
}
