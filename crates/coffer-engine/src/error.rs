//! What went wrong, grouped by who can mend it.
//!
//! Every error has a stable code, a cause and a fix. None holds a value, and none says more to a stranger than "not there".

use std::borrow::Cow;
use std::fmt;

use crate::access::Refusal;
use crate::entry_id::EntryId;
use crate::fault::{Corrupt, Invalid};
use crate::quota::{Exceeded, Resource, Used};
use crate::reference::Unresolved;
use crate::storage::StorageError;
use crate::time::Timestamp;
use crate::unlock::UnlockError;

/// Why an operation was not done, and the audit entry that says so, when one was written.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    entry: Option<EntryId>,
}

/// Whose turn it is.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller may not; somebody can grant it.
    Refused(Refusal),
    /// What was shown proves nothing here, or no longer.
    Unauthenticated,
    /// Nothing in this tenant is answered, for now; said to its members only.
    Suspended(String),
    /// The tenant is locked by its own members, since then: nothing in it can be opened.
    TenantLocked(Timestamp),
    /// The lock code is not the one of this tenant, or it is not locked.
    WrongLockCode,
    /// The secret has expired, and is not to be read then.
    Expired(String),
    /// The tenant would hold more than it may.
    OverQuota(Exceeded),
    /// The tenant's members ask more often than they may, all together. Nothing was decided.
    TooOften(String),
    /// There is no such thing here, or none that the caller may know of.
    NotFound(NotFound),
    /// The request itself is wrong.
    Invalid(Invalid),
    /// References that can't be written so, or not be filled in.
    Reference(Unresolved),
    /// Somebody else was first; look again and decide again.
    Conflict(Conflict),
    /// The audit entry could not be written, so nothing was decrypted and nothing was changed.
    Unrecorded(StorageError),
    /// The storage could not be read.
    Unavailable(StorageError),
    /// No unlocker opened the root key.
    Locked(UnlockError),
    /// Something stored does not open, or does not say what it should.
    Corrupt(Corrupt),
    /// The operating system gave no random bytes, or memory for keys.
    NoEntropy,
    /// As many files are under way as may be at once.
    Busy,
    /// As many passwords wait to be looked at as may.
    Crowded,
}

/// What is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// No live secret has this path.
    Secret(String),
    /// The secret has no such version or stage, or it was destroyed.
    Version(String),
    /// The version's value has no such field.
    Field(String),
    /// No tenant has this name.
    Tenant(String),
    /// No tenant of this name was erased.
    Erasure(String),
    /// No backup with this id is known.
    Backup(String),
    /// Nothing is left to undo.
    Change(String),
    /// The log has no such entry, or none any more.
    Entry(String),
    /// The log knows nobody of this name.
    Subject(String),
    /// No member has this name.
    Member(String),
    /// No token has this id.
    Token(String),
    /// No role, policy or group has this name.
    Rules {
        /// Which of the three was looked for.
        noun: &'static str,
        /// Under which name.
        name: String,
    },
    /// No client secret has this id.
    ClientSecret(String),
    /// No issuer has this name.
    Issuer(String),
    /// The member has no second factor, or none to confirm.
    Factor,
    /// Changes that were to be told: entries below this index are not in the log any more.
    Changes(u64),
}

/// Why an operation that was right a moment ago can't be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// This takes the password, or having signed in with a code.
    Unproved,
    /// The password is another one, or was tried too often from here.
    WrongPassword,
    /// The code of the second factor is another one, was shown already, or was tried too often from here.
    WrongFactor,
    /// The member has a second factor.
    FactorStands,
    /// Compare-and-set: the secret is at another version than was expected.
    Version {
        /// The current version, 0 when there is none.
        current: u64,
    },
    /// Others changed the same records again and again.
    Contended,
    /// Something of this name is there already.
    Exists,
    /// What the change would go back to was destroyed.
    Destroyed,
    /// The version is still in use as `current`.
    InUse,
    /// The version is pinned for these consumers.
    Pinned(Vec<String>),
    /// The secret holds fields, and a single value would wipe them.
    HoldsFields,
    /// The secret holds a file, and what was asked for is about values.
    HoldsFile,
    /// The secret holds a value, and what was asked for is about files.
    HoldsValue,
    /// The log is held: nothing in it is pruned or forgotten.
    Held,
    /// There are tenants below it.
    HasChildren(String),
    /// The member has no power.
    Disabled,
    /// The role or the policy is still given to somebody.
    RulesInUse,
    /// The idempotency key was used for another request.
    OtherRequest,
    /// The credential was made already, for an earlier request with this idempotency key, and is shown once.
    Replayed,
}

impl Error {
    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    pub(crate) fn into_kind(self) -> ErrorKind {
        self.kind
    }

    /// The audit entry that records this outcome.
    #[must_use]
    pub fn entry(&self) -> Option<EntryId> {
        self.entry
    }

    pub(crate) fn recorded(kind: impl Into<ErrorKind>, entry: EntryId) -> Self {
        Self { kind: kind.into(), entry: Some(entry) }
    }

    /// A stable code, `noun.problem`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.kind {
            ErrorKind::Refused(_) => "access.denied",
            ErrorKind::Unauthenticated => "token.invalid",
            ErrorKind::Suspended(_) => "tenant.suspended",
            ErrorKind::TenantLocked(_) => "tenant.locked",
            ErrorKind::WrongLockCode => "lock.code_wrong",
            ErrorKind::Expired(_) => "secret.expired",
            ErrorKind::OverQuota(_) => "quota.exceeded",
            ErrorKind::TooOften(_) => "tenant.too_many_requests",
            ErrorKind::NotFound(NotFound::Secret(_)) => "secret.not_found",
            ErrorKind::NotFound(NotFound::Version(_)) => "version.not_found",
            ErrorKind::NotFound(NotFound::Field(_)) => "field.not_found",
            ErrorKind::NotFound(NotFound::Tenant(_)) => "tenant.not_found",
            ErrorKind::NotFound(NotFound::Erasure(_)) => "erasure.not_found",
            ErrorKind::NotFound(NotFound::Backup(_)) => "backup.not_found",
            ErrorKind::NotFound(NotFound::Change(_)) => "undo.nothing",
            ErrorKind::NotFound(NotFound::Entry(_)) => "entry.not_found",
            ErrorKind::NotFound(NotFound::Subject(_)) => "subject.not_found",
            ErrorKind::NotFound(NotFound::Member(_)) => "member.not_found",
            ErrorKind::NotFound(NotFound::Token(_)) => "token.not_found",
            ErrorKind::NotFound(NotFound::Rules { .. }) => "access.not_found",
            ErrorKind::NotFound(NotFound::ClientSecret(_)) => "client_secret.not_found",
            ErrorKind::NotFound(NotFound::Issuer(_)) => "issuer.not_found",
            ErrorKind::NotFound(NotFound::Factor) => "factor.not_found",
            ErrorKind::NotFound(NotFound::Changes(_)) => "events.pruned",
            ErrorKind::Invalid(invalid) => invalid.code(),
            ErrorKind::Reference(unresolved) => unresolved.code(),
            ErrorKind::Conflict(Conflict::Version { .. }) => "secret.changed",
            ErrorKind::Conflict(Conflict::Contended) => "store.contended",
            ErrorKind::Conflict(Conflict::Unproved) => "password.unproved",
            ErrorKind::Conflict(Conflict::WrongPassword) => "password.wrong",
            ErrorKind::Conflict(Conflict::WrongFactor) => "factor.wrong",
            ErrorKind::Conflict(Conflict::FactorStands) => "factor.exists",
            ErrorKind::Conflict(Conflict::Exists) => "name.exists",
            ErrorKind::Conflict(Conflict::Destroyed) => "version.destroyed",
            ErrorKind::Conflict(Conflict::InUse) => "version.in_use",
            ErrorKind::Conflict(Conflict::Pinned(_)) => "version.pinned",
            ErrorKind::Conflict(Conflict::HoldsFields) => "secret.holds_fields",
            ErrorKind::Conflict(Conflict::HoldsFile) => "secret.holds_file",
            ErrorKind::Conflict(Conflict::HoldsValue) => "secret.holds_value",
            ErrorKind::Conflict(Conflict::Held) => "audit.held",
            ErrorKind::Conflict(Conflict::HasChildren(_)) => "tenant.has_children",
            ErrorKind::Conflict(Conflict::Disabled) => "member.disabled",
            ErrorKind::Conflict(Conflict::RulesInUse) => "access.in_use",
            ErrorKind::Conflict(Conflict::OtherRequest) => "idempotency.mismatch",
            ErrorKind::Conflict(Conflict::Replayed) => "idempotency.replayed",
            ErrorKind::Unrecorded(_) => "audit.unavailable",
            ErrorKind::Unavailable(error) => error.code(),
            ErrorKind::Locked(error) => error.code(),
            ErrorKind::Corrupt(_) => "store.corrupt",
            ErrorKind::NoEntropy => "system.no_entropy",
            ErrorKind::Busy => "file.busy",
            ErrorKind::Crowded => "password.busy",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> Cow<'_, str> {
        match &self.kind {
            ErrorKind::Refused(refusal) => refusal.fix().into(),
            ErrorKind::Unauthenticated => {
                "ask for a new token; an owner makes one with `coffer token create --member NAME`".into()
            }
            ErrorKind::TenantLocked(_) => {
                "whoever keeps its lock code ends that with `coffer tenant unlock`; nobody else can, whoever runs the server".into()
            }
            ErrorKind::WrongLockCode => {
                "compare it with what was kept, and look which tenant is named; `coffer tenant ls` shows those that are locked".into()
            }
            ErrorKind::Suspended(name) => {
                format!("ask whoever manages it; they end that with `coffer tenant resume {name}`")
                    .into()
            }
            ErrorKind::Expired(path) => format!(
                "whoever may write it gives it a new value and makes it last: `coffer set /{path} --expires 90d`"
            )
            .into(),
            ErrorKind::OverQuota(Exceeded { tenant, used: Used { resource: Resource::Members, .. }, .. }) => format!(
                "remove one that is not needed: `coffer member rm NAME`; or whoever manages the tenant allows more: \
                 `coffer tenant quota {tenant} --members N`"
            )
            .into(),
            ErrorKind::OverQuota(Exceeded { tenant, used, .. }) => format!(
                "free some with `coffer destroy`: what is in the trash counts too; or whoever manages the instance allows more: \
                 `coffer tenant quota {tenant} --{} N`",
                used.resource.name()
            )
            .into(),
            ErrorKind::TooOften(tenant) => format!(
                "ask less often, and for many secrets at once; or whoever manages the instance allows more: `coffer tenant quota {tenant} \
                 --requests N`"
            )
            .into(),
            ErrorKind::NotFound(NotFound::Secret(_)) => {
                "`coffer ls -r` lists what is there; `coffer undo NAME` brings back what was removed".into()
            }
            ErrorKind::NotFound(NotFound::Version(_)) => "`coffer history NAME` lists the versions".into(),
            ErrorKind::NotFound(NotFound::Field(_)) => "`coffer get NAME --json` shows the fields".into(),
            ErrorKind::NotFound(NotFound::Tenant(name)) => format!(
                "`coffer tenant create {name}` makes it; `coffer tenant ls` lists those that are there"
            )
            .into(),
            ErrorKind::NotFound(NotFound::Erasure(_)) => {
                "`coffer audit query --instance --action tenant_erase` shows what was erased, and when".into()
            }
            ErrorKind::NotFound(NotFound::Backup(_)) => "`coffer backup ls` shows the ids".into(),
            ErrorKind::NotFound(NotFound::Change(_)) => {
                "`coffer history NAME`, `coffer member ls` and `coffer tenant show NAME` tell how many changes can be taken back".into()
            },
            ErrorKind::NotFound(NotFound::Entry(_)) => {
                "`coffer audit query` shows entries with their numbers; old ones may have been pruned".into()
            }
            ErrorKind::NotFound(NotFound::Subject(_)) => {
                "`coffer audit show` tells whom an entry names, under `person`".into()
            }
            ErrorKind::NotFound(NotFound::Member(_)) => "`coffer member ls` lists the members".into(),
            ErrorKind::NotFound(NotFound::Token(_)) => "`coffer token ls` shows the ids".into(),
            ErrorKind::NotFound(NotFound::Rules { noun, .. }) => format!("`coffer {noun} ls` shows what there is").into(),
            ErrorKind::NotFound(NotFound::ClientSecret(_)) => {
                "`coffer client-secret ls` shows the ids".into()
            }
            ErrorKind::NotFound(NotFound::Issuer(_)) => "`coffer issuer ls` lists the issuers".into(),
            ErrorKind::NotFound(NotFound::Factor) => "`coffer factor enrol` makes one".into(),
            ErrorKind::NotFound(NotFound::Changes(_)) => {
                "read anew what you follow, and watch from now on: without a cursor".into()
            }
            ErrorKind::Invalid(invalid) => invalid.fix().into(),
            ErrorKind::Reference(unresolved) => unresolved.fix().into(),
            ErrorKind::Conflict(Conflict::Version { .. }) => {
                "look at the current version and decide again".into()
            }
            ErrorKind::Conflict(Conflict::Contended) => "try again".into(),
            ErrorKind::Conflict(Conflict::Unproved) => {
                "show the one that is set; or have an owner make a code, with `coffer member code NAME`".into()
            }
            ErrorKind::Conflict(Conflict::WrongPassword) => {
                "try again; or have an owner make a code, with `coffer member code NAME`".into()
            }
            ErrorKind::Conflict(Conflict::WrongFactor) => {
                "wait for the next code, and look at the clock of what shows it; an owner removes a factor that is lost: `coffer factor rm --member NAME`".into()
            }
            ErrorKind::Conflict(Conflict::FactorStands) => {
                "remove that first, with a code of it: `coffer factor rm`; an owner removes one that is lost".into()
            }
            ErrorKind::Conflict(Conflict::Exists) => "choose another name".into(),
            ErrorKind::Conflict(Conflict::Destroyed) => "it can't come back: set a value".into(),
            ErrorKind::Conflict(Conflict::InUse) => {
                "set or undo to another version first, or destroy the whole secret".into()
            }
            ErrorKind::Conflict(Conflict::Pinned(_)) => {
                "once they use another version, `coffer pin NAME CONSUMER --remove` says so".into()
            }
            ErrorKind::Conflict(Conflict::RulesInUse) => {
                "take it from all members and groups first; `coffer member ls` and `coffer group ls` show who has it".into()
            }
            ErrorKind::Conflict(Conflict::HasChildren(_)) => {
                "begin with those, each by its own name: `coffer tenant ls --below NAME` lists them".into()
            }
            ErrorKind::Conflict(Conflict::Disabled) => {
                "`coffer member change NAME --enable` gives it its power back".into()
            }
            ErrorKind::Conflict(Conflict::OtherRequest) => {
                "choose a new key for each change; send the same one only with the same request".into()
            }
            ErrorKind::Conflict(Conflict::Replayed) => {
                "end the one that was made, if it did not arrive, and make another with a new key".into()
            }
            ErrorKind::Conflict(Conflict::HoldsFields) => {
                "`--field NAME` changes one field; `--replace` replaces them all".into()
            }
            ErrorKind::Conflict(Conflict::HoldsFile) => {
                "`coffer get NAME --out PATH` reads it, `coffer set NAME --file PATH` writes it; over the API `/api/v1/content/` does"
                    .into()
            }
            ErrorKind::Conflict(Conflict::HoldsValue) => {
                "`coffer get NAME` reads it; over the API `/api/v1/secrets/` does".into()
            }
            ErrorKind::Conflict(Conflict::Held) => {
                "`coffer audit hold --release --reason TEXT` ends the hold, and is logged".into()
            }
            ErrorKind::Unrecorded(error) | ErrorKind::Unavailable(error) => error.fix().into(),
            ErrorKind::Locked(error) => error.fix().into(),
            ErrorKind::Corrupt(_) => {
                "`coffer doctor` names every record that does not open; bring the store back from a backup"
                    .into()
            }
            ErrorKind::NoEntropy => "the operating system gave no random bytes: try again".into(),
            ErrorKind::Busy | ErrorKind::Crowded => "try again a little later".into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::Refused(refusal) => refusal.fmt(f),
            ErrorKind::Expired(path) => {
                write!(f, "the secret {path} has expired, and is not to be read any more")
            }
            ErrorKind::OverQuota(Exceeded { tenant, used: Used { resource, used, limit }, added }) => write!(
                f,
                "the tenant {tenant} holds {used} of {limit} {}, and this would add {added}",
                resource.name()
            ),
            ErrorKind::TooOften(tenant) => {
                write!(f, "the members of the tenant {tenant} ask more often than its quota allows")
            }
            ErrorKind::NotFound(NotFound::Secret(path)) => write!(f, "there is no secret {path}"),
            ErrorKind::NotFound(NotFound::Version(which)) => write!(f, "there is no version {which} to read"),
            ErrorKind::NotFound(NotFound::Field(name)) => write!(f, "there is no field {name}"),
            ErrorKind::NotFound(NotFound::Tenant(name)) => write!(f, "there is no tenant {name}"),
            ErrorKind::NotFound(NotFound::Erasure(name)) => {
                write!(f, "no tenant {name} was erased here")
            }
            ErrorKind::NotFound(NotFound::Backup(id)) => write!(f, "no backup {id} is known"),
            ErrorKind::NotFound(NotFound::Change(path)) => write!(f, "nothing is left to undo at {path}"),
            ErrorKind::NotFound(NotFound::Entry(which)) => write!(f, "there is no entry {which} in this log"),
            ErrorKind::NotFound(NotFound::Subject(who)) => write!(f, "the log has no key for {who}"),
            ErrorKind::NotFound(NotFound::Member(name)) => write!(f, "no member is called {name}"),
            ErrorKind::NotFound(NotFound::Token(id)) => write!(f, "there is no token {id}"),
            ErrorKind::NotFound(NotFound::Rules { noun, name }) => write!(f, "there is no {noun} `{name}`"),
            ErrorKind::NotFound(NotFound::ClientSecret(id)) => {
                write!(f, "there is no client secret {id}")
            }
            ErrorKind::NotFound(NotFound::Issuer(name)) => write!(f, "no issuer is called {name}"),
            ErrorKind::NotFound(NotFound::Factor) => {
                f.write_str("there is no second factor, or none that is to be confirmed")
            }
            ErrorKind::NotFound(NotFound::Changes(first)) => {
                write!(f, "what changed since then is not all there any more: the log begins at {first} now")
            }
            ErrorKind::TenantLocked(since) => write!(
                f,
                "the tenant is locked by its own members since {since}: nothing in it can be opened"
            ),
            ErrorKind::WrongLockCode => {
                f.write_str("no tenant of this name is locked here, or not with this code")
            }
            ErrorKind::Suspended(name) => {
                write!(f, "the tenant {name} is suspended: nothing in it is answered")
            }
            ErrorKind::Unauthenticated => f.write_str(
                "the token is not known here: it was revoked, has expired, or is another tenant's",
            ),
            ErrorKind::Invalid(invalid) => invalid.fmt(f),
            ErrorKind::Reference(unresolved) => unresolved.fmt(f),
            ErrorKind::Conflict(Conflict::Unproved) => {
                f.write_str("this takes the password that is set, or having signed in with a code")
            }
            ErrorKind::Conflict(Conflict::WrongPassword) => {
                f.write_str("the password is not this, or was tried too often from here")
            }
            ErrorKind::Conflict(Conflict::WrongFactor) => {
                f.write_str("the code is not this, was shown already, or was tried too often from here")
            }
            ErrorKind::Conflict(Conflict::FactorStands) => f.write_str("there is a second factor already"),
            ErrorKind::Conflict(Conflict::Version { current: 0 }) => {
                f.write_str("the secret is not there any more")
            }
            ErrorKind::Conflict(Conflict::Version { current }) => {
                write!(f, "the secret is at version {current} now")
            }
            ErrorKind::Conflict(Conflict::Contended) => {
                f.write_str("others changed the same records at the same time")
            }
            ErrorKind::Conflict(Conflict::Exists) => f.write_str("it is there already"),
            ErrorKind::Conflict(Conflict::Destroyed) => {
                f.write_str("the version to go back to was destroyed")
            }
            ErrorKind::Conflict(Conflict::InUse) => f.write_str("the version is the current one"),
            ErrorKind::Conflict(Conflict::Pinned(consumers)) => {
                write!(f, "the version is still used by {}", consumers.join(", "))
            }
            ErrorKind::Conflict(Conflict::HoldsFields) => {
                f.write_str("the secret holds several fields, and a single value would wipe them")
            }
            ErrorKind::Conflict(Conflict::HoldsFile) => {
                f.write_str("the secret holds a file, which is read and written as one")
            }
            ErrorKind::Conflict(Conflict::HoldsValue) => f.write_str("the secret holds a value, and no file"),
            ErrorKind::Conflict(Conflict::Held) => {
                f.write_str("the log is held: nothing in it may be pruned or forgotten")
            }
            ErrorKind::Conflict(Conflict::HasChildren(name)) => {
                write!(f, "there are tenants below {name}, which have keys of their own")
            }
            ErrorKind::Conflict(Conflict::Disabled) => f.write_str("the member is disabled"),
            ErrorKind::Conflict(Conflict::RulesInUse) => f.write_str("it is still given to somebody"),
            ErrorKind::Conflict(Conflict::OtherRequest) => {
                f.write_str("the idempotency key was used for another request")
            }
            ErrorKind::Conflict(Conflict::Replayed) => {
                f.write_str("it was made already, for this idempotency key, and is shown once")
            }
            ErrorKind::Unrecorded(StorageError::Interrupted) => f.write_str(
                "the commit was interrupted: whether it happened is not known, and nothing was read",
            ),
            ErrorKind::Unrecorded(error) => {
                write!(f, "the audit entry can't be written, so nothing was read or changed: {error}")
            }
            ErrorKind::Unavailable(error) => error.fmt(f),
            ErrorKind::Locked(error) => error.fmt(f),
            ErrorKind::Corrupt(corrupt) => {
                write!(f, "{} does not open: it was changed, moved, or damaged", corrupt.what())
            }
            ErrorKind::NoEntropy => f.write_str("no random bytes"),
            ErrorKind::Busy => f.write_str("too many files are under way"),
            ErrorKind::Crowded => f.write_str("too many passwords wait to be looked at"),
        }
    }
}

impl std::error::Error for Error {}

impl<T: Into<ErrorKind>> From<T> for Error {
    fn from(kind: T) -> Self {
        Self { kind: kind.into(), entry: None }
    }
}

macro_rules! kind_from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for ErrorKind {
            fn from(cause: $from) -> Self {
                Self::$variant(cause)
            }
        }
    )*};
}

kind_from! {
    NotFound => NotFound,
    Invalid => Invalid,
    Unresolved => Reference,
    Conflict => Conflict,
    UnlockError => Locked,
    Corrupt => Corrupt,
    Refusal => Refused,
    Exceeded => OverQuota,
    StorageError => Unavailable,
}

impl From<coffer_encryption::RandomError> for ErrorKind {
    fn from(_: coffer_encryption::RandomError) -> Self {
        Self::NoEntropy
    }
}

impl From<coffer_encryption::SealError> for ErrorKind {
    fn from(_: coffer_encryption::SealError) -> Self {
        Self::NoEntropy
    }
}
