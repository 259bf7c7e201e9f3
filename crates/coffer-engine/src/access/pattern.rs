//! Patterns of paths: `**`, `prod/**`, `prod/db/URL`.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::path::FolderPath;

/// One path, or everything below a folder. (Rules of policies have Vault's grammar: see `policy/pattern.rs`.)
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct PathPattern {
    /// The path, or the folder; empty for the root.
    #[n(0)]
    path: String,
    /// Whether it ends in `/**`.
    #[n(1)]
    below: bool,
}

impl PathPattern {
    /// Every path.
    #[must_use]
    pub fn everything() -> Self {
        Self { path: String::new(), below: true }
    }

    /// Parses `**`, `folder/**`, or a whole path.
    ///
    /// # Errors
    /// [`Invalid`] when the path in it is none.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        if raw == "**" {
            return Ok(Self::everything());
        }
        let (path, below) = raw.strip_suffix("/**").map_or((raw, false), |folder| (folder, true));
        if path.is_empty() {
            return Err(Invalid::new("pattern.empty", "the pattern is empty", "write `**` for every path"));
        }
        Ok(Self { path: FolderPath::parse(path)?.as_str().to_owned(), below })
    }

    /// The path, or the folder; empty for the root.
    #[must_use]
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it covers what lies below, and not one path.
    #[must_use]
    pub(super) fn is_below(&self) -> bool {
        self.below
    }

    /// Whether the pattern covers this path.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        if !self.below {
            return self.path == path;
        }
        self.path.is_empty() || path.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether the pattern covers every path below this folder (the root is the empty text).
    #[must_use]
    pub fn covers_all_below(&self, folder: &str) -> bool {
        self.below && (self.path.is_empty() || self.path == folder || self.covers(folder))
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.path.as_str(), self.below) {
            ("", _) => f.write_str("**"),
            (path, true) => write!(f, "{path}/**"),
            (path, false) => f.write_str(path),
        }
    }
}
