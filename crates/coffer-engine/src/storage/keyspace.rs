//! Where everything lies: `tenant id (16) | table (1) | suffix (0 to 32)`.
//!
//! A suffix that would show a name is a keyed hash under the tenant's index key: the storage sees that two keys differ, never
//! what they are called. A secret lies at `H(folder) | H(path)`, so a folder is a prefix.

use super::key::Key;
use super::keyring::KeyRing;
use crate::identity::IdentityId;
use crate::path::{FolderPath, SecretPath};
use crate::tenant::{TenantId, TenantName};
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
    /// In the instance: a tenant's name and id, at the hash of the name.
    Directory = 0x10,
    /// The tenant's record.
    Tenant = 0x11,
    /// Identities.
    Identity = 0x12,
    /// Heads of secrets.
    Head = 0x20,
    /// Versions of secrets: a wrapped data key and a sealed value.
    Version = 0x21,
    /// The names of a folder's child folders.
    Folder = 0x22,
    /// A marker for each folder: renewed when a secret or folder in it appears, vanishes, or goes to the trash.
    Members = 0x23,
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

/// An identity's record.
#[must_use]
pub(crate) fn identity(tenant: TenantId, id: IdentityId) -> Key {
    fixed(tenant, Table::Identity, *id.bytes())
}

/// A secret's head.
#[must_use]
pub(crate) fn head(ring: &KeyRing, path: &SecretPath) -> Key {
    let mut suffix = [0; 32];
    let (folder, name) = suffix.split_at_mut(16);
    folder.copy_from_slice(&folder_hash(ring, &path.folder()));
    name.copy_from_slice(&ring.index().hash(b"secret", path.as_str().as_bytes()));
    fixed(ring.owner(), Table::Head, suffix)
}

/// The prefix of the heads of a folder's secrets.
#[must_use]
pub(crate) fn heads_in(ring: &KeyRing, folder: &FolderPath) -> Key {
    fixed(ring.owner(), Table::Head, folder_hash(ring, folder))
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

/// A folder's record.
#[must_use]
pub(crate) fn folder(ring: &KeyRing, folder: &FolderPath) -> Key {
    fixed(ring.owner(), Table::Folder, folder_hash(ring, folder))
}

/// A folder's marker.
#[must_use]
pub(crate) fn members(ring: &KeyRing, folder: &FolderPath) -> Key {
    fixed(ring.owner(), Table::Members, folder_hash(ring, folder))
}

/// Everything of one table.
#[must_use]
pub(crate) fn all_of(tenant: TenantId, table: Table) -> [u8; 17] {
    let mut prefix = [0; 17];
    let (head, last) = prefix.split_at_mut(16);
    head.copy_from_slice(tenant.bytes());
    last.copy_from_slice(&[table as u8]);
    prefix
}

fn folder_hash(ring: &KeyRing, folder: &FolderPath) -> [u8; 16] {
    ring.index().hash(b"folder", folder.as_str().as_bytes())
}

/// A key whose suffix is known to fit when this is compiled.
fn fixed<const N: usize>(tenant: TenantId, table: Table, suffix: [u8; N]) -> Key {
    const { assert!(N <= Key::SUFFIX_MAX) };
    Key::from_parts(tenant, table as u8, &suffix)
}
