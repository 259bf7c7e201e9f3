//! The vault: the only handle anyone holds. One file for each verb.
//!
//! It is the conductor: it calls each layer once, and the output type of one is the input of the next. Start with [`get`]'s
//! file, then `round.rs`, which every verb goes through, then [`disclose`]'s, the one door for plaintext.
//!
//! # Invariants
//! - No verb commits outside a [`round::Round`], and no round ends without an entry. What is loaded from a backup, or copied, is
//!   written into a storage that is no store yet.
//! - Nothing here reads a clock, the environment, or the network.

use std::sync::Arc;

use coffer_encryption::{Iterations, PasswordCost, RootKey};

use crate::limits::{ACCESS_ATTEMPTS_MAX, VIOLATIONS_MAX};
use crate::monitoring::{Observer, Watch};
use crate::storage::cache::Cache;
use crate::storage::committer::Committer;
use crate::storage::{Durability, Storage};

pub use authorities::{AuthorityChange, AuthorityInfo};
pub use backup::{
    BackupError, BackupFile, BackupInfo, KnownBackup, LoadedBackup, MadeBackup, Restored, SignedBackup,
    VerifiedBackup, VerifiedTenant,
};
pub use check::CheckReport;
pub use client_secrets::{ClientSecretInfo, NewClientSecret};
pub use codes::NewCode;
pub use commits::NextCommit;
pub use compare::{Compared, ComparedSecret};
pub use destroy::Destroyed;
pub use directory::TenantPage;
pub use erase::Erased;
pub use expiring::Expiring;
pub use explain::{Explained, Question};
pub use factor_enrol::Enrolled;
pub use file::SealedFile;
pub use find::{Found, Search};
pub use get_file::OpenFile;
pub use history::{History, VersionInfo};
pub use issuers::{Binding, IssuerChange, IssuerInfo, IssuerName, KeysFrom, NewIssuer};
pub use list::{FolderListing, ListPart, ListedSecret};
pub use log::{
    Certificate, Changes, Entries, EntryRef, ExportError, Exported, Forgotten, LineSink, LogExport,
    LogReport, Part, ProvedEntry, Pruned, PrunedBefore, Publication, SinkError, StreamError, Upkeep,
    UpkeepSettings,
};
pub use member_change::{MemberChange, MemberEdit};
pub use member_undo::MemberUndone;
pub use members::{Member, NewMember};
pub use moving::{Carried, StoreCopy, Sums, VerifiedStore, abandon_copy, closed_for};
pub use open::OpenOptions;
pub use password_sign_in::ShownPassword;
pub use quota::QuotaUse;
pub use references::{References, Referred};
pub use remove::Removed;
pub use report::Report;
pub use roles::{ListedGroup, ListedPolicy, ListedRole};
pub use rules::{GroupBody, PolicyBody, RoleBody};
pub use seal::{KeysGone, SealedStore};
pub use set::{Expect, NewValue, Write, WriteWhole, Written};
pub use set_file::{Upload, WriteFile};
pub use sign_in::SignedIn;
pub use tenant_owner::FirstOwner;
pub use tenant_settings::{SettingsChange, TenantSettings};
pub use tenant_show::TenantDetails;
pub use tenant_undo::TenantUndone;
pub use tenants::TenantInfo;
pub use tokens::{NewToken, TokenInfo};
pub use unlockers::UnlockerInfo;
pub use usage::Usage;
pub use violations::ViolationAction;

mod attempts;
mod authorities;
mod backup;
mod changes;
mod check;
mod client_secrets;
mod codes;
mod commits;
mod compare;
mod credential;
mod destroy;
mod directory;
mod disclose;
mod ended;
mod entries;
mod erase;
mod expiring;
mod explain;
mod factor_enrol;
mod factors;
mod file;
mod fill;
mod find;
mod folders;
mod get;
mod get_file;
mod giving;
mod granters;
mod head;
mod heads;
mod held;
mod history;
mod idle;
mod index;
mod issuer_record;
mod issuer_undo;
mod issuers;
mod kept;
mod keys;
mod label;
mod last_read;
mod let_go;
mod list;
mod loaded;
mod lock;
mod log;
mod managed;
mod marks;
mod member_change;
mod member_line;
mod member_quota;
mod member_remove;
mod member_undo;
mod members;
mod merge;
mod moving;
mod novelty;
mod once;
mod oneself;
mod open;
mod overrides;
mod pace;
mod password_set;
mod password_sign_in;
mod passwords;
mod persons;
mod powers;
mod probe;
mod purge;
#[cfg(feature = "testkit")]
mod put_identity;
mod quota;
mod reads;
mod references;
mod referring;
mod remove;
mod renew;
mod report;
mod roles;
mod rotate;
mod round;
#[cfg(feature = "testkit")]
mod rows_of;
mod rules;
mod seal;
mod secret_ids;
mod set;
mod set_file;
mod sign_in;
mod sign_in_certificate;
mod sign_in_jwt;
mod suspend;
mod sweep;
mod tenant_owner;
mod tenant_quota;
mod tenant_record;
mod tenant_rename;
mod tenant_settings;
mod tenant_show;
mod tenant_undo;
mod tenants;
mod tokens;
mod turns;
mod undo;
mod unlockers;
mod usage;
mod violations;
mod writers;

/// An opened store. Cheap to clone; every clone is the same vault.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

/// What all clones share.
struct Inner {
    storage: Arc<dyn Storage>,
    committer: Committer,
    cache: Cache,
    tenants: loaded::Tenants,
    directory: directory::KeptDirectory,
    kept: kept::Kept,
    writers: writers::Writers,
    secret_ids: secret_ids::SecretIds,
    novelty: novelty::Novelty,
    persons: persons::Persons,
    indexes: index::Indexes,
    commits: commits::Commits,
    turns: turns::Turns,
    renewals: renew::Renewals,
    passwords: passwords::Passwords,
    /// Names this opened store among all that write the log.
    process: [u8; 16],
    instance: [u8; 16],
    root: RootKey,
    root_generation: u32,
    /// Which unlocker opened it; `None` where it was made just now.
    unlocked_by: Option<[u8; 16]>,
    settings: Settings,
    watch: Arc<Watch>,
    /// Dropped after all that is above: who waits for that learns that the keys are gone.
    gone: tokio::sync::watch::Sender<()>,
}

/// How this process uses the store.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How durable the entries of reads are. Changes are always synced.
    pub read_durability: Durability,
    /// PBKDF2 iterations for the wrapping keys of tenants that are made from now on.
    pub iterations: Iterations,
    /// What hashing a password costs. A stored hash that cost less is raised when its member signs in.
    pub password_cost: PasswordCost,
    /// Wrong passwords of one member, from one source, that lock the two for a while. Not zero.
    pub max_access_attempts: u32,
    /// Different things that a member may be refused in a day before something is done about it. Not zero.
    pub violation_threshold: u32,
    /// What is done then, where it is a program.
    pub violation_action: ViolationAction,
}

impl Default for Settings {
    /// Embedded use: reads written, 100,000 iterations, nobody suspended.
    fn default() -> Self {
        Self {
            read_durability: Durability::Written,
            iterations: Iterations::DEFAULT,
            password_cost: PasswordCost::CURRENT,
            max_access_attempts: ACCESS_ATTEMPTS_MAX,
            violation_threshold: VIOLATIONS_MAX,
            violation_action: ViolationAction::Observe,
        }
    }
}

impl Vault {
    /// The instance that the store belongs to.
    #[must_use]
    pub fn instance(&self) -> [u8; 16] {
        self.inner.instance
    }

    /// How many passwords this opened store has hashed: what strangers can make it do.
    #[must_use]
    pub fn passwords_hashed(&self) -> u64 {
        self.inner.passwords.hashed()
    }

    /// Has this observer told from now on what is sealed, opened and committed. There is one at most: the first.
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        self.inner.watch.set(observer);
    }
}

/// Says nothing: there are keys inside.
impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(..)")
    }
}

/// What is stored of a vault, for fuzzing.
#[cfg(feature = "testkit")]
pub(crate) fn stored() -> Vec<crate::storage::record::Stored> {
    use crate::storage::record::Stored;
    let mut all = vec![
        Stored::of::<file::Body>(),
        Stored::of::<erase::ErasedRecord>(),
        Stored::of::<erase::ErasingRecord>(),
        Stored::of::<folders::Folder>(),
        Stored::of::<head::Head>(),
        Stored::of::<issuer_record::IssuerRecord>(),
        Stored::of::<lock::LockRecord>(),
        Stored::of::<keys::GenerationRow>(),
        Stored::of::<member_line::MemberLine>(),
        Stored::of::<once::OnceRecord>(),
        // With the largest body of the three; a role is a part of it, and a group's are an identity's.
        Stored::of::<rules::RulesRecord<rules::PolicyBody>>(),
        Stored::of::<authorities::AuthorityBody>(),
        Stored::of::<open::InstanceRecord>(),
        Stored::of::<probe::Probe>(),
        Stored::of::<sign_in_jwt::ShownRecord>(),
        Stored::of::<tenants::DirectoryRecord>(),
        Stored::of::<tenant_record::TenantRecord>(),
    ];
    all.extend(backup::stored());
    all.extend(disclose::stored());
    all.extend(log::stored());
    all
}
