//! What a command was given, as it is compared with what it would be given later: no value is kept for it.

use std::collections::{BTreeMap, BTreeSet};

use coffer_encryption::hash::Sha256;
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_wire::client::{Client, ClientError};
use coffer_wire::secret::Listing;

use super::super::files::Given;

/// What was given.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// The secrets, and their versions.
    versions: BTreeMap<String, u64>,
    /// Those of them that were filled in with others.
    filled: Vec<String>,
    /// Of all values, by their paths.
    hash: [u8; 32],
}

/// The secrets that what was given is filled in with, directly or through others: of those that may be listed.
pub(super) type Targets = BTreeSet<String>;

impl Known {
    pub(super) fn of(given: &[Given]) -> Self {
        let mut hash = Sha256::new();
        for secret in given {
            for part in [secret.path.as_bytes(), secret.value.expose()] {
                // Lengths first: no two lists of parts are the same bytes.
                hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(part);
            }
        }
        Self {
            versions: given.iter().map(|secret| (secret.path.clone(), secret.version)).collect(),
            filled: given
                .iter()
                .filter(|secret| secret.is_filled)
                .map(|secret| secret.path.clone())
                .collect(),
            hash: hash.finish(),
        }
    }

    /// Whether it is one of them.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.versions.contains_key(path)
    }

    /// Whether a command would be given the same: it is not started for versions that say the same.
    pub(super) fn is_same_to_a_command(&self, other: &Self) -> bool {
        self.hash == other.hash
    }

    /// Whether these secrets have the versions that were given, as far as a listing tells. Those that are new are not looked at: what
    /// is not there yet can't be missed by who runs without it.
    pub(super) fn is_listed_in(&self, listing: &Listing) -> bool {
        let now: BTreeMap<&str, u64> =
            listing.secrets.iter().map(|secret| (secret.path.as_str(), secret.version)).collect();
        self.versions.iter().all(|(path, version)| now.get(path.as_str()) == Some(version))
    }

    /// What it is filled in with.
    ///
    /// # Errors
    /// What whoever is asked says.
    pub(super) fn targets(&self, client: &Client) -> Result<Targets, ClientError> {
        let mut targets = Targets::new();
        for path in &self.filled {
            targets.extend(client.secret_references(path)?.refers_to.into_iter().map(|target| target.path));
        }
        Ok(targets)
    }
}

/// The lowest folder that this one and all targets lie in or below.
pub(super) fn above(folder: &FolderPath, targets: &Targets) -> FolderPath {
    let mut above = folder.clone();
    for target in targets.iter().filter_map(|path| SecretPath::parse(path).ok()) {
        while !lies_below(&target.folder(), &above) {
            above = above.parent().unwrap_or_else(FolderPath::root);
        }
    }
    above
}

fn lies_below(folder: &FolderPath, above: &FolderPath) -> bool {
    above.is_root() || folder == above || {
        let rest = folder.as_str().strip_prefix(above.as_str());
        rest.is_some_and(|rest| rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_reaches_as_far_as_what_is_filled_in() {
        let folder = FolderPath::parse("dev/app").unwrap();
        let above_all = |targets: &[&str]| {
            let targets = targets.iter().map(|path| (*path).to_owned()).collect();
            above(&folder, &targets).as_str().to_owned()
        };
        assert_eq!(above_all(&[]), "dev/app");
        assert_eq!(above_all(&["dev/app/A", "dev/app/deep/er/B"]), "dev/app");
        assert_eq!(above_all(&["dev/app-two/A"]), "dev");
        assert_eq!(above_all(&["dev/db/PASSWORD", "dev/A"]), "dev");
        assert_eq!(above_all(&["dev/db/PASSWORD", "shared/TOKEN"]), "");
    }
}
