//! Where everything lies: `tenant id (16) | table (1) | suffix (0 to 32)`.
//!
//! A suffix that would show a name is a keyed hash under the tenant's index key: the storage sees that two keys differ, never
//! what they are called. A secret lies at `H(folder) | H(path)`, so a folder is a prefix.

use super::key::Key;
use super::keyring::KeyRing;
use crate::code::CodeHash;
use crate::identity::{IdentityId, MemberName};
use crate::path::{FolderPath, SecretPath};
use crate::tenant::{TenantId, TenantName};
use crate::token::TokenHash;
use crate::version::VersionNumber;

/// The tables. The number is the seventeenth byte of every key, and part of the context of what is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Table {
    /// The instance's record (not sealed: it is what is read first).
    Instance = 0x01,
    /// One wrap of the root key for each unlocker.
    Unlocker = 0x02,
    /// One wrapped tenant key for each generation.
    Generation = 0x03,
    /// The wrapped index key.
    Index = 0x04,
    /// A marker: renewed with every change of keys, grants or status.
    Epoch = 0x05,
    /// In the instance: a tenant whose keys are destroyed, and of which something is left.
    Erasing = 0x06,
    /// In the instance: what was destroyed of a tenant, at the hash of its name.
    Erased = 0x07,
    /// In the instance: the keys of a tenant that its members have locked, wrapped under their code.
    Locked = 0x08,
    /// In the instance: a backup of it that was begun, at its id.
    Backup = 0x09,
    /// In the instance: that the store is not finished here, or not in service any more (not sealed: it is read before there are keys).
    Moving = 0x0a,
    /// In the instance: a marker, renewed with every line of the directory.
    Listed = 0x0b,
    /// In the instance: a tenant's name and id, at the hash of the name.
    Directory = 0x10,
    /// The tenant's record.
    Tenant = 0x11,
    /// Identities.
    Identity = 0x12,
    /// Heads of secrets.
    Head = 0x20,
    /// Versions of secrets: a wrapped data key and a sealed value; and the parts of files, behind the versions that hold them.
    Version = 0x21,
    /// The names of a folder's child folders.
    Folder = 0x22,
    /// A marker for each folder: renewed when a secret or folder in it appears, vanishes, or goes to the trash.
    Members = 0x23,
    /// The wrapped key of a person's fields in the log, at the hash of who it is.
    Subject = 0x13,
    /// Whether the log is held: nothing is pruned or forgotten.
    Hold = 0x14,
    /// Whom a member's name means.
    MemberName = 0x15,
    /// Tokens, at their hashes.
    Token = 0x16,
    /// What was done for an idempotency key, at the hash of whose key it is.
    Once = 0x17,
    /// One-time codes, at their hashes.
    Code = 0x18,
    /// Policies, at the hashes of their names.
    Policy = 0x19,
    /// Groups, at the hashes of their names.
    Group = 0x1a,
    /// Roles of the tenant's own, at the hashes of their names.
    Role = 0x1b,
    /// Passwords, at their members.
    Password = 0x1c,
    /// Second factors, at their members.
    Factor = 0x1e,
    /// Wrong passwords, at their members and the hashes of where they came from.
    Attempts = 0x40,
    /// Client secrets, at their members and the first halves of their hashes.
    ClientSecret = 0x1d,
    /// Issuers whose tokens are trusted, at the hashes of their names.
    Issuer = 0x1f,
    /// Authorities of client certificates that are trusted, at the hashes of their names.
    Authority = 0x41,
    /// What members were refused lately, at their members.
    Violations = 0x42,
    /// Tokens of issuers that are good once and were shown, at the hash of issuer and id.
    Shown = 0x48,
    /// The head of the log: its size, its signature, and who may write it.
    LogHead = 0x30,
    /// 256 leaves of the log.
    LogLeaves = 0x31,
    /// A hash tile of the log.
    LogTile = 0x32,
    /// What 64 packs of leaves speak of, for queries.
    LogIndex = 0x33,
    /// The log's signing key, wrapped; the one that signs now.
    LogSigner = 0x34,
    /// Takeover notes of signing keys.
    LogKey = 0x35,
    /// Checkpoints that are kept.
    LogCheckpoint = 0x36,
    /// In the instance: the size and root of each tenant's log.
    LogHeads = 0x37,
    /// In the instance: what upkeep did last, and how far readers of the log have come.
    LogUpkeep = 0x38,
    /// Who outside holds checkpoints of the log, and signs that.
    LogWitness = 0x39,
}

/// The tables that keep the log itself: what they hold follows from the entries, so writing it leaves none.
const LOG_TABLES: std::ops::RangeInclusive<u8> = 0x30..=0x3f;

/// What else no entry names: markers, which hold nothing, and what is of the place and not of the store.
const UNNAMED_TABLES: [Table; 4] = [Table::Epoch, Table::Listed, Table::Members, Table::Moving];

/// Whether a record belongs to the log itself.
#[must_use]
pub(crate) fn keeps_the_log(key: &Key) -> bool {
    LOG_TABLES.contains(&key.table_and_suffix().0)
}

/// A record of the log that is numbered.
#[must_use]
pub(crate) fn numbered(owner: TenantId, table: Table, number: u64) -> Key {
    fixed(owner, table, number.to_be_bytes())
}

/// A hash tile of the log.
#[must_use]
pub(crate) fn log_tile(owner: TenantId, level: u8, index: u64) -> Key {
    let mut suffix = [0; 9];
    if let Some((first, rest)) = suffix.split_first_mut() {
        *first = level;
        rest.copy_from_slice(&index.to_be_bytes());
    }
    fixed(owner, Table::LogTile, suffix)
}

/// A takeover note.
#[must_use]
pub(crate) fn log_key(owner: TenantId, epoch: u32) -> Key {
    fixed(owner, Table::LogKey, epoch.to_be_bytes())
}

/// The size and root of a tenant's log, in the instance.
#[must_use]
pub(crate) fn log_heads(tenant: TenantId) -> Key {
    fixed(TenantId::INSTANCE, Table::LogHeads, *tenant.bytes())
}

/// A witness's record.
#[must_use]
pub(crate) fn log_witness(ring: &KeyRing, vkey: &str) -> Key {
    fixed(ring.owner(), Table::LogWitness, ring.index().hash(b"witness", vkey.as_bytes()))
}

/// What upkeep knows about one thing, in the instance: a tenant, or a reader of the log.
#[must_use]
pub(crate) fn log_upkeep(about: [u8; 16]) -> Key {
    fixed(TenantId::INSTANCE, Table::LogUpkeep, about)
}

/// The key of a person's fields.
#[must_use]
pub(crate) fn subject(tenant: TenantId, subject: [u8; 16]) -> Key {
    fixed(tenant, Table::Subject, subject)
}

/// A key without suffix.
#[must_use]
pub(crate) fn single(tenant: TenantId, table: Table) -> Key {
    fixed::<0>(tenant, table, [])
}

/// An unlocker's row.
#[must_use]
pub(crate) fn unlocker(id: [u8; 16]) -> Key {
    fixed(TenantId::INSTANCE, Table::Unlocker, id)
}

/// A generation of a tenant's key.
#[must_use]
pub(crate) fn generation(tenant: TenantId, number: u32) -> Key {
    fixed(tenant, Table::Generation, number.to_be_bytes())
}

/// A tenant's line in the directory of tenants.
#[must_use]
pub(crate) fn directory(instance: &KeyRing, name: &TenantName) -> Key {
    fixed(TenantId::INSTANCE, Table::Directory, instance.index().hash(b"tenant", name.as_str().as_bytes()))
}

/// What is still to be removed of a tenant that was erased.
#[must_use]
pub(crate) fn erasing(tenant: TenantId) -> Key {
    fixed(TenantId::INSTANCE, Table::Erasing, *tenant.bytes())
}

/// The keys of a tenant that is locked.
#[must_use]
pub(crate) fn locked(tenant: TenantId) -> Key {
    fixed(TenantId::INSTANCE, Table::Locked, *tenant.bytes())
}

/// What was destroyed of a tenant.
#[must_use]
pub(crate) fn erased(instance: &KeyRing, name: &TenantName, tenant: TenantId) -> Key {
    let mut suffix = [0; 32];
    let (named, id) = suffix.split_at_mut(16);
    named.copy_from_slice(&instance.index().hash(b"erased", name.as_str().as_bytes()));
    id.copy_from_slice(tenant.bytes());
    fixed(TenantId::INSTANCE, Table::Erased, suffix)
}

/// The prefix of what was destroyed of all tenants that had this name.
#[must_use]
pub(crate) fn erased_of(instance: &KeyRing, name: &TenantName) -> Key {
    fixed(TenantId::INSTANCE, Table::Erased, instance.index().hash(b"erased", name.as_str().as_bytes()))
}

/// The record of a backup.
#[must_use]
pub(crate) fn backup(id: [u8; 16]) -> Key {
    fixed(TenantId::INSTANCE, Table::Backup, id)
}

/// An identity's record.
#[must_use]
pub(crate) fn identity(tenant: TenantId, id: IdentityId) -> Key {
    fixed(tenant, Table::Identity, *id.bytes())
}

/// A member's line.
#[must_use]
pub(crate) fn member(ring: &KeyRing, name: &MemberName) -> Key {
    fixed(ring.owner(), Table::MemberName, ring.index().hash(b"member", name.as_str().as_bytes()))
}

/// A role, a policy or a group.
#[must_use]
pub(crate) fn ruled(ring: &KeyRing, table: Table, name: &str) -> Key {
    let whose = [&[table as u8], name.as_bytes()].concat();
    fixed(ring.owner(), table, ring.index().hash(b"rules", &whose))
}

/// A token's record.
#[must_use]
pub(crate) fn token(tenant: TenantId, hash: TokenHash) -> Key {
    fixed(tenant, Table::Token, *hash.bytes())
}

/// What was done for this key of this identity's.
#[must_use]
pub(crate) fn once(ring: &KeyRing, identity: IdentityId, key: &[u8; 32]) -> Key {
    let whose = [identity.bytes().as_slice(), key].concat();
    fixed(ring.owner(), Table::Once, ring.index().hash(b"once", &whose))
}

/// A one-time code's record.
#[must_use]
pub(crate) fn code(tenant: TenantId, hash: CodeHash) -> Key {
    fixed(tenant, Table::Code, *hash.bytes())
}

/// A password's record.
#[must_use]
pub(crate) fn password(tenant: TenantId, member: IdentityId) -> Key {
    fixed(tenant, Table::Password, *member.bytes())
}

/// A second factor's record.
#[must_use]
pub(crate) fn factor(tenant: TenantId, member: IdentityId) -> Key {
    fixed(tenant, Table::Factor, *member.bytes())
}

/// What is known of wrong passwords of a member from one source.
#[must_use]
pub(crate) fn attempts(ring: &KeyRing, member: IdentityId, source: &str) -> Key {
    let mut suffix = [0; 32];
    let (whose, rest) = suffix.split_at_mut(16);
    whose.copy_from_slice(member.bytes());
    rest.copy_from_slice(&ring.index().hash(b"attempts", source.as_bytes()));
    fixed(ring.owner(), Table::Attempts, suffix)
}

/// The prefix of all that is known of wrong passwords of a member.
#[must_use]
pub(crate) fn attempts_of(tenant: TenantId, member: IdentityId) -> Key {
    fixed(tenant, Table::Attempts, *member.bytes())
}

/// A client secret's record.
#[must_use]
pub(crate) fn client_secret(tenant: TenantId, member: IdentityId, place: [u8; 16]) -> Key {
    let mut suffix = [0; 32];
    let (whose, rest) = suffix.split_at_mut(16);
    whose.copy_from_slice(member.bytes());
    rest.copy_from_slice(&place);
    fixed(tenant, Table::ClientSecret, suffix)
}

/// The prefix of all client secrets of a member.
#[must_use]
pub(crate) fn client_secrets_of(tenant: TenantId, member: IdentityId) -> Key {
    fixed(tenant, Table::ClientSecret, *member.bytes())
}

/// What a member was refused lately.
#[must_use]
pub(crate) fn violations(tenant: TenantId, member: IdentityId) -> Key {
    fixed(tenant, Table::Violations, *member.bytes())
}

/// An issuer's record.
#[must_use]
pub(crate) fn issuer(ring: &KeyRing, name: &str) -> Key {
    fixed(ring.owner(), Table::Issuer, ring.index().hash(b"issuer", name.as_bytes()))
}

/// Where it is noted that this token of this issuer's was shown. Neither can hold what stands between them.
#[must_use]
pub(crate) fn shown(ring: &KeyRing, issuer: &str, id: &str) -> Key {
    let token = [issuer.as_bytes(), b"\n", id.as_bytes()].concat();
    fixed(ring.owner(), Table::Shown, ring.index().hash(b"shown", &token))
}

/// A secret's head.
#[must_use]
pub(crate) fn head(ring: &KeyRing, path: &SecretPath) -> Key {
    let mut suffix = [0; 32];
    let (folder, name) = suffix.split_at_mut(16);
    folder.copy_from_slice(&ring.folder_hash(&path.folder()));
    name.copy_from_slice(&ring.index().hash(b"secret", path.as_str().as_bytes()));
    fixed(ring.owner(), Table::Head, suffix)
}

/// The prefix of the heads of a folder's secrets.
#[must_use]
pub(crate) fn heads_in(ring: &KeyRing, folder: &FolderPath) -> Key {
    fixed(ring.owner(), Table::Head, ring.folder_hash(folder))
}

/// A version's row.
#[must_use]
pub(crate) fn version(tenant: TenantId, secret: [u8; 16], number: VersionNumber) -> Key {
    let mut suffix = [0; 24];
    let (id, rest) = suffix.split_at_mut(16);
    id.copy_from_slice(&secret);
    rest.copy_from_slice(&number.get().to_be_bytes());
    fixed(tenant, Table::Version, suffix)
}

/// A part of a file that a version holds: behind the version's row.
#[must_use]
pub(crate) fn part(tenant: TenantId, secret: [u8; 16], number: VersionNumber, part: u32) -> Key {
    let mut suffix = [0; 28];
    let (version, rest) = suffix.split_at_mut(24);
    let (id, numbered) = version.split_at_mut(16);
    id.copy_from_slice(&secret);
    numbered.copy_from_slice(&number.get().to_be_bytes());
    rest.copy_from_slice(&part.to_be_bytes());
    fixed(tenant, Table::Version, suffix)
}

/// A folder's record.
#[must_use]
pub(crate) fn folder(ring: &KeyRing, folder: &FolderPath) -> Key {
    fixed(ring.owner(), Table::Folder, ring.folder_hash(folder))
}

/// A folder's marker.
#[must_use]
pub(crate) fn members(ring: &KeyRing, folder: &FolderPath) -> Key {
    fixed(ring.owner(), Table::Members, ring.folder_hash(folder))
}

/// Everything of one table.
#[must_use]
pub(crate) fn all_of(tenant: TenantId, table: Table) -> [u8; 17] {
    all_of_number(tenant, table as u8)
}

/// What an owner's records begin with that entries name, one table after the other. Numbers without a table are among them: nobody has
/// written anything there, and so there must be nothing.
pub(crate) fn named_in_entries(owner: TenantId) -> impl Iterator<Item = [u8; 17]> {
    let is_named = |number: &u8| {
        !LOG_TABLES.contains(number) && UNNAMED_TABLES.iter().all(|table| *table as u8 != *number)
    };
    (0..=u8::MAX).filter(is_named).map(move |number| all_of_number(owner, number))
}

fn all_of_number(tenant: TenantId, number: u8) -> [u8; 17] {
    let mut prefix = [0; 17];
    let (head, last) = prefix.split_at_mut(16);
    head.copy_from_slice(tenant.bytes());
    last.copy_from_slice(&[number]);
    prefix
}

/// A key whose suffix is known to fit when this is compiled.
fn fixed<const N: usize>(tenant: TenantId, table: Table, suffix: [u8; N]) -> Key {
    const { assert!(N <= Key::SUFFIX_MAX) };
    Key::from_parts(tenant, table as u8, &suffix)
}
