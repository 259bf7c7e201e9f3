//! Why the root key did not open.

use std::path::PathBuf;

/// Why the root key did not open, or could not be wrapped. No key and no passphrase is ever in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnlockError {
    /// Nothing that was given opens this store.
    #[error("no unlocker opens this store: it wants {wanted}; given: {given}")]
    NoneFits {
        /// The kinds of unlockers that the store has.
        wanted: String,
        /// The kinds that were given.
        given: String,
    },
    /// There is no key file here.
    #[error("the key file {} is not there", .0.display())]
    KeyFileMissing(PathBuf),
    /// The key file is no key file, or was cut short.
    #[error("{} is not a Coffer key file, or was damaged", .0.display())]
    KeyFileDamaged(PathBuf),
    /// Others may read the key file, or it belongs to somebody else.
    #[error("the key file {} is open to others: {problem}", path.display())]
    KeyFilePermissions {
        /// Which file or folder.
        path: PathBuf,
        /// Such as `mode 0644, wanted 0600`.
        problem: String,
    },
    /// A key file of this name is there already.
    #[error("{} is there already", .0.display())]
    KeyFileExists(PathBuf),
    /// The key file is right and the store's row for it was changed, or another store's key file has the same id.
    #[error("the key file {} does not fit this store", .0.display())]
    WrongKeyFile(PathBuf),
    /// The passphrase does not open the store.
    #[error("the passphrase does not open this store")]
    WrongPassphrase,
    /// It looks like the recovery passphrase of a kit, and its check does not fit.
    #[error("this looks like the recovery passphrase of a kit, and a letter of it is wrong or missing")]
    RecoveryMistyped,
    /// The passphrase is too short.
    #[error("the passphrase is shorter than 14 bytes")]
    PassphraseTooShort,
    /// The store asks for a weaker derivation than is allowed.
    #[error("the store's record of the passphrase asks for a key derivation below the floor")]
    WeakDerivation,
    /// The last unlocker can't be removed.
    #[error("it is the last unlocker: without it nobody opens the store")]
    LastUnlocker,
    /// There is no such unlocker.
    #[error("there is no such unlocker")]
    Unknown,
    /// The operating system gave no random bytes.
    #[error("no random bytes")]
    NoEntropy,
    /// The operating system refused; the text is its own.
    #[error("the key file {} can't be used: {problem}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        problem: String,
    },
}

impl UnlockError {
    /// A stable code, `noun.problem`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoneFits { .. } => "unlock.none_fits",
            Self::KeyFileMissing(_) => "key_file.missing",
            Self::KeyFileDamaged(_) => "key_file.damaged",
            Self::KeyFilePermissions { .. } => "key_file.permissions",
            Self::KeyFileExists(_) => "key_file.exists",
            Self::WrongKeyFile(_) => "key_file.wrong",
            Self::WrongPassphrase => "passphrase.wrong",
            Self::RecoveryMistyped => "passphrase.mistyped",
            Self::PassphraseTooShort => "passphrase.too_short",
            Self::WeakDerivation => "passphrase.weak_derivation",
            Self::LastUnlocker => "unlocker.last",
            Self::Unknown => "unlocker.not_found",
            Self::NoEntropy => "system.no_entropy",
            Self::Io { .. } => "key_file.io",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::NoneFits { .. } | Self::KeyFileMissing(_) => {
                "put the key file back where it was, name its folder with COFFER_KEYS_DIR, or give the passphrase with \
                 MASTER_SECRET_KEY_FILE; without one of the store's unlockers nobody can open it"
                    .into()
            }
            Self::KeyFileDamaged(_) => "bring the key file back from its copy, or open the store with another unlocker".into(),
            Self::KeyFilePermissions { path, .. } => {
                format!("`chmod {} {}`, as the user who owns it", if path.is_dir() { "700" } else { "600" }, path.display())
            }
            Self::KeyFileExists(_) => "move it away first, or use it as it is".into(),
            Self::WrongKeyFile(_) => "use the key file that was made with this store".into(),
            Self::WrongPassphrase => "check MASTER_SECRET_KEY or the file that MASTER_SECRET_KEY_FILE names".into(),
            Self::RecoveryMistyped => "compare it with the kit, group by group: `KIT1` and six groups of five".into(),
            Self::PassphraseTooShort => "use at least 14 bytes; six random words are a good passphrase".into(),
            Self::WeakDerivation => "somebody changed the store: bring it back from a backup".into(),
            Self::LastUnlocker => "add another with `coffer keys add` first".into(),
            Self::Unknown => "`coffer keys status` lists them".into(),
            Self::NoEntropy => "try again".into(),
            Self::Io { .. } => "see the text of the operating system".into(),
        }
    }
}
